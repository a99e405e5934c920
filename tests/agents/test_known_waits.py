"""What holds a partition up, and whether that is known: by its own windows, whatever else goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from streams.agents.membership import INFLIGHT_WINDOWS_MAX, MembershipAgent
from streams.calls.call import Call, Reply
from streams.calls.waiting import known_wait, waiting_for
from streams.kafka.producer import OutgoingRecord
from tests.agents.membership_world import PLACE, SMALL, World, ours, play, records
from tests.making import FakeRecord, event
from tests.waiting import until

OTHER = ("memberships", 1)


class Slow(World):
    """An Infobip that is known to wait for those it holds, but for those of whom it knows nothing."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.hung: set[str] = set()
        self.writing = asyncio.Event()
        self.writing.set()
        self.committing = asyncio.Event()
        self.committing.set()

    async def perform(self, call: Call, sent: Callable[[], None]) -> Reply:
        if any(text in repr(call.body) for text in self.hung):
            self.calls.append(call)
            await asyncio.Event().wait()
        with waiting_for("Infobip"):
            return await super().perform(call, sent)

    @known_wait("the brokers")
    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        await self.writing.wait()
        await super().write(records)

    async def commit(self, offsets: Any) -> None:
        await self.committing.wait()
        await super().commit(offsets)


def elsewhere(*who: str) -> list[FakeRecord]:
    return [FakeRecord(event(one), offset, partition=1) for offset, one in enumerate(who)]


def watch(scene: Callable[[Slow, MembershipAgent], Awaitable[None]], **changes: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.agents.membership_world.World", Slow)
        play(scene, **{**SMALL, **changes})  # type: ignore[arg-type] # it is the world that was put in place


def test_a_call_that_hangs_is_no_known_wait_whatever_others_wait_for() -> None:
    async def scene(world: Slow, agent: MembershipAgent) -> None:
        world.hung = {"a@"}
        world.hold("c@")
        await agent.read(records("a", "b"), ours)
        await agent.read(elsewhere("c", "d"), ours)
        await until(lambda: len(world.calls) == 2)
        assert not agent.waits(PLACE)
        assert agent.waits(OTHER)
        await agent.read(elsewhere("e"), ours)  # a window that fills
        assert not agent.waits(PLACE)

    watch(scene)


def test_of_several_calls_of_a_window_each_must_be_known_to_wait() -> None:
    async def scene(world: Slow, agent: MembershipAgent) -> None:
        world.hold("@")
        await agent.read(records("a", "b"), ours)
        await until(lambda: len(world.calls) == 1)
        (flight,) = agent._inflight._flying
        assert agent.waits(PLACE)
        hung = asyncio.create_task(asyncio.Event().wait())
        flight._under_way[hung] = type(flight._wait)()  # type: ignore[index] # a call of which nothing is known
        assert not agent.waits(PLACE)
        hung.cancel()

    watch(scene)


def test_what_is_not_acknowledged_is_a_known_wait_and_what_is_not_committed_is_none() -> None:
    async def scene(world: Slow, agent: MembershipAgent) -> None:
        world.writing.clear()
        world.committing.clear()
        await agent.read(records("a", "b"), ours)
        await until(lambda: "add_tag" in world.events)
        await until(lambda: agent.waits(PLACE))
        world.writing.set()
        await until(lambda: len(world.written) == 1)
        await agent.read(records("c", "d", first=2), ours)
        await until(lambda: len(world.written) == 2)
        await agent.read(records("e", first=4), ours)  # the window that fills is not what holds the partition up
        await until(lambda: not agent.waits(PLACE))
        await asyncio.sleep(0.1)
        assert not agent.waits(PLACE)

    watch(scene)


def test_whoever_follows_a_window_that_hangs_hangs_with_it() -> None:
    async def scene(world: Slow, agent: MembershipAgent) -> None:
        world.hung = {"a@"}
        await agent.read(records("a", "b"), ours)
        await agent.read([FakeRecord(event(one), offset, partition=1) for offset, one in enumerate(("a", "c"))], ours)
        await until(lambda: len(world.calls) == 1)
        await asyncio.sleep(0.01)
        assert not agent.waits(OTHER)

    watch(scene)


def test_whoever_follows_a_window_that_waits_waits_with_it() -> None:
    async def scene(world: Slow, agent: MembershipAgent) -> None:
        world.hold("a@")
        await agent.read(records("a", "b"), ours)
        await agent.read([FakeRecord(event(one), offset, partition=1) for offset, one in enumerate(("a", "c"))], ours)
        await until(lambda: len(world.calls) == 1)
        await asyncio.sleep(0.01)
        assert agent.waits(OTHER)

    watch(scene)


@pytest.mark.parametrize("hangs", [False, True])
def test_a_partition_of_which_nothing_is_read_waits_with_those_that_take_all_places(*, hangs: bool) -> None:
    async def scene(world: Slow, agent: MembershipAgent) -> None:
        if hangs:
            world.hung = {"@"}
        world.hold("@")
        reading = asyncio.create_task(agent.read(records(*(f"p{n}" for n in range(100))), ours))
        await until(lambda: len(world.calls) == INFLIGHT_WINDOWS_MAX)
        assert agent.waits(OTHER) is not hangs
        reading.cancel()

    watch(scene)


def test_without_anything_in_the_air_nothing_is_known() -> None:
    async def scene(world: Slow, agent: MembershipAgent) -> None:
        assert not agent.waits(PLACE)
        await agent.read(records("a"), ours)
        assert agent.waits(PLACE)  # the window fills
        assert not agent.waits(OTHER)
        await agent.read(records("b", first=1), ours)
        await until(lambda: bool(world.commits))
        assert not agent.waits(PLACE)

    watch(scene)
