"""Work beside a job's events: in order with the windows that share a key, and only while the partitions are read."""

import asyncio
from collections.abc import Generator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import orjson
import pytest

from schemas.records.commands import JobCommand
from schemas.records.outcomes import DeadLetter, Flush
from streams.agents.membership import MembershipAgent
from streams.agents.pauses import PauseSwitch
from streams.agents.window_told import Done
from streams.calls.call import Call, Reply
from streams.jobs.export_audience.tags import tag_call
from tests.agents.membership_world import PLACE, SMALL, World, ours, play, play_in, records
from tests.fakes.infobip import NOW
from tests.making import export_job
from tests.waiting import until

ELSEWHERE = ("memberships", 1)


@dataclass
class Untag:
    """Take the tag from somebody."""

    who: str
    held_up: AbstractSet[str] = frozenset()
    letters: list[DeadLetter] = field(default_factory=list)

    @property
    def keys(self) -> AbstractSet[str]:
        return {f"{self.who}@example.com"}

    def deliver(self, held_up: AbstractSet[str], /) -> Generator[list[Call], list[Reply], Done]:
        self.held_up = held_up
        yield [tag_call("VIP", enters=False)([("EMAIL", f"{self.who}@example.com")])]
        return Done({"repaired_removed": 1}, self.letters)


def operations(world: World) -> list[str]:
    return [call.operation.name for call in world.calls]


def test_it_goes_behind_windows_about_the_same_people_and_before_those_that_come_later() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("a@")
        await agent.read(records("a", "b"), ours)
        await until(lambda: operations(world) == ["upsert_persons"])
        work = agent.beside.send_off(Untag("a"), {PLACE: 2})
        assert work is not None
        await agent.read(records("a", "c", first=2), ours)
        await asyncio.sleep(0.02)
        assert operations(world) == ["upsert_persons"]
        gate.set()
        await until(lambda: len(world.commits) == 2 or world.commits == [{PLACE: 4}])
        assert (await work).outcomes == {"repaired_removed": 1}

    world = play(scene, **SMALL)
    assert operations(world) == ["upsert_persons", "add_tag", "remove_tag", "upsert_persons", "add_tag"]


def test_it_goes_at_once_beside_windows_about_others_and_moves_no_offset() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("a@")
        await agent.read(records("a", "b"), ours)
        work = agent.beside.send_off(Untag("z"), {PLACE: 2})
        assert work is not None
        await work
        assert world.commits == []
        gate.set()
        await until(lambda: bool(world.commits))

    assert play(scene, **SMALL).commits == [{PLACE: 2}]


def test_it_is_told_in_a_flush_record_of_no_partitions_and_whom_it_failed_in_a_dead_letter() -> None:
    letter = DeadLetter(
        job="vip", reason="rejected", detail="no", topic=None, partition=None, offset=None, key="u-1",
        key_encoding="utf-8", value="{}", value_encoding="utf-8", headers=(), failed_at=NOW,
    )  # fmt: skip

    async def scene(_: World, agent: MembershipAgent) -> None:
        work = agent.beside.send_off(Untag("z", letters=[letter]), {PLACE: 0})
        assert work is not None
        await work

    buried, told = play(scene).written
    assert orjson.loads(buried.value or b"")["key"] == "u-1"
    flush = Flush.model_validate_json(told.value or b"")
    assert (flush.partitions, flush.events, flush.outcomes) == ((), 1, {"repaired_removed": 1})
    assert (flush.calls, flush.answers) == ({"remove_tag": 1}, {"remove_tag": {"200": 1}})


def test_it_may_not_go_once_records_are_taken_that_its_maker_does_not_know() -> None:
    async def scene(_: World, agent: MembershipAgent) -> None:
        assert agent.beside.send_off(Untag("z"), {PLACE: 0}) is not None
        await agent.read(records("a"), ours)
        assert agent.beside.send_off(Untag("z"), {PLACE: 0}) is None
        assert agent.beside.send_off(Untag("z"), {PLACE: 1}) is not None
        assert agent.beside.send_off(Untag("z"), {PLACE: 1, ELSEWHERE: 9}) is None

    play(scene, **SMALL)


def test_while_partitions_are_held_none_of_their_records_are_taken() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        with agent.beside.hold([PLACE]):
            reading = asyncio.create_task(agent.read(records("a", "b"), ours))
            await asyncio.sleep(0.02)
            assert agent.beside.send_off(Untag("z"), {PLACE: 0}) is not None
            assert "upsert_persons" not in operations(world)
        await reading
        await until(lambda: bool(world.commits))

    assert play(scene, **SMALL).commits == [{PLACE: 2}]


def test_it_may_not_go_while_the_job_is_paused() -> None:
    switch: list[PauseSwitch] = []

    async def scene(_: World, agent: MembershipAgent) -> None:
        switch[0].hear(JobCommand(job="vip", command="pause", by="me", at=NOW))
        assert agent.beside.send_off(Untag("z"), {PLACE: 0}) is None
        switch[0].hear(JobCommand(job="vip", command="resume", by="me", at=NOW))
        await agent.beside.resumed()
        assert agent.beside.send_off(Untag("z"), {PLACE: 0}) is not None

    async def run() -> None:
        switch.append(PauseSwitch())

    asyncio.run(run())
    play_in(World(export_job(audiences=["vip"])), scene, pause=switch[0])


@pytest.mark.parametrize("lost", [False, True])
def test_when_partitions_go_what_is_on_the_wire_ends_and_nothing_more_goes(*, lost: bool) -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("a@")
        under_way = agent.beside.send_off(Untag("a"), {PLACE: 0})
        waiting = agent.beside.send_off(Untag("a"), {PLACE: 0})
        assert under_way is not None
        assert waiting is not None
        await until(lambda: operations(world) == ["remove_tag"])
        changed = asyncio.create_task(agent.beside.changed(agent.beside.partitions))
        leaving = asyncio.create_task(agent.revoked(lost=lost))
        await changed
        assert agent.beside.partitions == frozenset()
        assert agent.beside.send_off(Untag("z"), {PLACE: 0}) is None
        gate.set()
        await leaving
        await asyncio.wait([under_way, waiting])
        assert (under_way.cancelled(), waiting.cancelled()) == (lost, True)

    play(scene)


def test_who_works_beside_hears_of_partitions_that_come() -> None:
    async def scene(_: World, agent: MembershipAgent) -> None:
        assert agent.beside.partitions == {PLACE}
        await agent.read(records("a", "b"), ours)
        await agent.revoked()
        changed = agent.beside.changed(agent.beside.partitions)
        await agent.assigned([ELSEWHERE])
        await asyncio.wait_for(changed, 5)  # although it began to listen later
        assert agent.beside.partitions == {ELSEWHERE}
        assert agent.beside.send_off(Untag("z"), {ELSEWHERE: 0}) is not None

    play(scene, **SMALL)
