"""Calls go by turns: evenly within the limit of their operation, of which a process has its share."""

import asyncio

import httpx
import pytest

from schemas.operations import ADD_TAG, LIST_SMS_LOGS, REMOVE_TAG, SEND_SMS, UPSERT_PERSONS
from streams.infobip.rate_limit import HEADROOM
from tests.fakes.bench import Bench
from tests.infobip.asking import find, until, upsert

#: Of real time, in which a call that waits for ever would be told from one that goes.
PATIENCE_SECONDS = 5.0
EXPORT = (UPSERT_PERSONS, ADD_TAG, REMOVE_TAG)
SEND = (SEND_SMS, LIST_SMS_LOGS)
#: Between two calls of an operation that may be called five times a second.
GAP = 0.2 * (1 + HEADROOM)


@pytest.mark.parametrize("header", ["20", "Thu, 01 Jan 1970 00:17:00 GMT"], ids=["seconds", "date"])
def test_a_429_holds_back_its_operation_and_no_other(header: str) -> None:
    bench = Bench(httpx.Response(429, headers={"Retry-After": header}))

    async def run() -> None:
        first = asyncio.create_task(bench.client.perform(upsert()))
        await until(lambda: bench.client.state.kind != "ok")
        await bench.client.perform(find())
        assert bench.infobip.times[-1] < 1_020
        await bench.client.perform(upsert())
        assert (await first).retries == 1

    asyncio.run(run())
    upserts = [
        at for at, request in zip(bench.infobip.times, bench.infobip.requests, strict=True) if request.method == "PATCH"
    ]
    assert upserts[0] == 1_000
    assert upserts[1:] == pytest.approx([1_020, 1_020 + 2 * GAP])


def test_calls_are_spaced_by_their_operation() -> None:
    bench = Bench(limits={"list_persons": 0.5})

    async def run() -> None:
        await asyncio.gather(*(bench.client.perform(upsert()) for _ in range(6)))
        await asyncio.gather(*(bench.client.perform(find()) for _ in range(2)))

    asyncio.run(run())
    distances = [later - earlier for earlier, later in zip(bench.infobip.times, bench.infobip.times[1:], strict=False)]
    assert distances == pytest.approx([GAP] * 5 + [0, 10 * GAP])


def test_the_share_is_that_of_all_jobs_together() -> None:
    bench = Bench()

    async def run() -> None:
        await bench.client.perform(upsert())
        bench.client.set_share("vip", EXPORT, 2, 8)
        bench.client.set_share("other", EXPORT, 3, 12)
        await bench.client.perform(upsert())
        bench.client.set_share("vip", EXPORT, 0, 0)
        bench.client.set_share("other", EXPORT, 0, 0)
        await bench.client.perform(upsert())

    asyncio.run(run())
    assert bench.infobip.times == pytest.approx([1_000, 1_000 + 4 * GAP, 1_000 + 5 * GAP])


def test_a_job_that_calls_something_else_takes_no_share_away() -> None:
    """An export's only partition is here, as are two of a send's 36."""
    bench = Bench()

    async def run() -> None:
        bench.client.set_share("vip", EXPORT, 1, 1)
        bench.client.set_share("orders", SEND, 2, 36)
        for _ in range(3):
            await bench.client.perform(upsert())
        bench.client.set_share("gold", EXPORT, 0, 1)
        for _ in range(2):
            await bench.client.perform(upsert())

    asyncio.run(run())
    assert bench.infobip.times == pytest.approx([1_000 + GAP * places for places in (0, 1, 2, 4, 6)])


def test_a_job_that_has_ended_takes_no_share_away() -> None:
    bench = Bench()

    async def run() -> None:
        bench.client.set_share("vip", EXPORT, 1, 1)
        bench.client.set_share("gold", EXPORT, 0, 3)
        bench.client.set_share("gold", (), 0, 0)
        for _ in range(2):
            await bench.client.perform(upsert())

    asyncio.run(run())
    assert bench.infobip.times == pytest.approx([1_000, 1_000 + GAP])


def test_a_job_without_partitions_looks_at_its_account_at_once() -> None:
    bench = Bench()

    async def run() -> None:
        bench.client.set_share("vip", EXPORT, 0, 8)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert (await bench.client.perform(find())).status == 200

    asyncio.run(run())
    assert bench.infobip.times == [1_000]


def test_a_share_is_of_the_calls_that_carry_events_only() -> None:
    bench = Bench()

    async def run() -> None:
        bench.client.set_share("vip", EXPORT, 2, 8)
        for _ in range(2):
            await bench.client.perform(find())
        for _ in range(2):
            await bench.client.perform(upsert())

    asyncio.run(run())
    assert bench.infobip.times == pytest.approx([1_000, 1_000 + GAP, 1_000 + GAP, 1_000 + 5 * GAP])


def test_a_call_in_line_is_known_to_wait() -> None:
    bench = Bench()

    async def run() -> None:
        assert not bench.client.waits
        bench.client.set_share("vip", EXPORT, 0, 8)
        waiting = asyncio.create_task(bench.client.perform(upsert()))
        await until(lambda: bench.client.waits)
        bench.client.set_share("vip", EXPORT, 8, 8)
        await waiting
        assert not bench.client.waits

    asyncio.run(run())


def test_without_a_share_a_call_waits_until_there_is_one() -> None:
    bench = Bench()

    async def run() -> None:
        bench.client.set_share("vip", EXPORT, 0, 8)
        waiting = asyncio.create_task(bench.client.perform(upsert()))
        await until(lambda: len(bench.clock.naps) >= 10)
        assert bench.infobip.requests == []
        bench.client.set_share("vip", EXPORT, 8, 8)
        assert (await waiting).status == 200

    asyncio.run(run())
