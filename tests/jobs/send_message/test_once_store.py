"""Who has had a message is read back from where it was written, wherever partitions have gone."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any

import pytest

from streams.jobs.send_message import once_store as once
from streams.jobs.send_message.last_messages import GRACE_SECONDS, LastMessage, LastMessages
from streams.jobs.send_message.once_store import LastMessageStore
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.settle import Settled
from streams.pipeline.window import OpenWindow
from tests.jobs.send_message.once_events import DAY, NOW, id_of

WINDOW = OpenWindow(lambda _: True, 1).cut()


@dataclass(frozen=True, slots=True)
class Stored:
    """A record of the state as it is read back."""

    written: OutgoingRecord
    number: int = 0

    def key(self) -> bytes | None:
        return self.written.key

    def value(self) -> bytes | None:
        return self.written.value

    def partition(self) -> int:
        return self.written.partition or 0

    def offset(self) -> int:
        return self.number


class Brokers:
    """Remember what is written, and how many partitions there are."""

    def __init__(self, **partitions: int) -> None:
        self.partitions: Mapping[str, int] = partitions
        self.records: list[OutgoingRecord] = []

    def read(self, _: Any, topic: str, partitions: Any, __: Callable[[], bool]) -> list[Stored]:
        assert topic == "state"
        return [Stored(one, number) for number, one in enumerate(self.records) if one.partition in partitions]


@pytest.fixture
def brokers(monkeypatch: pytest.MonkeyPatch) -> Brokers:
    made = Brokers(state=4, m=4)
    monkeypatch.setattr(once, "read_topic", made.read)
    return made


def opened(brokers: Brokers, *partitions: int, seconds: float = inf) -> LastMessageStore:
    """The state of a process that was given these partitions."""
    made = LastMessageStore("state", ["m"], LastMessages(seconds), {}, lambda: brokers.partitions)
    asyncio.run(made.restore([("m", number) for number in partitions]))
    return made


def settle(brokers: Brokers, state: LastMessageStore, *, now: float = NOW, **last: LastMessage) -> list[OutgoingRecord]:
    state.last.take(last)
    written = state.records(None, Settled(WINDOW, {}, notes=last), datetime.fromtimestamp(now, UTC))
    brokers.records += written
    return written


def test_the_next_owner_of_a_partition_knows_what_the_last_one_wrote(brokers: Brokers) -> None:
    first = opened(brokers, 0, 1)
    ann, bob = LastMessage(id_of(1), int(NOW), 1), LastMessage(id_of(2), int(NOW), 0)
    settle(brokers, first, ann=ann, bob=bob)
    second = opened(brokers, 1)
    assert (second.last.of("ann"), second.last.of("bob")) == (ann, None)
    asyncio.run(second.restore([("m", 0)]))
    assert (second.last.of("ann"), second.last.of("bob")) == (None, bob)
    asyncio.run(second.restore([]))
    assert len(second.last) == 0


def test_of_what_was_written_for_a_person_the_latest_turn_counts(brokers: Brokers) -> None:
    late, early = LastMessage(id_of(2), int(NOW) + 9, 0), LastMessage(id_of(1), int(NOW), 0)
    state = opened(brokers, 0)
    settle(brokers, state, ann=late)
    settle(brokers, state, ann=early)  # by a process that had lost the partition, and did not know
    assert opened(brokers, 0).last.of("ann") == late


def test_where_the_input_has_grown_people_are_known_wherever_they_moved(brokers: Brokers) -> None:
    settle(brokers, opened(brokers, 0, 1, 2, 3), ann=LastMessage(id_of(1), int(NOW), 1))
    brokers.partitions = {"state": 4, "m": 6}
    grown = opened(brokers, 5)
    known = grown.last.of("ann")
    assert known is not None
    assert known.message_id == id_of(1)
    (record,) = settle(brokers, grown, bob=LastMessage(id_of(2), int(NOW), 5))
    assert record.partition == 1
    assert opened(brokers, 4).last.of("bob") is not None


def test_what_counts_no_more_becomes_a_tombstone_and_is_forgotten(brokers: Brokers) -> None:
    state = opened(brokers, 0, 3, seconds=DAY)
    settle(brokers, state, ann=LastMessage(id_of(1), int(NOW), 3))
    later = NOW + DAY + GRACE_SECONDS
    written = settle(brokers, state, now=later, bob=LastMessage(id_of(2), int(later), 0))
    assert [(one.key, one.value is None, one.partition) for one in written] == [(b"bob", False, 0), (b"ann", True, 3)]
    assert len(opened(brokers, 0, 3, seconds=DAY).last) == 1


def test_a_window_that_sent_nothing_writes_nothing(brokers: Brokers) -> None:
    assert settle(brokers, opened(brokers, 0)) == []


@pytest.mark.parametrize("value", [b"", b"7", b"{}", b'{"message_id": "x", "sent_at": "2026-11-20"}', b"\xff"])
def test_what_somebody_else_wrote_is_passed_over(
    value: bytes, brokers: Brokers, caplog: pytest.LogCaptureFixture
) -> None:
    brokers.records.append(OutgoingRecord("state", b"ann", value, 0))
    assert len(opened(brokers, 0).last) == 0
    assert "last_message_unreadable topic=state offset=0" in caplog.text
