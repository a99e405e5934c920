"""A job's messages go as fast as its speed limit says, evenly, and no faster whatever happens."""

import asyncio
from math import ceil
from typing import Literal

import pytest

from schemas.jobs.send_message import SpeedLimit
from schemas.records.states import SpeedClock
from streams.jobs.send_message.rate_limit import HEADROOM
from tests.jobs.send_message.rate_limit_fakes import EPOCH, TOPIC, World, play

Unit = Literal["minute", "hour", "day"]
SECONDS: dict[Unit, int] = {"minute": 60, "hour": 3600, "day": 86400}
MOMENT = 0.1  # to take over, read and write


def limit(amount: int, per: Unit) -> float:
    return SpeedLimit(amount=amount, per=per).per_second


def test_messages_are_spread_evenly() -> None:
    world = World(limit(500, "hour"))

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)
        await asyncio.gather(*(process.send() for _ in range(20)))

    play(story())
    assert world.times == pytest.approx([number * 7.2 * (1 + HEADROOM) for number in range(20)], abs=MOMENT)


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
@pytest.mark.parametrize(
    ("amount", "per"),
    [(1, "day"), (1, "minute"), (50, "minute"), (66, "minute"), (600, "minute"), (500, "hour")],
)
def test_a_backlog_goes_at_the_limit_and_never_above(amount: int, per: Unit, processes: int) -> None:
    """Of several processes, all of which begin at once."""
    world = World(limit(amount, per), partitions=8)
    period = max(SECONDS[per], 100 / world.per_second)

    async def story() -> None:
        for number in range(processes):
            process = world.process(str(number))
            await process.speed.restore(world.partitions[number::processes])
            process.work()
        await asyncio.sleep(period)

    play(story(), naps=SECONDS[per] / 60)
    assert period * world.per_second * 0.97 <= len(world.times) + 8 / processes
    for seconds in (10.0, 60.0, SECONDS[per], period):
        assert world.most_within(seconds) <= ceil(seconds * world.per_second - 1e-9)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_hundred_thousand_a_minute(processes: int) -> None:
    """In calls of as many as go in a tenth of a second."""
    world = World(limit(100_000, "minute"), partitions=8)

    async def story() -> None:
        for number in range(processes):
            process = world.process(str(number))
            await process.speed.restore(world.partitions[number::processes])
            process.work(166)
        await asyncio.sleep(60)

    play(story())
    assert 97_000 <= len(world.times) <= 100_000
    assert world.most_within(10) <= 100_000 / 6


def test_single_messages_keep_up_with_a_fast_limit_though_nobody_wakes_in_time() -> None:
    world = World(limit(100_000, "minute"))

    async def late(seconds: float) -> None:
        await asyncio.sleep(seconds + 0.002)

    async def story() -> None:
        process = world.process()
        process.speed._sleep = late
        await process.speed.restore(world.partitions)
        process.work()
        await asyncio.sleep(12)

    play(story())
    assert len(world.times) >= 0.96 * 20_000
    assert world.most_within(10) <= 100_000 / 6


def test_two_processes_take_turns() -> None:
    world = World(limit(60, "minute"), partitions=4)

    async def story() -> None:
        for name, share in (("one", world.partitions[:2]), ("other", world.partitions[2:])):
            process = world.process(name)
            await process.speed.restore(share)
            process.work()
        await asyncio.sleep(60)

    play(story())
    names = [name for _, _, name in world.sent]
    assert {*names[::2]} != {*names[1::2]}
    assert {len({*names[::2]}), len({*names[1::2]})} == {1}


def test_whoever_was_idle_sends_at_once_and_gets_no_burst_for_it() -> None:
    world = World(limit(60, "hour"))

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)
        await asyncio.sleep(10 * 3600)
        await asyncio.gather(*(process.send() for _ in range(3)))

    play(story())
    first = 10 * 3600
    assert world.times == pytest.approx([first, first + 60.72, first + 121.44], abs=2 * MOMENT)


def test_without_partitions_messages_wait_until_there_are_some() -> None:
    world = World(limit(600, "minute"), partitions=2)

    async def story() -> None:
        process = world.process()
        await process.speed.restore([])
        assert not process.waits
        sending = process.soon()
        await asyncio.sleep(3600)
        assert process.waits
        await process.speed.restore(world.partitions)
        await sending
        assert not process.waits

    play(story())
    assert world.times == pytest.approx([3600], abs=1 + MOMENT)


def test_messages_that_wait_go_faster_when_partitions_are_added() -> None:
    world = World(limit(60, "minute"), partitions=4)

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions[:1])
        process.work()
        await asyncio.sleep(40)
        await process.speed.restore(world.partitions)
        await asyncio.sleep(40)

    play(story())
    before, after = (sum(start <= at < start + 40 for at in world.times) for start in (0, 40))
    assert before == pytest.approx(10, abs=1)
    assert after == pytest.approx(39, abs=2)
    assert world.most_within(1) == 1


def test_partitions_that_the_topic_was_given_since_are_counted() -> None:
    """Two processes that each had half of them must not take those they own now for all there are."""
    world = World(limit(60, "minute"), partitions=2)

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)
        world.brokers.partitions += [("memberships", 2), ("memberships", 3)]
        await process.speed.restore(world.partitions)
        process.work()
        await asyncio.sleep(60)

    play(story())
    assert len(world.times) == pytest.approx(30, abs=1)


def test_first_come_first_served() -> None:
    world = World(limit(60, "minute"))
    served: list[int] = []

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)

        async def send(number: int) -> None:
            await process.send()
            served.append(number)

        await asyncio.gather(*(send(number) for number in range(50)))

    play(story())
    assert served == list(range(50))


def test_questions_do_not_wait() -> None:
    world = World(limit(1, "day"))

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)
        await process.send()
        await process.send(operation="list_sms_logs")

    play(story())
    assert world.times == pytest.approx([0, 0], abs=2 * MOMENT)


def test_a_message_given_up_leaves_its_time_to_the_next() -> None:
    world = World(limit(1, "minute"))

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)
        await process.send()
        first, second, third = process.soon(), process.soon(), process.soon()
        await asyncio.sleep(30)
        second.cancel()
        first.cancel()
        await third
        assert not process.waits

    play(story())
    assert world.times == pytest.approx([0, 60.72], abs=2 * MOMENT)


def test_a_message_given_up_while_it_is_written_down_does_not_let_another_go_unwritten() -> None:
    world = World(limit(600, "minute"))

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)
        world.brokers.there.clear()
        first = process.soon()
        await asyncio.sleep(0.01)
        first.cancel()
        second = process.soon()
        await asyncio.sleep(60)
        assert world.sent == []
        assert process.waits
        world.brokers.there.set()
        await second

    play(story())
    assert len(world.sent) == 1


def test_nothing_goes_while_the_brokers_are_away_and_no_burst_follows() -> None:
    world = World(limit(1, "minute"))

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)
        process.work()
        await asyncio.sleep(30)
        world.brokers.there.clear()
        await asyncio.sleep(3600)
        assert len(world.sent) == 1
        world.brokers.there.set()
        await asyncio.sleep(240)

    play(story())
    assert len(world.sent) == 5
    assert world.most_within(60) == 1


def test_brokers_that_take_long_to_acknowledge_are_no_standstill() -> None:
    world = World(limit(600, "minute"))
    world.brokers.write_seconds = 1.5

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)
        process.work()
        await asyncio.sleep(120)

    play(story())
    assert len(world.sent) >= 600
    assert world.most_within(10) <= 100


def test_what_is_used_up_is_written_for_each_partition_and_about_once_a_second() -> None:
    world = World(limit(600, "minute"), partitions=2)

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)
        process.work()
        await asyncio.sleep(60)

    play(story())
    records = world.brokers.records
    assert {(record.topic, record.partition) for record in records} == {(TOPIC, 0)}
    assert 50 <= len(records) / 2 <= 75
    for key in (b"memberships-0", b"memberships-1"):
        told = [record.value or b"" for record in records if record.key == key]
        clocks = [SpeedClock.model_validate_json(value) for value in told]
        assert {clock.job for clock in clocks} == {"orders"}
        ends = [clock.not_before - EPOCH for clock in clocks]
        assert ends == sorted(ends)
        assert ends[-1] >= world.times[-1] + 0.1
        assert all(0 < clock.not_before - clock.written_at < 1.5 for clock in clocks)
