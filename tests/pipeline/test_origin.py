"""A replay is for one job, and its event stands where it first stood."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from schemas.records.outcomes import DeadLetter
from schemas.records.replays import REPLAY_HEADER
from streams.pipeline.settle import Failure, dead_letter
from streams.pipeline.window import OpenWindow, Window
from tests.making import FakeRecord, event

AT = 1_763_632_800_000
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
ORIGIN = {"job": "orders", "topic": "memberships", "partition": 2, "offset": 7, "timestamp": AT}


def replay(value: bytes, **changes: Any) -> FakeRecord:
    header = (REPLAY_HEADER, orjson.dumps({**ORIGIN, **changes}))
    return FakeRecord(value, 40, partition=2, timestamp=AT + 9, headers=(("trace", b"1"), header))


def window(job: str | None, *records: FakeRecord) -> Window:
    opened = OpenWindow(lambda audience: audience == "vip", 100, job)
    assert opened.take(records, 0.0) == len(records)
    return opened.cut()


@pytest.mark.parametrize("value", [event("ann"), b"not an event"])
def test_a_replay_is_passed_over_by_all_jobs_but_the_one_it_is_for(value: bytes) -> None:
    ours, theirs = window("orders", replay(value)), window("vip", replay(value))
    assert (len(ours.entries) + len(ours.undecodable), ours.skipped) == (1, 0)
    assert (len(theirs.entries) + len(theirs.undecodable), theirs.skipped) == (0, 1)
    assert theirs.ranges == {("memberships", 2): (40, 40)}


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b'"orders"', None])
def test_a_record_with_a_header_of_that_name_that_is_none_of_ours_is_for_everybody(content: bytes | None) -> None:
    record = FakeRecord(event("ann"), headers=((REPLAY_HEADER, content),))
    assert len(window("vip", record).entries) == 1


def letter(record: FakeRecord, job: str = "orders") -> DeadLetter:
    return dead_letter(job, Failure(record, "undecodable", "no event"), now=NOW)


def test_a_dead_letter_keeps_the_timestamp_of_the_events_first_record() -> None:
    assert letter(FakeRecord(b"x", timestamp=AT)).timestamp == AT
    assert letter(FakeRecord(b"x", timestamp=-1)).timestamp is None
    again = letter(replay(b"x"))
    assert (again.partition, again.offset, again.timestamp) == (2, 40, AT)
    assert [header.name for header in again.headers] == ["trace", REPLAY_HEADER]


def test_a_dead_letter_from_before_there_were_timestamps_is_read() -> None:
    said = orjson.loads(letter(FakeRecord(b"x")).model_dump_json())
    del said["timestamp"]
    assert DeadLetter.model_validate_json(orjson.dumps(said)).timestamp is None
