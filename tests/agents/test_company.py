"""When a window goes that is not full: at once where nothing holds it up, and in company where it would wait anyway."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from schemas.operations import UPSERT_PERSONS
from streams.agents.inflight import WINDOWS_MAX
from streams.agents.membership import INFLIGHT_WINDOWS_MAX, MembershipAgent
from streams.calls.call import Call, Reply
from tests.agents.membership_world import World, ours, play_in, records
from tests.making import export_job
from tests.waiting import until

#: A window of it would take an hour to be full or old enough.
JOB = export_job(audiences=["vip"], flush={"max_events": 1000, "max_seconds": 3600})
#: Another window may go at once, or an hour after the one before.
PROMPT, SPACED = 0.0, 3600.0
#: More turns of the loop than a window needs to go.
TURNS = 50


def people(calls: Sequence[Call]) -> list[int]:
    """How many people each upsert was about."""
    return [call.items for call in calls if call.operation == UPSERT_PERSONS]


async def some_turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


def test_an_event_goes_at_once_where_nothing_is_in_flight() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        for number, who in enumerate(("ann", "bob")):
            await agent.read(records(who, first=number), ours)
            await until(lambda number=number: len(world.commits) > number)  # type: ignore[misc]

    assert people(play_in(World(JOB), scene, spacing_seconds=SPACED).calls) == [1, 1]


def test_who_comes_soon_after_waits_for_company_until_nothing_is_in_flight() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        ann = world.hold("ann")
        await agent.read(records("ann"), ours)
        await until(lambda: people(world.calls) == [1])
        for number, who in enumerate(("bob", "cem"), start=1):
            await agent.read(records(who, first=number), ours)
            await some_turns()
        assert people(world.calls) == [1]
        ann.set()
        await until(lambda: people(world.calls) == [1, 2])

    play_in(World(JOB), scene, spacing_seconds=SPACED)


def test_who_comes_later_does_not_wait_for_an_answer_to_others() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        world.hold("ann")
        await agent.read(records("ann"), ours)
        await until(lambda: people(world.calls) == [1])
        await agent.read(records("bob", first=1), ours)
        await until(lambda: people(world.calls) == [1, 1])

    play_in(World(JOB), scene, spacing_seconds=PROMPT)


class Queueing(World):
    """A world in which calls wait their turn until told to go."""

    go: asyncio.Event

    async def perform(self, call: Call, sent: Callable[[], None]) -> Reply:
        await self.go.wait()
        return await super().perform(call, sent)


def test_who_would_wait_for_their_turn_behind_others_wait_in_company() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        assert isinstance(world, Queueing)
        world.go = asyncio.Event()
        world.hold("ann")
        for number, who in enumerate(("ann", "bob", "cem")):
            await agent.read(records(who, first=number), ours)
            await some_turns()
        world.go.set()
        # At once when she is on the wire, though she is not answered.
        await until(lambda: people(world.calls) == [1, 2])

    play_in(Queueing(JOB), scene, spacing_seconds=PROMPT)


def test_who_must_come_behind_an_earlier_event_of_theirs_holds_up_no_others() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        ann = world.hold("ann")
        await agent.read(records("ann"), ours)
        await until(lambda: people(world.calls) == [1])
        await agent.read(records("ann", first=1), ours)
        await some_turns()
        await agent.read(records("bob", first=2), ours)
        await until(lambda: people(world.calls) == [1, 1])
        ann.set()
        await until(lambda: people(world.calls) == [1, 1, 1])

    play_in(World(JOB), scene, spacing_seconds=PROMPT)


def test_of_small_windows_there_are_more_in_flight_than_of_full_ones() -> None:
    """As many as hold the events of the full ones, because those are sent again after a kill; or as connections do."""
    many = WINDOWS_MAX + 6

    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("@")
        for number in range(many):
            await agent.read(records(f"p{number}", first=number), ours)
            await some_turns()
        assert people(world.calls) == [1] * WINDOWS_MAX
        gate.set()
        await until(lambda: people(world.calls) == [*[1] * WINDOWS_MAX, many - WINDOWS_MAX])

    play_in(World(JOB), scene, spacing_seconds=PROMPT)


@pytest.mark.parametrize("events", [1, 3, 4])
def test_small_windows_hold_no_more_events_than_full_ones_would(events: int) -> None:
    full = 4
    job = export_job(audiences=["vip"], flush={"max_events": full, "max_seconds": 3600})
    room = full * INFLIGHT_WINDOWS_MAX

    async def scene(world: World, agent: MembershipAgent) -> None:
        world.hold("@")
        for number in range(2 * INFLIGHT_WINDOWS_MAX * full // events):
            some = [f"p{number}-{each}" for each in range(events)]
            reading = asyncio.ensure_future(agent.read(records(*some, first=number * events), ours))
            await some_turns()
            if not reading.done():
                reading.cancel()
                break
        # There was room for a full one before each.
        assert room - full < sum(people(world.calls)) <= room

    play_in(World(job), scene, spacing_seconds=PROMPT)
