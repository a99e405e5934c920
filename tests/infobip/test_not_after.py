"""A call that has a time goes out by it, or not at all: unless it may have been carried out already."""

import asyncio

import httpx
import pytest

from schemas.operations import SEND_SMS
from streams.calls.call import LATE, Call, Delivery
from streams.calls.pacing import Pacing
from tests.fakes.bench import Bench
from tests.fakes.words import Step

#: The fake clock begins at 1,000.
BY = 1_005.0
WAIT = httpx.Response(429, headers={"Retry-After": "9"})
REFUSED = httpx.ConnectError("refused")


def send(not_after: float | None = BY, *, once: bool = True) -> Call:
    return Call(SEND_SMS, {}, delivery=Delivery.AT_MOST_ONCE if once else Delivery.RETRY, not_after=not_after)


def status(bench: Bench, call: Call, pace: Pacing | None = None) -> int:
    reply = asyncio.run(bench.client.perform(call, lambda: None, pace or Pacing()))
    assert reply.at is not None
    return reply.status


@pytest.mark.parametrize("steps", [[WAIT], [401], [403], [REFUSED] * 9], ids=["429", "401", "403", "refused"])
def test_what_has_waited_past_its_time_is_late(steps: list[Step]) -> None:
    assert status(Bench(*steps), send()) == LATE
    assert status(Bench(*steps), send(not_after=None)) == 200
    assert status(Bench(*steps), send(not_after=9_999)) == 200


def test_what_waits_for_its_pace_past_its_time_is_late_and_not_said_to_be_on_the_wire() -> None:
    bench, sent = Bench(), list[int]()

    async def turn() -> None:
        await bench.clock.sleep(9)

    reply = asyncio.run(bench.client.perform(send(), lambda: sent.append(1), Pacing(turn)))
    assert (reply.status, sent, bench.infobip.requests) == (LATE, [], [])


def test_what_may_have_been_carried_out_is_asked_for_until_it_is_answered() -> None:
    """Where there are no logs, only an answer tells."""
    bench = Bench(503, 503, 503, 503, 503)
    assert status(bench, send(once=False)) == 200
    assert bench.clock.seconds > BY


def test_others_may_go_once_one_is_late() -> None:
    bench = Bench(401, 401, 401, 401)

    async def both() -> list[int]:
        replies = await asyncio.gather(*(bench.client.perform(send(by)) for by in (BY, None, BY, None)))
        return [reply.status for reply in replies]

    assert sorted(asyncio.run(both())) == [LATE, LATE, 200, 200]
    assert bench.client.state.kind == "ok"
