"""What is committed behind the last window of a partition, and whose offsets are left alone."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka import errors as aiokafka_errors
from aiokafka.structs import OffsetAndMetadata

from streams.agents.start_positions import StartPositions
from streams.kafka.commits import Commits
from streams.kafka.faust_patches import NO_NOTES, ROOM_SECONDS, ConsumerInternals
from streams.kafka.lease import Lease
from streams.kafka.refusals import Asked
from streams.pipeline.offsets import Partition

ONE, OTHER = ("memberships", 0), ("memberships", 1)


class FakeInside:
    """Commits until it is told to refuse."""

    def __init__(self) -> None:
        self.reached: dict[Partition, tuple[int, int]] = {}
        self.committed: dict[Partition, int] = {}
        self.notes: dict[Partition, str] = {}
        self.refuses = False
        self.longest = 1000

    async def commit(self, _: int, offsets: Mapping[Partition, int], notes: Mapping[Partition, str] = NO_NOTES) -> bool:
        if any(len(note) > self.longest for note in notes.values()):
            raise aiokafka_errors.OffsetMetadataTooLargeError
        if not self.refuses:
            self.committed.update(offsets)
            self.notes.update({key: notes.get(key, "") for key in offsets})
        return not self.refuses


class FakePositions:
    """Keeps everything that moved."""

    def __init__(self) -> None:
        self.kept: dict[Partition, int] = {}

    def moved(self, committed: Mapping[Partition, int]) -> dict[Partition, int]:
        return {key: offset for key, offset in committed.items() if self.kept.get(key) != offset}

    async def keep(self, committed: Mapping[Partition, int]) -> None:
        self.kept.update(committed)


def commits() -> tuple[Commits, FakeInside, FakePositions]:
    inside, positions = FakeInside(), FakePositions()
    lease = Lease("vip")
    lease.renew(lease.now())
    made = Commits(
        "vip", cast("ConsumerInternals", inside), cast("StartPositions", positions), lease, Asked("localhost:9092")
    )
    made.begin({ONE: 10, OTHER: 10})
    return made, inside, positions


def test_markers_behind_markers_are_committed_too() -> None:
    async def run() -> None:
        made, inside, _ = commits()
        for position in (14, 18):
            inside.reached = {ONE: (10, position)}
            await made.catch_up(1, keep=False)
            assert inside.committed == {ONE: position}

    asyncio.run(run())


def test_markers_behind_the_last_event_are_committed_once_it_is() -> None:
    async def run() -> None:
        made, inside, _ = commits()
        inside.reached = {ONE: (20, 21), OTHER: (10, 14)}
        await made.catch_up(1, keep=False)
        # Of one partition nothing was there but markers; of the other events are on their way.
        assert inside.committed == {OTHER: 14}
        await made.commit(1, {ONE: 20})
        await made.catch_up(1, keep=False)
        assert inside.committed == {ONE: 21, OTHER: 14}

    asyncio.run(run())


def test_what_was_refused_is_committed_later() -> None:
    async def run() -> None:
        made, inside, _ = commits()
        inside.refuses = True
        await made.commit(1, {ONE: 20})
        inside.refuses = False
        await made.catch_up(1, keep=False)
        assert inside.committed == {ONE: 20}

    asyncio.run(run())


def test_positions_are_kept_only_by_whom_the_brokers_let_commit() -> None:
    async def run() -> None:
        made, inside, positions = commits()
        await made.commit(1, {ONE: 20})
        inside.refuses = True
        await made.catch_up(1, keep=True)
        assert positions.kept == {}
        inside.refuses = False
        await made.catch_up(1, keep=True)
        assert positions.kept == {ONE: 20, OTHER: 10}

    asyncio.run(run())


def test_a_note_stays_beside_its_partition_until_there_is_another() -> None:
    async def run() -> None:
        made, inside, _ = commits()
        made.begin({ONE: 10, OTHER: 10}, {ONE: "found", OTHER: "found, too"})
        inside.reached = {OTHER: (10, 14)}
        await made.catch_up(1, keep=False)
        assert inside.notes == {OTHER: "found, too"}
        await made.commit(1, {ONE: 20}, {ONE: "first"})
        inside.reached = {ONE: (20, 21)}
        await made.catch_up(1, keep=False)
        assert (inside.committed, inside.notes) == ({ONE: 21, OTHER: 14}, {ONE: "first", OTHER: "found, too"})
        made.begin({ONE: 21})
        await made.commit(1, {ONE: 30})
        assert inside.notes[ONE] == ""

    asyncio.run(run())


def test_a_note_alone_goes_beside_the_last_offset_even_where_that_was_refused_before() -> None:
    async def run() -> None:
        made, inside, _ = commits()
        assert await made.note(1, {ONE: "first"})
        assert (inside.committed, inside.notes) == ({ONE: 10}, {ONE: "first"})
        inside.refuses = True
        assert not await made.commit(1, {ONE: 20}, {ONE: "second"})
        assert not await made.note(1, {ONE: "third"})
        inside.refuses = False
        assert await made.note(1, {ONE: "fourth"})
        assert (inside.committed, inside.notes) == ({ONE: 20}, {ONE: "fourth"})

    asyncio.run(run())


def test_a_note_that_was_refused_is_not_written_by_whoever_comes_behind() -> None:
    async def run() -> None:
        made, inside, _ = commits()
        inside.refuses = True
        assert not await made.commit(1, {ONE: 20}, {ONE: "of an assignment that is over"})
        made.begin({ONE: 10}, {ONE: "found"})
        assert not await made.note(1, {OTHER: "of a partition that is another's"})
        inside.refuses, inside.reached = False, {ONE: (10, 14)}
        await made.catch_up(2, keep=False)
        assert (inside.committed, inside.notes) == ({ONE: 14}, {ONE: "found"})

    asyncio.run(run())


def test_brokers_that_take_no_such_note_get_none() -> None:
    async def run() -> None:
        made, inside, _ = commits()
        assert await made.note(1, {ONE: "short"})
        inside.longest = 0
        assert await made.commit(1, {ONE: 20}, {ONE: "longer"})
        assert (inside.committed, inside.notes) == ({ONE: 20}, {ONE: ""})

    asyncio.run(run())


# --- in the consumer's thread --------------------------------------------------------------------------------------


class Assignment:
    """Partitions of one generation."""

    def __init__(self) -> None:
        self.tps, self.active = {TopicPartition(*ONE)}, True


class Coordinator:
    """A coordinator that takes whatever reaches it, or says that a topic is gone."""

    def __init__(self, assignment: Assignment) -> None:
        self._subscription = self
        self.subscription = self
        self.assignment, self.generation, self.group_id = assignment, 3, "infobip-streams.vip"
        self.sent: list[Any] = []
        self.gone = False

    async def send(self, _: Assignment, offsets: Any) -> None:
        if self.gone:
            raise aiokafka_errors.UnknownTopicOrPartitionError
        self.sent.append(offsets)

    commit_offsets = send


def inside_of(coordinator: Coordinator) -> ConsumerInternals:
    inside: Any = ConsumerInternals(*cast("Any", [None] * 5), taken=lambda: None)
    inside._coordinator, inside._generation = coordinator, 3
    return cast("ConsumerInternals", inside)


@pytest.mark.parametrize("over", ["assignment", "generation", "topic"])
def test_a_commit_that_is_tried_again_does_not_go_out_for_a_later_owner(over: str) -> None:
    async def run() -> None:
        assignment = Assignment()
        coordinator = Coordinator(assignment)
        inside = inside_of(coordinator)
        await inside._do_commit_offsets(coordinator.send, assignment, {"first": 1})
        if over == "assignment":
            assignment.active = False
        elif over == "generation":
            coordinator.generation = 4
        else:
            coordinator.gone = True
        with pytest.raises(aiokafka_errors.IllegalGenerationError):
            await inside._do_commit_offsets(coordinator.send, assignment, {"again": 1})
        assert coordinator.sent == [{"first": 1}]

    asyncio.run(run())


def test_nothing_is_committed_of_partitions_that_are_not_ours_now() -> None:
    async def run() -> None:
        inside = inside_of(Coordinator(Assignment()))
        assert not await inside._commit(3, {OTHER: 7})
        assert not await inside._commit(2, {ONE: 7})

    asyncio.run(run())


@pytest.mark.parametrize("keeps_notes", [True, False])
def test_who_leaves_no_notes_takes_those_of_others_away_before_anything_is_read(*, keeps_notes: bool) -> None:
    """They would tell nobody of what is done from now on."""

    async def run() -> None:
        assignment = Assignment()
        coordinator = Coordinator(assignment)
        said: list[str] = []

        async def begin(_: int, committed: Mapping[Partition, int | None]) -> Any:
            return committed

        async def begun(_: int) -> None:
            said.append(f"begun after {len(coordinator.sent)}")

        async def fetch(partitions: list[Any]) -> Any:
            return {partition: OffsetAndMetadata(7, "of others") for partition in partitions}

        nobody: Any = None
        inside: Any = ConsumerInternals(
            begin, begun, nobody, nobody, Lease("vip"), taken=nobody, keeps_notes=keeps_notes
        )
        inside._main, inside._coordinator, inside._generation = asyncio.get_running_loop(), coordinator, 3
        await inside._begin_assignment(fetch, assignment)
        one = TopicPartition(*ONE)
        assert coordinator.sent == ([] if keeps_notes else [{one: OffsetAndMetadata(7, "")}])
        assert inside.notes == ({ONE: "of others"} if keeps_notes else {})
        assert said == [f"begun after {len(coordinator.sent)}"]

    asyncio.run(run())


class OutOfRange:
    """A consumer whose log begins at 50, asked for offsets that are not there."""

    def __init__(self) -> None:
        self.sought: dict[Any, int] = {}
        self.paused: list[Any] = []

    async def beginning_offsets(self, partitions: list[Any]) -> dict[Any, int]:
        return dict.fromkeys(partitions, 50)

    def seek(self, partition: Any, offset: int) -> None:
        self.sought[partition] = offset

    def pause(self, partition: Any) -> None:
        self.paused.append(partition)

    def assignment(self) -> set[Any]:
        return {TopicPartition(*ONE), TopicPartition(*OTHER)}


@pytest.mark.parametrize(
    ("wanted", "seconds"),
    [([ONE, OTHER], 1.0), ([ONE], ROOM_SECONDS)],
    ids=["all are read", "the queue of one is full"],
)
def test_others_are_not_waited_for_long_while_the_queue_of_a_partition_is_full(
    wanted: list[Any], seconds: float
) -> None:
    waited: list[float] = []

    async def fetch(_: Any, partitions: Any, **how: Any) -> Any:
        assert (len(partitions), how["max_records"]) == (len(wanted), 500)
        waited.append(how["timeout"])
        return {}

    async def run() -> None:
        partitions = {TopicPartition(*key) for key in wanted}
        inside: Any = inside_of(Coordinator(Assignment()))
        await inside._fetch(fetch, OutOfRange(), partitions, timeout=1.0, max_records=500)

    asyncio.run(run())
    assert waited == [seconds]


def test_reading_goes_on_behind_what_was_deleted_and_ends_where_the_log_is_too_short() -> None:
    async def run() -> None:
        told: list[tuple[Any, ...]] = []
        nobody: Any = None
        inside: Any = ConsumerInternals(
            nobody, nobody, lambda *said: told.append(said), lambda *said: told.append(said), Lease("vip"), taken=nobody
        )
        inside._main = asyncio.get_running_loop()
        consumer, first, other = OutOfRange(), TopicPartition(*ONE), TopicPartition(*OTHER)

        async def fetch(*_: Any, **__: Any) -> Any:
            raise aiokafka_errors.OffsetOutOfRangeError({first: 20, other: 90})

        assert await inside._fetch(fetch, consumer, consumer.assignment(), timeout=1.0) == {}
        await asyncio.sleep(0)
        assert (consumer.sought, consumer.paused) == ({first: 50}, [other])
        assert told == [(ONE, 20, 50), (OTHER,)]

    asyncio.run(run())
