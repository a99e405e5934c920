"""How windows fly and land: with an Infobip and a broker that answer when the test says so."""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import replace
from typing import Any

import pytest

from streams.agents.membership import INFLIGHT_WINDOWS_MAX, MembershipAgent
from streams.errors import JobFailed
from streams.jobs.export_audience.fast.exporter import FastExporter
from streams.kafka.producer import OutgoingRecord, Writer
from streams.pipeline.window import Window
from tests.agents.membership_world import PLACE, SMALL, Watched, World, ours, play, play_in, records
from tests.making import FakeRecord, export_job
from tests.waiting import until


def test_an_offset_is_committed_last() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        await agent.read(records("a", "b"), ours)
        await until(lambda: bool(world.commits))

    world = play(scene, **SMALL)
    assert world.events == ["upsert_persons", "add_tag", "write", "commit"]
    assert world.commits == [{PLACE: 2}]


def test_a_later_window_that_is_done_first_is_not_committed_first() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("slow@")
        await agent.read(records("slow", "b", "c", "d"), ours)
        await until(lambda: len(world.written) == 1)
        assert world.commits == []
        gate.set()
        await until(lambda: bool(world.commits))

    assert play(scene, **SMALL).commits == [{PLACE: 4}]


def test_one_slow_window_lets_only_so_many_others_land_that_a_crash_would_send_again() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("slow@")
        reading = asyncio.create_task(agent.read(records("slow", *(f"p{n}" for n in range(99))), ours))
        await until(lambda: len(world.written) == INFLIGHT_WINDOWS_MAX - 1)
        await asyncio.sleep(0.05)
        assert world.events.count("upsert_persons") == INFLIGHT_WINDOWS_MAX
        assert world.commits == []
        gate.set()
        await reading
        await until(lambda: world.commits[-1:] == [{PLACE: 100}])

    play(scene, **SMALL)


def test_windows_that_share_a_profile_follow_each_other() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("a@")
        await agent.read(records("a", "b", "a", "c", "d", "e"), ours)
        await until(lambda: len(world.written) == 1)  # the third window, which shares nobody
        assert [call.operation.name for call in world.calls] == ["upsert_persons", "upsert_persons", "add_tag"]
        gate.set()
        await until(lambda: len(world.written) == 3)

    play(scene, **SMALL)


def test_a_window_is_flushed_when_it_is_old_enough() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        await agent.read(records("a"), ours)
        await until(lambda: bool(world.commits))

    assert play(scene, flush={"max_events": 1000, "max_seconds": 0.01}).commits == [{PLACE: 1}]


def test_stopping_flushes_what_was_read() -> None:
    async def scene(_: World, agent: MembershipAgent) -> None:
        await agent.read(records("a"), ours)
        await agent.stop()

    assert play(scene, **SMALL).commits == [{PLACE: 1}]


def test_revocation_finishes_what_is_on_the_wire_and_drops_what_waits() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("a@")
        await agent.read(records("a", "b", "a", "c"), ours)  # the second window waits for the first
        await until(lambda: agent._inflight.count == 2)
        leaving = asyncio.create_task(agent.revoked())
        await asyncio.sleep(0)
        gate.set()
        await leaving

    world = play(scene, **SMALL)
    assert world.commits == [{PLACE: 2}]
    assert len(world.calls) == 2


def test_records_of_a_partition_that_was_taken_away_are_not_read() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        await agent.read(records("a", "b"), lambda: False)
        await agent.stop()
        assert world.calls == []

    assert play(scene, **SMALL).commits == []


def test_a_full_backlog_makes_reading_wait() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("@")

        async def read() -> None:
            for n in range(0, 100, 10):
                await agent.read(records(*(f"p{n}" for n in range(n, n + 10)), first=n), ours)

        reading = asyncio.create_task(read())
        await until(lambda: len(world.calls) == INFLIGHT_WINDOWS_MAX)
        await asyncio.sleep(0.01)
        assert not reading.done()
        gate.set()
        await reading
        await until(lambda: world.commits[-1:] == [{PLACE: 100}])

    play(scene, **SMALL)


def test_the_call_of_a_window_goes_out_before_the_next_one_is_made_ready() -> None:
    class Launches(Watched):
        def in_flight(self, windows: int) -> None:
            if windows > max(self.flying, default=0):
                self.events.append("launched")
            super().in_flight(windows)

    async def scene(world: World, agent: MembershipAgent) -> None:
        world.hold("@")
        await agent.read(records("a", "b", "c", "d", "e", "f"), ours)
        await until(lambda: len(world.calls) == 3)

    world = World(export_job(audiences=["vip"], **SMALL))
    world.watched = Launches(world.events)
    assert play_in(world, scene).events == ["launched", "upsert_persons"] * 3


def test_one_slow_window_hardly_holds_up_other_partitions() -> None:
    """With partitions side by side in every window, only fourteen events of the other one would be delivered."""
    other = (PLACE[0], 1)

    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("slow@")
        await agent.read(records("slow", "a"), ours)
        for n in range(22):
            theirs = [replace(one, partition=1) for one in records(f"b{n}", first=n)]
            await agent.read(theirs, ours)
            await agent.read(records(f"a{n}", first=n + 2), ours)
        await until(lambda: any(commit.get(other, 0) >= 20 for commit in world.commits))
        assert not any(PLACE in commit for commit in world.commits)
        gate.set()
        await until(lambda: any(commit.get(PLACE) == 24 for commit in world.commits))

    play(scene, **SMALL)


def test_what_waits_in_lanes_is_dropped_with_its_partition() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("@")
        for n in range(0, 30, 2):
            await agent.read(records(f"p{n}", f"p{n + 1}", first=n), ours)
        await until(lambda: len(world.calls) == INFLIGHT_WINDOWS_MAX)
        revoking = asyncio.create_task(agent.revoked())
        await asyncio.sleep(0.01)
        gate.set()
        await revoking
        assert world.commits[-1] == {PLACE: 2 * INFLIGHT_WINDOWS_MAX}
        await agent.assigned([PLACE])
        await agent.read(records("again", "anew", first=16), ours)
        await until(lambda: world.commits[-1] == {PLACE: 18})

    play(scene, **SMALL)


def test_a_refused_record_fails_the_job_and_commits_nothing() -> None:
    world = World(export_job(audiences=["vip"], **SMALL))

    async def refuse(_: Writer, __: Any = None) -> None:
        raise JobFailed("the broker refused a record")

    async def run() -> None:
        world.write = refuse  # type: ignore[method-assign,assignment]
        agent = world.agent()
        await agent.assigned([PLACE])
        await agent.read(records("a", "b"), ours)
        await agent.run()

    work: Coroutine[Any, Any, None] = run()
    with pytest.raises(JobFailed, match="refused"):
        asyncio.run(asyncio.wait_for(work, 5))
    assert world.commits == []


def test_revocation_ends_while_infobip_is_away_and_a_full_window_waits() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        world.hold("@")
        reading = asyncio.create_task(agent.read(records(*(f"p{n}" for n in range(100))), ours))
        await until(lambda: len(world.calls) == INFLIGHT_WINDOWS_MAX)
        async with asyncio.timeout(5):
            await agent.revoked()
            await reading
        assert len(world.calls) == INFLIGHT_WINDOWS_MAX

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.agents.membership.REVOKE_SECONDS", 0.05)
        assert play(scene, **SMALL).commits == []


def test_nothing_is_taken_in_while_stopping_even_if_partitions_are_assigned() -> None:
    async def scene(_: World, agent: MembershipAgent) -> None:
        await agent.stop()
        await agent.assigned([PLACE])
        reading = asyncio.create_task(agent.read(records("a", "b"), ours))
        await asyncio.sleep(0.01)
        assert not reading.done()
        reading.cancel()

    assert play(scene, **SMALL).calls == []


def test_a_last_flush_that_fails_is_raised_once_what_landed_is_committed() -> None:
    world = World(export_job(audiences=["vip"], **SMALL))
    fail = False

    async def write(batch: Iterable[OutgoingRecord]) -> None:
        if fail:
            raise JobFailed("the broker refused a record")
        world.written += batch

    async def run() -> None:
        nonlocal fail
        world.write = write  # type: ignore[method-assign,assignment]
        agent = world.agent()
        await agent.assigned([PLACE])
        running = asyncio.create_task(agent.run())
        await agent.read(records("a", "b"), ours)
        await until(lambda: len(world.written) == 1)
        await agent.read(records("c", first=2), ours)
        fail = True
        with pytest.raises(JobFailed, match="refused"):
            await agent.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())
    assert world.commits == [{PLACE: 2}]


def test_nothing_behind_a_window_that_cannot_be_made_ready_is_sent_or_committed() -> None:
    fold, tried = FastExporter.fold, asyncio.Event()

    def choke(exporter: FastExporter, window: Window) -> Any:
        if b"poison" in (window.entries[0].record.value or b""):
            tried.set()
            raise ZeroDivisionError
        return fold(exporter, window)

    async def scene(_: World, agent: MembershipAgent) -> None:
        await agent.read(records("a", "b", "poison", "c", "waits"), ours)
        await tried.wait()
        reading = asyncio.create_task(agent.read(records("d", "e", first=5), ours))
        await asyncio.sleep(0)
        await agent.stop()
        reading.cancel()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FastExporter, "fold", choke)
        world = play(scene, **SMALL)
    assert all(commit == {PLACE: 2} for commit in world.commits)
    assert not any(name in repr(call.body) for call in world.calls for name in ("d@", "e@"))


def test_of_partitions_that_were_lost_nothing_is_done_any_more() -> None:
    """They may be another's: no call is made that has not gone out, nothing is told, nothing committed."""

    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("a@")
        await agent.read(records("a", "b", "c"), ours)
        await until(lambda: len(world.calls) == 1)
        leaving = asyncio.create_task(agent.revoked(lost=True))
        async with asyncio.timeout(1):
            await leaving
        gate.set()
        await asyncio.sleep(0.05)
        assert len(world.calls) == 1
        assert world.written == []

    assert play(scene, **SMALL).commits == []


AVRO = b"\x00\x00\x00\x00\x07\x00\x06vip"


def test_input_that_is_no_events_stops_the_job_and_none_of_it_is_committed_or_written() -> None:
    async def scene(world: World, agent: MembershipAgent) -> None:
        gate = world.hold("slow@")
        running = asyncio.create_task(agent.run())
        await agent.read(records("slow", "b"), ours)
        await until(lambda: bool(world.calls))
        reading = asyncio.create_task(agent.read([FakeRecord(AVRO, offset) for offset in range(2, 2000)], ours))
        for _ in range(100):  # until nothing moves any more
            await asyncio.sleep(0)
        assert not running.done()
        gate.set()
        with pytest.raises(JobFailed, match="looks like Schema Registry's Avro"):
            await running
        reading.cancel()

    world = World(export_job(audiences=["vip"], flush={"max_events": 2, "max_seconds": 3600}))

    async def run() -> None:
        agent = world.agent()
        await agent.assigned([PLACE])
        await scene(world, agent)

    asyncio.run(run())
    assert world.commits == [{PLACE: 2}]  # what flew before was finished
    assert [one.topic for one in world.written] == ["infobip_flushes"]


def test_whoever_counts_is_told_of_a_window_once_it_is_written_and_of_its_commit_once_it_is_committed() -> None:
    async def scene(world: World, _: MembershipAgent) -> None:
        world.watched = Watched(world.events)
        agent = world.agent()
        running = asyncio.create_task(agent.run())
        await agent.assigned([PLACE])
        await agent.read([*records("a"), FakeRecord(b"no event", 1), *records("b", first=2)], ours)
        await until(lambda: bool(world.commits))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    world = play(scene, **SMALL)
    watched = world.watched
    assert watched is not None
    assert world.events == ["upsert_persons", "add_tag", "write", "write", "settled", "commit", "committed"]
    assert watched.outcomes == {"accepted": 2, "undecodable": 1}
    assert watched.reasons == {"undecodable": 1}
    assert watched.flying == [1, 0]
