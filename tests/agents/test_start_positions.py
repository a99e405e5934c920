"""What is kept of a job's positions, and what is told of each partition when its reading begins."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from schemas.records.outcomes import Flush
from schemas.records.states import Position
from streams.agents import start_positions as door
from streams.agents.evidence import replaced_of, told_of
from streams.agents.start_position import Beginning, Known
from streams.agents.start_positions import Found, StartPositions, tell
from streams.kafka.group_probe import GroupProbe, Topic
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.producer import OutgoingRecord, Writer
from streams.kafka.topics import TopicNames
from tests.making import FakeRecord, export_job

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = ("memberships", 0)


class FakeWriter:
    """Remembers what was written."""

    def __init__(self) -> None:
        self.written: list[OutgoingRecord] = []

    async def write(self, records: list[OutgoingRecord]) -> None:
        self.written += records


class Timed(FakeRecord):
    timestamp = 1_700_000_000_000


def kept(offset: int, **changes: Any) -> Position:
    return Position(job="vip", topic="memberships", partition=0, topic_id="one", offset=offset, at=NOW, **changes)


@pytest.fixture
def writer() -> FakeWriter:
    return FakeWriter()


@pytest.fixture
def positions(writer: FakeWriter, monkeypatch: pytest.MonkeyPatch) -> StartPositions:
    monkeypatch.setattr(door, "GroupProbe", lambda *_: None)
    return StartPositions(export_job(), {}, TopicNames(), cast("Writer", writer))


def found(known: Known, why: Any, offset: int) -> Found:
    return Found({KEY: Beginning(known, why, offset)}, {"memberships": Topic("one", 4)})


def place(committed: int | None = 10) -> PartitionPosition:
    return PartitionPosition(*KEY, 0, 100, committed)


def said(writer: FakeWriter) -> list[Position]:
    return [
        Position.model_validate_json(one.value or b"") for one in writer.written if b"/position/" in (one.key or b"")
    ]


def test_a_position_is_kept_once_with_the_last_record_read_before_it(
    positions: StartPositions, writer: FakeWriter
) -> None:
    async def run() -> None:
        await positions.begun(found(Known(place(), "one"), "committed", 10))
        positions.read([Timed(b"", 10), Timed(b"", 14)])
        positions.read([Timed(b"", 20)])
        await positions.keep({KEY: 18})
        await positions.keep({KEY: 18})

    asyncio.run(run())
    assert [(one.offset, one.seen_offset, one.topic_id) for one in said(writer)] == [(10, None, "one"), (18, 14, "one")]


def test_what_was_kept_before_stays_when_nothing_moved(positions: StartPositions, writer: FakeWriter) -> None:
    known = Known(place(), "one", position=kept(10, seen_offset=9, seen_timestamp=5))
    asyncio.run(positions.begun(found(known, "committed", 10)))
    assert writer.written == []


def test_a_topic_that_was_made_anew_has_a_new_start(positions: StartPositions, writer: FakeWriter) -> None:
    asyncio.run(positions.begun(found(Known(place(), "one", position=kept(10)), "recreated", 0)))
    assert [one.key for one in writer.written] == [b"vip/start/memberships-0", b"vip/position/memberships-0"]


def test_only_partitions_that_nobody_can_have_read_are_not_doubtful() -> None:
    assert found(Known(place(None), "one"), "start", 0).unread == {KEY}
    assert found(Known(place(), "one"), "committed", 10).unread == set()
    assert found(Known(place(), "one"), "committed", 10).total == 4


def test_events_that_expired_are_told_of_once(positions: StartPositions, caplog: pytest.LogCaptureFixture) -> None:
    for first, low in ((10, 30), (10, 30), (10, 50)):
        positions.expired(KEY, first, low)
    assert [record.getMessage().split(" events=")[1].split(":")[0] for record in caplog.records] == ["20", "20"]


@pytest.mark.parametrize("why", ["recreated", "lost", "truncated"])
def test_what_is_not_as_it_should_be_is_told_loudly(why: Any, caplog: pytest.LogCaptureFixture) -> None:
    tell("vip", [Beginning(Known(place(), "one"), why, 7, 120)])
    (record,) = caplog.records
    assert record.levelno >= logging.WARNING
    assert "job=vip topic=memberships partition=0" in record.getMessage()
    assert "begins at 7" in record.getMessage()


# --- what is left of what was read ---------------------------------------------------------------------------------


class ToldOffsets:
    """A flush record."""

    def __init__(self, last: int, topic_id: str = "one", job: str = "vip", first: int = 0) -> None:
        place = {"topic": "memberships", "partition": 0, "topic_id": topic_id}
        range_ = {**place, "first_offset": first, "last_offset": last}
        fields = {"events": 1, "outcomes": {}, "calls": {}, "retries": 0, "left_out_fields": {}, "seconds": 60.0}
        self._job = job
        self._flush = Flush.model_validate({"job": job, "partitions": (range_,), **fields, "flushed_at": NOW})

    def key(self) -> bytes:
        return self._job.encode()

    def value(self) -> bytes:
        return self._flush.model_dump_json().encode()


def test_windows_tell_how_far_a_job_has_come_in_the_topic_as_it_is_now() -> None:
    messages: list[Any] = [
        ToldOffsets(8),
        ToldOffsets(5),
        ToldOffsets(90, "old"),
        ToldOffsets(6, ""),
        ToldOffsets(99, job="other"),
    ]
    told = told_of("vip", {KEY: "one"}, messages, {})[KEY]
    assert (told.offset, (NOW - told.opened_at).total_seconds()) == (9, 60)


@pytest.mark.parametrize(
    ("kept", "told"),
    [(10, 40), (15, 40), (30, 40), (40, None), (45, None), (50, 60), (99, None)],
    ids=["in front", "within one", "within", "in front of what is not done", "in what is not done", "behind", "far"],
)
def test_what_windows_tell_counts_as_far_as_it_follows_what_was_kept_without_a_gap(kept: int, told: int | None) -> None:
    """They tell of themselves in any order, and some go past an event that Infobip chokes on."""
    spans = [(50, 59), (10, 19), (30, 39), (20, 29), (0, 9), (20, 29)]
    messages: list[Any] = [ToldOffsets(last, first=first) for first, last in spans]
    found = told_of("vip", {KEY: "one"}, messages, {KEY: kept}).get(KEY)
    assert (None if found is None else found.offset) == told


class Logs:
    """The timestamp of every record there is."""

    def __init__(self, timestamp: int | None) -> None:
        self._timestamp = timestamp

    def timestamps(self, offsets: dict[Any, int]) -> dict[Any, int]:
        return {} if self._timestamp is None else dict.fromkeys(offsets, self._timestamp)


@pytest.mark.parametrize(("timestamp", "replaced"), [(5, False), (6, True), (None, False)])
def test_another_record_where_one_was_read_means_that_the_log_was_truncated(
    timestamp: int | None, *, replaced: bool
) -> None:
    known = {KEY: Known(place(12), "one", position=kept(10, seen_offset=9, seen_timestamp=5))}
    assert bool(replaced_of(cast("GroupProbe", Logs(timestamp)), known)) == replaced
