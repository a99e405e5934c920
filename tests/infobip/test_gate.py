"""While the key is refused one call asks once a minute, the others wait, and all go on by themselves."""

import asyncio
import logging

import httpx
import pytest

from tests.fakes.bench import Bench
from tests.infobip.asking import find, until, upsert

REFUSED = httpx.Response(401)


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (401, "the API key of authorization 'main' is refused"),
        (403, "the API key of authorization 'main' lacks the scope people:manage"),
    ],
)
def test_a_refused_key_is_asked_for_once_a_minute(status: int, detail: str, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(status, status, status)
    reply = asyncio.run(bench.client.perform(upsert()))
    assert (reply.status, reply.retries) == (200, 3)
    assert bench.infobip.times == [1_000, 1_060, 1_120, 1_180]
    assert [(state.kind, state.since, state.detail) for state in bench.states] == [
        ("unauthorized", 1_000, detail),
        ("ok", 1_180, ""),
    ]
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert lines == [f'infobip_unauthorized authorization=main after_seconds=0.0 detail="{detail}"']


def test_the_other_calls_wait_at_the_gate() -> None:
    bench = Bench(REFUSED, REFUSED, REFUSED, recheck_seconds=10)

    async def run() -> None:
        first = asyncio.create_task(bench.client.perform(upsert()))
        await until(lambda: bench.client.state.kind != "ok")
        later = [bench.client.perform(call) for call in (upsert(), find(), find())]
        replies = await asyncio.gather(first, *later)
        assert [reply.status for reply in replies] == [200] * 4

    asyncio.run(run())
    # Four tries while the key was refused or proved, and three calls that waited.
    assert bench.infobip.times[:4] == [1_000, 1_010, 1_020, 1_030]
    assert len(bench.infobip.times) == 7
    assert bench.kinds == ["unauthorized", "ok"]


def test_calls_in_the_line_of_the_throttle_go_back_to_the_gate() -> None:
    bench = Bench(REFUSED, REFUSED)

    async def run() -> None:
        await asyncio.gather(*(bench.client.perform(upsert()) for _ in range(20)))

    asyncio.run(run())
    # Fake time adds up the naps of all who leave the line, so the questions come somewhat later than once a minute.
    first, second, third = bench.infobip.times[:3]
    assert first == 1_000
    assert second - first >= 60
    assert third - second >= 60
    assert len(bench.infobip.requests) == 22


def test_a_cancelled_prober_hands_its_turn_on() -> None:
    doze = asyncio.Event()
    asleep = 0

    async def sleep(seconds: float) -> None:
        nonlocal asleep
        asleep += 1
        if asleep == 1:
            await doze.wait()  # the first prober never wakes by itself
        await bench.clock.sleep(seconds)

    bench = Bench(REFUSED, sleep=sleep)

    async def run() -> None:
        prober = asyncio.create_task(bench.client.perform(upsert()))
        await until(lambda: asleep > 0)
        other = asyncio.create_task(bench.client.perform(find()))
        await asyncio.sleep(0)
        prober.cancel()
        with pytest.raises(asyncio.CancelledError):
            await prober
        assert (await other).status == 200

    asyncio.run(run())
    assert bench.infobip.times == [1_000, 1_060]
    assert bench.kinds == ["unauthorized", "ok"]


def test_a_prober_that_is_cancelled_alone_leaves_a_gate_that_opens() -> None:
    bench = Bench(REFUSED)

    async def run() -> None:
        prober = asyncio.create_task(bench.client.perform(upsert()))
        await until(lambda: bench.client.state.kind != "ok")
        prober.cancel()
        with pytest.raises(asyncio.CancelledError):
            await prober
        assert bench.client.state.kind == "unauthorized"
        assert (await bench.client.perform(upsert())).status == 200

    asyncio.run(run())
    assert bench.infobip.times[-1] >= 1_060
    assert bench.kinds == ["unauthorized", "ok"]


def test_an_outage_while_the_key_is_refused_says_nothing_on_the_key() -> None:
    bench = Bench(REFUSED, httpx.ConnectError(""), 503)
    assert asyncio.run(bench.client.perform(upsert())).retries == 3
    assert bench.infobip.times == pytest.approx([1_000, 1_060, 1_120, 1_180])
    assert bench.kinds == ["unauthorized", "ok"]
