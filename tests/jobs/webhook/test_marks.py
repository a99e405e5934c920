"""Marks of what is called at most once: what they say after a kill, where clocks differ, of topics made anew."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from schemas.records.states import CallMark
from streams.jobs.webhook import marks as door
from streams.jobs.webhook.marks import SPARED_MAX, Marks
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

    async def write(self, records: Iterable[OutgoingRecord], /) -> None:
        await asyncio.sleep(0)  # as an acknowledgement is waited for
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


def marks(topic_id: str = "") -> Marks:
    return Marks("hook", TOPIC, {}, lambda: NOW, lambda _: topic_id)


def restored(topic_id: str = "") -> Marks:
    """Those of another process, after a kill."""
    found = marks(topic_id)
    asyncio.run(found.restore([("memberships", 0), ("memberships", 1)]))
    return found


def record(offset: int, at: int = AHEAD, partition: int = 0) -> FakeRecord:
    return FakeRecord(b"{}", offset, partition=partition, timestamp=at)


def depart(made: Marks, log: Log, offset: int, at: int = AHEAD) -> None:
    """Have a record go out that this process has read."""
    made.admit(record(offset, at))
    asyncio.run(made.depart([record(offset, at)], log))


def test_nothing_has_begun_where_nothing_was_marked(log: Log) -> None:
    assert log.written == []
    assert restored().admit(record(0))


def test_after_a_kill_what_was_marked_may_have_been_called_and_nothing_else(log: Log) -> None:
    depart(marks(), log, 7)
    found = restored()
    assert [found.admit(record(offset)) for offset in (0, 7, 8)] == [False, False, True]
    assert found.admit(record(0, partition=1))


def test_whoever_wrote_a_mark_goes_on_by_what_it_found_when_partitions_came(log: Log) -> None:
    made = marks()
    depart(made, log, 7)
    assert made.admit(record(5))


def test_events_of_a_producer_whose_clock_is_ahead_are_not_called_twice(log: Log) -> None:
    """Their time says that they came after the mark, which was written before they were called."""
    depart(marks(), log, 7)
    assert not restored().admit(record(3))


def test_events_of_a_topic_that_was_made_anew_are_called(log: Log) -> None:
    depart(marks(), log, 7)
    assert restored().admit(record(3, AHEAD + 1))


def test_a_topic_that_was_made_anew_is_known_by_its_id_whatever_its_events_say_of_the_time(log: Log) -> None:
    """Those of a snapshot may have the times that they had; and one whose writer's clock is ahead hides all others."""
    depart(marks("one"), log, 7)
    later = restored("two")
    assert later.admit(record(3))
    asyncio.run(later.depart([record(3)], log))
    found = restored("two")
    assert [found.admit(record(offset)) for offset in (3, 4)] == [False, True]
    assert not restored("").admit(record(3)), "where brokers tell no ids, the time decides"


def test_windows_that_begin_out_of_turn_are_all_marked_and_no_mark_goes_back(log: Log) -> None:
    made = marks()
    depart(made, log, 20)
    depart(made, log, 9, AHEAD - 5)
    depart(made, log, 8, AHEAD + 5)
    found = restored()
    assert [found.admit(record(offset, AHEAD + 5)) for offset in (8, 20, 21)] == [False, False, True]


def test_what_waits_for_its_turn_is_told_of_as_not_called(log: Log) -> None:
    """Another process takes over while most of a window waits: all that never went out is called."""
    made = marks()
    assert all(made.admit(record(offset)) for offset in range(10))
    for offset in (0, 1, 5, 8):
        asyncio.run(made.depart([record(offset)], log))
    asyncio.run(made.take_back([record(8)], log))
    found = restored()
    assert [offset for offset in range(10) if not found.admit(record(offset))] == [0, 1, 5]


def test_many_who_depart_together_are_marked_together(log: Log) -> None:
    """Else each call would wait for an acknowledgement of its own, one after the other."""
    made = marks()

    async def all_depart() -> None:
        await asyncio.gather(*(made.depart([record(offset)], log) for offset in range(100)))

    for offset in range(100):
        made.admit(record(offset))
    asyncio.run(all_depart())
    assert len(log.written) <= 2
    assert not any(restored().admit(record(offset)) for offset in range(100))


def test_what_a_mark_tells_is_bounded(log: Log) -> None:
    """Beyond that an event counts as called: it is a dead letter, and never a second call."""
    made = marks()
    for offset in range(4 * SPARED_MAX):
        made.admit(record(offset))
    for offset in range(1, 4 * SPARED_MAX, 2):
        asyncio.run(made.depart([record(offset)], Log()))
    asyncio.run(made.depart([record(4 * SPARED_MAX - 2)], log))
    found = restored()
    admitted = [offset for offset in range(4 * SPARED_MAX) if found.admit(record(offset))]
    assert admitted == list(range(2 * SPARED_MAX - 2, 4 * SPARED_MAX - 2, 2))


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_nobody_is_called_twice_and_whoever_never_was_is_called(log: Log, seed: int) -> None:
    """Processes that take over from each other at any moment, each from what the one before had committed."""
    chance, committed, called, buried = random.Random(seed), 0, Counter[int](), set[int]()
    while committed < 60:
        made, read = restored(), committed
        waiting, settled = set[int](), set(range(committed))
        for _ in range(chance.randrange(80)):
            match chance.randrange(4):
                case 0 | 1 if read < 60:
                    for offset in range(read, min(60, read + chance.randrange(1, 9))):
                        if made.admit(record(offset)):
                            waiting.add(offset)
                        else:
                            assert called[offset], "it never went out"
                            buried.add(offset)
                            settled.add(offset)
                        read = offset + 1
                case 2 if waiting:
                    offset = chance.choice(sorted(waiting))
                    asyncio.run(made.depart([record(offset)], log))
                    if chance.random() < 0.2:
                        asyncio.run(made.take_back([record(offset)], log))
                    else:
                        called[offset] += 1
                        waiting.remove(offset)
                        settled.add(offset)
                case _:
                    done = next(offset for offset in range(61) if offset not in settled)
                    if chance.random() < 0.3:
                        committed = done
    assert set(called.values()) == {1}
    assert called.keys() == set(range(60))


def test_a_mark_that_cannot_be_read_counts_for_nothing_and_is_told_of(
    log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    log.written.append(OutgoingRecord(TOPIC, b"memberships-0", b"junk"))
    assert restored().admit(record(0))
    assert f"mark_unreadable topic={TOPIC} offset=0" in caplog.text
