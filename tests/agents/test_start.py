"""Where a job begins, and how processes that start together agree on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.records.states import Position, StartPosition
from streams.agents.remembered import first_positions, position_records, remembered, start_records
from streams.agents.start_position import CLOCKS_APART, Known, ToldOffsets, begin, last_known_good, later
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.producer import OutgoingRecord
from tests.making import export_job

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = ("memberships", 0)


def place(
    partition: int = 0, committed: int | None = None, *, low: int = 5, high: int = 50, end: int = 50
) -> PartitionPosition:
    return PartitionPosition("memberships", partition, low, high, committed, end)


def found(partition: int = 0, **changes: Any) -> StartPosition:
    start = {"topic": "memberships", "partition": partition, "start_offset": 50, "end_offset": 50}
    return StartPosition.model_validate({"job": "vip", **start, "started_at": NOW, **changes})


def kept(offset: int, topic_id: str = "") -> Position:
    return Position(job="vip", topic="memberships", partition=0, topic_id=topic_id, offset=offset, at=NOW)


class Stored:
    """A record of `infobip_job_states`."""

    def __init__(self, record: OutgoingRecord) -> None:
        self._record = record

    def key(self) -> bytes | None:
        return self._record.key

    def value(self) -> bytes | None:
        return self._record.value

    def topic(self) -> str:
        return self._record.topic

    def offset(self) -> int:
        return 0


def stored(*starts: StartPosition, positions: tuple[Position, ...] = ()) -> list[Any]:
    return [Stored(record) for record in (*start_records("states", starts), *position_records("states", positions))]


# --- what is agreed before anything is read ------------------------------------------------------------------------


def test_existing_members_begin_at_the_beginning_later_ones_at_the_end() -> None:
    all_of_them = first_positions(export_job(existing_members=True), [place()], (), {}, NOW)
    later_ones = first_positions(export_job(existing_members=False), [place()], (), {}, NOW)
    assert [start.start_offset for start in all_of_them + later_ones] == [5, 50]


def test_later_members_begin_behind_what_an_open_transaction_holds_up() -> None:
    (start,) = first_positions(export_job(existing_members=False), [place(high=20, end=50)], (), {}, NOW)
    assert (start.start_offset, start.end_offset) == (50, 50)


def test_a_topic_that_was_awaited_is_read_from_its_beginning() -> None:
    (start,) = first_positions(export_job(existing_members=False), [place()], (), {}, NOW, {"memberships"})
    assert start.start_offset == 5


def test_a_topic_that_was_begun_before_is_not_begun_again() -> None:
    assert first_positions(export_job(existing_members=False), [place(1)], {"memberships"}, {}, NOW) == []


def test_processes_that_start_together_go_by_what_was_stored_first() -> None:
    first, mine = found(start_offset=40, end_offset=40), found(start_offset=50, end_offset=50)
    assert remembered("vip", stored(first, mine, first)).starts == {KEY: first}


def test_a_topic_that_was_made_anew_goes_by_what_was_stored_first_of_it() -> None:
    old, mine = found(start_offset=900, topic_id="one"), found(start_offset=0, topic_id="two")
    other = found(start_offset=7, topic_id="two")
    assert remembered("vip", stored(old, mine, other)).starts == {KEY: mine}


def test_of_positions_the_last_counts_and_of_other_jobs_none() -> None:
    others = kept(9).model_copy(update={"job": "vip2"})
    told = remembered("vip", stored(positions=(kept(5), kept(7), others)))
    assert (told.positions, told.topics) == ({KEY: kept(7)}, {"memberships"})


def test_lag_is_what_can_be_read_and_never_less_than_nothing() -> None:
    assert [place(committed=one, high=20).lag for one in (None, 10, 20, 30)] == [15, 10, 0, 0]


# --- what is decided when a partition is assigned ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "why", "offset"),
    [
        (Known(place(committed=30), "one", found(topic_id="one"), kept(20, "one")), "committed", 30),
        (Known(place(), "one", found(start_offset=40, topic_id="one")), "start", 40),
        (Known(place(), "one"), "added", 5),
        (Known(place(committed=3), ""), "expired", 5),
        (Known(place(), "one", found(start_offset=40, topic_id="one"), kept(45, "one")), "lost", 45),
        (Known(place(), "one", position=kept(2, "one")), "lost", 5),
        (Known(place(committed=30), "two", found(topic_id="one")), "recreated", 5),
        (Known(place(committed=30), "two", found(topic_id="one"), kept(40, "one")), "recreated", 5),
        (Known(place(committed=30), "two", found(topic_id="one"), kept(10, "two")), "committed", 30),
        (Known(place(), "", found(end_offset=900)), "recreated", 5),
        (Known(place(committed=51), "one", found(start_offset=7)), "truncated", 7),
        (Known(place(committed=30), "one", replaced=True), "truncated", 5),
        (Known(place(), "one", position=kept(60, "one")), "truncated", 5),
    ],
)
def test_where_reading_begins_and_why(known: Known, why: str, offset: int) -> None:
    beginning = begin(known)
    assert (beginning.why, beginning.offset) == (why, offset)


def test_lost_offsets_go_by_the_further_of_what_was_kept_and_told() -> None:
    known = Known(place(), "one", found(start_offset=5), kept(20, "one"))
    assert begin(known, ToldOffsets(33, NOW)).offset == 33
    assert begin(known, ToldOffsets(12, NOW)).offset == 20


def test_a_start_of_which_windows_tell_was_left_behind_and_its_offsets_are_lost() -> None:
    beginning = begin(Known(place(), "one", found(start_offset=5)), ToldOffsets(33, NOW))
    assert (beginning.why, beginning.offset) == ("lost", 33)


@pytest.mark.parametrize(
    ("by_time", "committed", "offset"),
    [(12, 60, 12), (None, 60, 50), (40, 30, 30), (1, 60, 7)],
    ids=["the first later record", "nothing later", "no further than what was committed", "not before the start"],
)
def test_a_truncated_log_is_read_on_from_the_first_later_record(
    by_time: int | None, committed: int, offset: int
) -> None:
    known = Known(place(committed=committed), "one", found(start_offset=7), kept(60, "one"), replaced=True)
    beginning = begin(known)
    assert last_known_good(beginning, None) == NOW - CLOCKS_APART
    assert later(beginning, by_time).offset == offset


def test_the_time_to_go_back_to_is_the_best_that_is_known() -> None:
    opened, bare = NOW + timedelta(hours=1), begin(Known(place(committed=60), "one"))
    assert last_known_good(bare, ToldOffsets(60, opened)) == opened - CLOCKS_APART
    assert last_known_good(bare, None) is None
