"""Marks of what is called at most once: what they say after a kill, where clocks differ, of topics made anew."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from schemas.records.states import CallMark
from streams.jobs.webhook import marks as door
from streams.jobs.webhook.marks import Marks
from streams.kafka.producer import OutgoingRecord
from tests.making import FakeRecord

TOPIC = "infobip_begun_hook"
#: When events were published, in milliseconds, by clocks that are ahead of ours.
AHEAD = 1_800_000_000_000
NOW = AHEAD / 1000 - 60


@dataclass
class Log:
    """The topic of marks: what was written is read back."""

    written: list[OutgoingRecord] = field(default_factory=list)

    async def write(self, records: Sequence[OutgoingRecord]) -> None:
        self.written += records

    def read(self, *_: Any) -> Iterator[Any]:
        for place, one in enumerate(self.written):
            yield Read(one, place)


@dataclass
class Read:
    """A record as it is read back."""

    one: OutgoingRecord
    place: int

    def key(self) -> bytes | None:
        return self.one.key

    def value(self) -> bytes | None:
        return self.one.value

    def offset(self) -> int:
        return self.place


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    made = Log()

    async def at_once(work: Callable[[Callable[[], bool]], Mapping[Any, CallMark]]) -> Mapping[Any, CallMark]:
        return work(lambda: True)

    monkeypatch.setattr(door, "read_in_thread", at_once)
    monkeypatch.setattr(door, "read_topic", made.read)
    return made


def marks() -> Marks:
    return Marks("hook", TOPIC, {}, lambda: NOW)


def restored() -> Marks:
    """Those of another process, after a kill."""
    found = marks()
    asyncio.run(found.restore([("memberships", 0), ("memberships", 1)]))
    return found


def record(offset: int, at: int = AHEAD, partition: int = 0) -> FakeRecord:
    return FakeRecord(b"{}", offset, partition=partition, timestamp=at)


def write(made: Marks, log: Any, *spans: tuple[str, int, int, int]) -> None:
    asyncio.run(made.write(spans, log))


def test_nothing_has_begun_where_nothing_was_marked(log: Log) -> None:
    assert log.written == []
    assert not restored().begun(record(0))


def test_after_a_kill_what_was_marked_may_have_been_called_and_nothing_else(log: Log) -> None:
    write(marks(), log, ("memberships", 0, 7, AHEAD))
    found = restored()
    assert [found.begun(record(offset)) for offset in (0, 7, 8)] == [True, True, False]
    assert not found.begun(record(0, partition=1))


def test_whoever_wrote_a_mark_goes_on_by_what_it_found_when_partitions_came(log: Log) -> None:
    made = marks()
    write(made, log, ("memberships", 0, 7, AHEAD))
    assert not made.begun(record(5))


def test_events_of_a_producer_whose_clock_is_ahead_are_not_called_twice(log: Log) -> None:
    """Their time says that they came after the mark, which was written before they were called."""
    write(marks(), log, ("memberships", 0, 7, AHEAD))
    assert restored().begun(record(3, AHEAD))


def test_events_of_a_topic_that_was_made_anew_are_called(log: Log) -> None:
    write(marks(), log, ("memberships", 0, 7, AHEAD))
    assert not restored().begun(record(3, AHEAD + 1))


def test_windows_that_begin_out_of_turn_are_all_marked_and_no_mark_goes_back(log: Log) -> None:
    made = marks()
    write(made, log, ("memberships", 0, 20, AHEAD))
    write(made, log, ("memberships", 0, 9, AHEAD - 5))
    assert len(log.written) == 1
    write(made, log, ("memberships", 0, 8, AHEAD + 5))
    found = restored()
    assert [found.begun(record(offset, AHEAD + 5)) for offset in (8, 20, 21)] == [True, True, False]


def test_a_mark_that_cannot_be_read_counts_for_nothing_and_is_told_of(
    log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    log.written.append(OutgoingRecord(TOPIC, b"memberships-0", b"junk"))
    assert not restored().begun(record(0))
    assert f"mark_unreadable topic={TOPIC} offset=0" in caplog.text
