"""Where a job begins, and how processes that start together agree on it."""

from datetime import UTC, datetime
from typing import Any

from schemas.states import Backfill
from streams.agents.start import Place, agreed, first_positions, key_of
from tests.making import export_job

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def place(partition: int, committed: int | None = None, *, low: int = 5, high: int = 50) -> Place:
    return Place("memberships", partition, low, high, committed)


def found(partition: int = 0, **changes: Any) -> Backfill:
    start = {"topic": "memberships", "partition": partition, "start_offset": 50, "end_offset": 50}
    return Backfill.model_validate({"job": "vip", **start, "started_at": NOW, **changes})


def test_existing_members_begin_at_the_beginning_later_ones_at_the_end() -> None:
    all_of_them = first_positions(export_job(existing_members=True), [place(0)], NOW)
    later_ones = first_positions(export_job(existing_members=False), [place(0)], NOW)
    assert [start.start_offset for start in all_of_them + later_ones] == [5, 50]


def test_a_topic_that_was_awaited_is_read_from_its_beginning() -> None:
    (start,) = first_positions(export_job(existing_members=False), [place(0)], NOW, {"memberships"})
    assert start.start_offset == 5


def test_a_partition_added_to_a_topic_that_was_started_is_read_from_its_beginning() -> None:
    assert first_positions(export_job(existing_members=False), [place(0, 7), place(1)], NOW) == []


def test_processes_that_start_together_go_by_what_was_stored_first() -> None:
    first, mine = found(start_offset=40, end_offset=40), found(start_offset=50, end_offset=50)
    assert agreed([mine], {key_of(mine): first}) == [first]


def test_a_topic_that_was_created_again_begins_anew() -> None:
    old, mine = found(start_offset=900, end_offset=900), found(start_offset=50, end_offset=50)
    assert agreed([mine], {key_of(mine): old}) == [mine]


def test_what_nobody_stored_is_as_found() -> None:
    assert agreed([found(0), found(1)], {}) == [found(0), found(1)]
