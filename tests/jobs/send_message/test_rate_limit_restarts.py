"""A speed limit outlives the processes that keep it: no burst, and no needless standstill, whoever comes or goes."""

import asyncio
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records.states import SpeedClock
from streams.jobs.send_message.rate_limit import AHEAD_SECONDS, HEADROOM
from streams.kafka.lease import SESSION_SECONDS
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.offsets import Partition
from tests.examples import examples
from tests.fakes.clock import now
from tests.jobs.send_message.rate_limit_fakes import EPOCH, TOPIC, Process, World, play

DAY = 86400.0
#: Reads, writes.
MOMENT = 0.2


def test_a_restart_makes_no_burst_and_no_standstill() -> None:
    world = World(10.0)

    async def story() -> None:
        for _ in range(20):
            process = world.process()
            await process.speed.restore(world.partitions)
            process.work()
            await asyncio.sleep(3.0)
            await process.end()

    play(story())
    assert world.most_within(10) <= 100
    distances = [later - earlier for earlier, later in pairwise(world.times)]
    assert max(distances) <= 0.1 + AHEAD_SECONDS + MOMENT
    assert len(world.times) >= 20 * (3.0 - AHEAD_SECONDS - MOMENT) * 9.5


def test_what_a_sleeper_wrote_behind_its_successor_takes_none_of_its_time_away() -> None:
    """Its record was on its way when it fell asleep, or was cut off: it stands last, and is the older one."""
    world = World(1 / DAY)

    async def story() -> None:
        sleeper = world.process("sleeper")
        await sleeper.speed.restore(world.partitions)
        await sleeper.send()
        (late,) = world.brokers.records
        await asyncio.sleep(2 * DAY)
        successor = world.process("successor")
        await successor.speed.restore(world.partitions)
        await successor.send()
        world.brokers.records.append(late)
        await successor.end()
        third = world.process("third")
        await third.speed.restore(world.partitions)
        await third.send()

    play(story(), naps=600)
    _, second, third = world.times
    assert third - second == pytest.approx(DAY * (1 + HEADROOM), abs=700)


@pytest.mark.parametrize("partitions", [1, 4, 16])
def test_one_a_day_is_one_a_day_for_whoever_comes_next(partitions: int) -> None:
    world = World(1 / DAY, partitions)

    async def story() -> None:
        for hours in (1, 5, 17, 30, 2):
            process = world.process()
            await process.speed.restore(world.partitions)
            process.work()
            await asyncio.sleep(hours * 3600)
            await process.end()

    play(story(), naps=600)
    assert world.times == pytest.approx([0, DAY * (1 + HEADROOM), 2 * DAY * (1 + HEADROOM)], abs=700)


def test_the_last_that_is_left_of_many_waits_a_day_and_not_one_for_each_that_was() -> None:
    """Each of the sixteen had a message every sixteen days."""
    world = World(1 / DAY, 16)

    async def story() -> None:
        process = world.process("one of many")
        await process.speed.restore(world.partitions[:1])
        await process.send()
        await process.end()
        survivor = world.process("survivor")
        await survivor.speed.restore(world.partitions)
        await survivor.send()

    play(story(), naps=600)
    first, second = world.times
    assert second - first == pytest.approx(DAY * (1 + HEADROOM), abs=700)


def test_a_process_of_a_few_partitions_does_not_send_more_for_being_restarted() -> None:
    world = World(1 / DAY, 16)

    async def story() -> None:
        for _ in range(32):
            process = world.process()
            await process.speed.restore(world.partitions[:1])
            process.work()
            await asyncio.sleep(DAY)
            await process.end()

    play(story(), naps=600)
    assert len(world.times) == 2
    assert world.most_within(15 * DAY) == 1


def test_partitions_that_were_exchanged_for_others_are_written_down_too() -> None:
    world = World(10.0, 2)

    async def story() -> None:
        process = world.process()
        for partition in world.partitions:
            await process.speed.restore([partition])
            await process.send()
            assert world.brokers.records[-1].key == f"{partition[0]}-{partition[1]}".encode()

    play(story())


def test_a_killed_process_is_followed_by_the_other() -> None:
    """Six hundred a minute over two processes, one of which is killed; the other takes over when the brokers notice."""
    world = World(10.0, 2)

    async def story() -> None:
        processes = [world.process("one"), world.process("other")]
        for process, partition in zip(processes, world.partitions, strict=True):
            await process.speed.restore([partition])
            process.work()
        await asyncio.sleep(20)
        await processes[0].end()
        await asyncio.sleep(SESSION_SECONDS)
        await processes[1].end()  # what flies is called off at a rebalance
        await processes[1].speed.restore(world.partitions)
        processes[1].work()
        await asyncio.sleep(20)

    play(story())
    assert world.most_within(10) <= 100
    over = 20 + SESSION_SECONDS
    assert min(at for at in world.times if at > over) <= over + AHEAD_SECONDS + 2 * MOMENT
    assert len(world.times) == pytest.approx(10 * (20 + SESSION_SECONDS / 2 + 20), rel=0.06)


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0, 365 * DAY])
def test_a_clock_that_was_wrong_stops_nobody_for_longer_than_the_limit(ahead: float) -> None:
    world = World(1 / 60)

    async def story() -> None:
        process = world.process(ahead=ahead)
        await process.speed.restore(world.partitions)
        await process.send()
        await process.end()
        process = world.process()
        await process.speed.restore(world.partitions)
        await process.send()

    play(story())
    assert world.times[1] <= 60 * (1 + HEADROOM) + AHEAD_SECONDS + 2 * MOMENT


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_wall_clock_that_is_set_changes_nothing(jump: float) -> None:
    world = World(1.0, 2)

    async def story() -> None:
        processes = [world.process("one"), world.process("other")]
        for process, partition in zip(processes, world.partitions, strict=True):
            await process.speed.restore([partition])
            process.work()
        await asyncio.sleep(30)
        processes[0].ahead = jump
        await asyncio.sleep(30)

    play(story())
    assert len(world.times) == pytest.approx(59, abs=2)
    assert world.most_within(10) <= 10


@pytest.mark.parametrize("value", [b"not a clock", b'{"job": "orders"}', None])
def test_what_is_no_clock_is_passed_over(value: bytes | None) -> None:
    world = World(1 / DAY)
    clock = SpeedClock(job="other", not_before=EPOCH + 1e6, written_at=EPOCH)
    world.brokers.records += [
        OutgoingRecord(TOPIC, b"memberships-0", value, 0),
        OutgoingRecord(TOPIC, b"memberships-7", clock.model_dump_json().encode(), 0),
    ]

    async def story() -> None:
        process = world.process()
        await process.speed.restore(world.partitions)
        await process.send()

    play(story())
    assert world.times == pytest.approx([0], abs=MOMENT)


# --- any history ------------------------------------------------------------------------------------------------------

happenings = st.lists(
    st.tuples(
        st.sampled_from(["start", "kill", "stop", "idle", "lose the brokers"]),
        st.floats(0.1, 40.0),
        st.integers(0, 3),
    ),
    max_size=12,
)


class History:
    """Processes that come and go; whenever they do, the partitions are given anew to those that are left."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.alive: list[Process] = []
        self.rebalances = 0
        self.served = 0.0

    async def share_out(self) -> None:
        """Call off what flies, and give each process a range of the partitions."""
        self.rebalances += 1
        for process in self.alive:
            await process.end()
        shares: list[list[Partition]] = [[] for _ in self.alive]
        for number, partition in enumerate(self.world.partitions):
            if shares:
                shares[number * len(shares) // len(self.world.partitions)].append(partition)
        await asyncio.gather(*(process.speed.restore(share) for process, share in zip(self.alive, shares, strict=True)))
        for process in self.alive:
            process.work()

    async def happen(self, what: str, seconds: float, whom: int) -> None:
        """Let something happen, and some time pass."""
        process = self.alive[whom % len(self.alive)] if self.alive else None
        match what:
            case "start" if len(self.alive) < 4:
                self.alive.append(self.world.process(f"{self.rebalances}", ahead=whom * 0.005))
                await self.share_out()
            case "kill" if process is not None:
                await process.end()
                self.alive.remove(process)
                await asyncio.sleep(SESSION_SECONDS)
                await self.share_out()
            case "stop" if process is not None:
                self.alive.remove(process)
                await process.end()
                await self.share_out()
            case "idle":
                for one in self.alive:
                    await one.end()
                await asyncio.sleep(seconds)
                for one in self.alive:
                    one.work()
            case "lose the brokers":
                self.world.brokers.there.clear()
                await asyncio.sleep(seconds)
                self.world.brokers.there.set()
        begun = now()
        await asyncio.sleep(seconds)
        self.served += (now() - begun) * bool(self.alive)


@examples(150)
@given(st.sampled_from([0.01, 0.1389, 0.5, 1.0, 1.1, 10.0, 16.67]), st.integers(1, 6), happenings)
def test_whatever_happens_the_limit_is_kept_and_used(
    per_second: float, partitions: int, happenings: list[tuple[str, float, int]]
) -> None:
    world = World(per_second, partitions)
    history = History(world)
    pace = max(1.0, 1 / per_second)  # slow limits are watched for longer

    async def story() -> None:
        await history.happen("start", 10 * pace, 0)
        for what, seconds, whom in happenings:
            await history.happen(what, seconds * pace, whom)

    play(story(), naps=pace)
    for seconds in (10.0, 10 * pace, 60 * pace):
        assert world.most_within(seconds) <= ceil(seconds * per_second - 1e-9)
    lost = (history.rebalances + len(happenings) + 1) * ((AHEAD_SECONDS + 2 * MOMENT) * per_second + partitions + 1)
    assert len(world.times) >= history.served * per_second / (1 + HEADROOM) - lost
