"""Calls go by turns: evenly within the limit of their operation, of which a process has its share."""

import asyncio

import httpx
import pytest

from schemas.operations import ADD_TAG, LIST_SMS_LOGS, REMOVE_TAG, SEND_SMS, UPSERT_PERSONS
from streams.infobip.rate_limit import HEADROOM, SHUT_CALLS
from tests.fakes.bench import Bench
from tests.fakes.clock import now, timeless
from tests.fakes.infobip import Infobip
from tests.fakes.words import too_fast
from tests.infobip.asking import find, until, upsert

#: Of real time, in which a call that waits for ever would be told from one that goes.
PATIENCE_SECONDS = 5.0
EXPORT = (UPSERT_PERSONS, ADD_TAG, REMOVE_TAG)
SEND = (SEND_SMS, LIST_SMS_LOGS)
#: Between two calls of an operation that may be called five times a second.
GAP = 0.2 * (1 + HEADROOM)


@pytest.mark.parametrize("header", ["20", "Thu, 01 Jan 1970 00:00:20 GMT"], ids=["seconds", "date"])
@timeless
async def test_a_429_holds_back_its_call_and_slows_down_the_others(header: str) -> None:
    infobip = Infobip(steps=[httpx.Response(429, headers={"Retry-After": header})])
    client = infobip.connect(wall_clock=now)
    refused = asyncio.create_task(client.perform(upsert()))
    await until(lambda: client.state.kind != "ok")
    await asyncio.gather(client.perform(find()), *(client.perform(upsert()) for _ in range(4)))
    assert infobip.times_of("list_persons") == [0]
    # By half of the pace until there is more to go by.
    assert infobip.times_of("upsert_persons")[:3] == pytest.approx([0, 2 * GAP, 4 * GAP])
    assert now() < 2
    assert (await refused).retries == 1
    assert infobip.times_of("upsert_persons")[-1] == pytest.approx(20)


@timeless
async def test_where_no_call_is_taken_all_of_the_operation_are_held_back_for_as_long_as_is_asked() -> None:
    infobip = Infobip(steps=[too_fast(20)] * SHUT_CALLS)
    client = infobip.connect()
    calls = [asyncio.create_task(client.perform(upsert())) for _ in range(SHUT_CALLS + 5)]
    await asyncio.sleep(15)
    assert len(infobip.calls) == SHUT_CALLS
    await client.perform(find())
    assert now() == 15
    await asyncio.gather(*calls)
    shut = infobip.times_of("upsert_persons")[SHUT_CALLS - 1]
    assert infobip.times_of("upsert_persons")[SHUT_CALLS] == pytest.approx(shut + 20)


@timeless
async def test_calls_are_spaced_by_their_operation() -> None:
    infobip = Infobip()
    client = infobip.connect(limits={"list_persons": 0.5})
    await asyncio.gather(*(client.perform(upsert()) for _ in range(6)))
    await asyncio.gather(*(client.perform(find()) for _ in range(2)))
    assert infobip.times_of("upsert_persons") == pytest.approx([GAP * place for place in range(6)])
    assert infobip.times_of("list_persons") == pytest.approx([5 * GAP, 15 * GAP])


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
    # Half of the limit is two calls in four places: what went before counts in it.
    assert bench.infobip.times == pytest.approx([1_000 + GAP * places for places in (0, 1, 2, 5, 6)])


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
