"""What `status` adds up, and what it does with records it cannot read."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.outcomes import Flush
from streams.console.records import readable
from streams.console.status import JobStatus

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def flush(first: int, last: int, *, second: int = 0, partition: int = 0) -> Flush:
    events = last - first + 1
    place = {"topic": "memberships", "partition": partition, "first_offset": first, "last_offset": last}
    return Flush.model_validate(
        {
            "job": "vip",
            "partitions": (place,),
            "events": events,
            "outcomes": {"accepted": events},
            "calls": {},
            "retries": 0,
            "left_out_fields": {},
            "seconds": 0.1,
            "flushed_at": BEGAN + timedelta(seconds=second),
        }
    )


def status(*flushes: Flush) -> JobStatus:
    found = JobStatus("vip", [])
    for one in flushes:
        found.add(one)
    return found


def test_windows_add_up_in_whatever_order_they_land() -> None:
    found = status(flush(10, 19), flush(0, 9), flush(0, 4, partition=1), flush(20, 29))
    assert (found.outcomes["accepted"], found.flushes, found.repeated) == (35, 4, 0)


def test_a_window_repeated_after_a_crash_counts_once() -> None:
    found = status(flush(0, 9), flush(10, 19), flush(0, 9, second=5), flush(5, 14, second=6))
    assert (found.outcomes["accepted"], found.flushes, found.repeated) == (20, 2, 0)
    assert found.last_flush is not None
    assert found.last_flush.flushed_at == BEGAN + timedelta(seconds=6)


def test_a_repetition_cut_differently_says_how_many_it_counts_twice() -> None:
    found = status(flush(0, 9), flush(5, 24))
    assert found.outcomes["accepted"] - found.repeated == 25
    assert found.repeated == 5


class Stored:
    """A record as the client library gives it."""

    def __init__(self, value: bytes | None) -> None:
        self._value = value

    def value(self) -> bytes | None:
        return self._value


def test_unreadable_records_are_told_of_and_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    values = [b"{}", flush(0, 1).model_dump_json().encode(), None, b"\xff"]
    messages: list[Any] = [Stored(value) for value in values]
    with caplog.at_level(logging.WARNING):
        found = [said for _, said in readable("flushes", messages, lambda one: Flush.model_validate_json(one.value()))]
    assert found == [flush(0, 1)]
    assert "records_unreadable topic=flushes records=2" in caplog.text
