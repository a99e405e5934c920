"""No more calls than connections: none spends its time limit, or its place in the throttle, on waiting for one."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from schemas.operations import OPERATIONS, SEND_SMS
from streams.calls.call import Call, Delivery, Reply
from streams.calls.pacing import Pacing
from streams.errors import JobFailed
from streams.infobip.rate_limit import HEADROOM
from streams.infobip.transport import CONNECTIONS_MAX
from tests.fakes.clock import now, timeless
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step, too_fast


class Slow(Infobip):
    """Takes its time with messages; a client of it."""

    def __init__(self, seconds: float = 20.0, **options: Any) -> None:
        super().__init__(seconds=seconds)
        self.status = 200
        self.client = self.connect(**options)

    def answer(self, _: Call) -> Step:
        return too_fast(60) if self.status == 429 else self.status

    def takes(self, call: Call) -> float:
        return self.seconds if call.operation.purpose == "send" else 0.1

    def soon(self, operation: str = "send_sms", count: int = 1) -> list[asyncio.Task[Reply]]:
        call = Call(OPERATIONS[operation], delivery=Delivery.AT_MOST_ONCE)
        return [asyncio.create_task(self.client.perform(call)) for _ in range(count)]


@timeless
async def test_waiting_for_a_connection_is_not_waiting_for_an_answer() -> None:
    infobip = Slow(20)
    replies = await asyncio.gather(*infobip.soon(count=5 * CONNECTIONS_MAX))
    assert {reply.status for reply in replies} == {200}
    assert infobip.most_at_once == CONNECTIONS_MAX
    assert now() == pytest.approx(100)
    assert not infobip.client.waits


@timeless
async def test_a_call_that_waits_for_a_connection_is_known_to_wait() -> None:
    infobip = Slow(20)
    infobip.soon(count=CONNECTIONS_MAX)
    await asyncio.sleep(1)
    assert not infobip.client.waits
    infobip.soon()
    await asyncio.sleep(1)
    assert infobip.client.waits


@timeless
async def test_calls_that_waited_for_a_connection_together_do_not_go_together() -> None:
    """Infobip takes five of them a second, whatever kept us from asking."""
    infobip = Slow(25)
    infobip.soon(count=CONNECTIONS_MAX)
    await asyncio.sleep(1)
    await asyncio.gather(*infobip.soon("upsert_persons", 40))
    times = infobip.times_of("upsert_persons")
    assert times[0] == pytest.approx(25)
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.2 * (1 + HEADROOM) - 0.002


@timeless
async def test_one_product_that_hangs_gives_its_connections_to_others_in_turn() -> None:
    infobip = Slow(25)
    infobip.soon(count=10 * CONNECTIONS_MAX)
    await asyncio.sleep(1)
    (other,) = infobip.soon("upsert_persons")
    await other
    assert now() == pytest.approx(25.1)


@pytest.mark.parametrize("seconds", [1.0, 24.999, 30.5], ids=["waiting", "about to be given one", "on the wire"])
@timeless
async def test_calls_that_are_called_off_give_their_connections_back(seconds: float) -> None:
    infobip = Slow(25)
    calls = infobip.soon(count=CONNECTIONS_MAX + 50)
    await asyncio.sleep(seconds)
    for call in calls[::-1]:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    later = infobip.soon(count=CONNECTIONS_MAX)
    await asyncio.sleep(1)
    assert infobip.at_once == CONNECTIONS_MAX
    assert {reply.status for reply in await asyncio.gather(*later)} == {200}


@pytest.mark.parametrize("status", [503, 429, 401, 403, 400])
@timeless
async def test_whatever_is_answered_the_connection_is_given_back(status: int) -> None:
    infobip = Slow(1)
    infobip.status = status
    calls = infobip.soon(count=3 * CONNECTIONS_MAX)
    await asyncio.sleep(100)
    infobip.status = 200
    await asyncio.gather(*calls)
    infobip.seconds = 25
    infobip.soon(count=CONNECTIONS_MAX)
    await asyncio.sleep(1)
    assert infobip.at_once == CONNECTIONS_MAX


@pytest.mark.parametrize("status", [401, 403, 429])
@timeless
async def test_whoever_was_refused_meanwhile_is_not_asked_by_all_who_waited(status: int) -> None:
    infobip = Slow(25)
    infobip.status = status
    calls = infobip.soon(count=CONNECTIONS_MAX + 50)
    await asyncio.sleep(80)
    assert len(infobip.calls) == CONNECTIONS_MAX
    assert not any(call.done() for call in calls)
    infobip.status = 200
    await asyncio.gather(*calls)


@timeless
async def test_a_pace_that_fails_gives_the_connection_back() -> None:
    infobip = Slow(25)

    async def fail() -> None:
        raise JobFailed("the broker refused a record")

    async def wait() -> None:
        await asyncio.Event().wait()

    call = Call(SEND_SMS, {})
    for _ in range(CONNECTIONS_MAX):
        with pytest.raises(JobFailed):
            await infobip.client.perform(call, pace=Pacing(before_sending=fail))
        called_off = asyncio.create_task(infobip.client.perform(call, pace=Pacing(before_sending=wait)))
        await asyncio.sleep(0.01)
        called_off.cancel()
    assert infobip.calls == []
    infobip.soon(count=CONNECTIONS_MAX)
    await asyncio.sleep(1)
    assert infobip.at_once == CONNECTIONS_MAX


@timeless
async def test_thousands_a_second_are_reached_though_no_clock_wakes_anybody_in_time() -> None:
    """Infobip takes 4,000 WhatsApp messages a second."""

    async def late(seconds: float) -> None:
        await asyncio.sleep(seconds + 0.0002)

    infobip = Slow(0.001, sleep=late)
    await asyncio.gather(*infobip.soon("send_whatsapp_text", 8000))
    assert now() <= 2.5
    times = infobip.times_of("send_whatsapp_text")
    assert max(sum(start <= at < start + 1 for at in times) for start in times[::100]) <= 4000
