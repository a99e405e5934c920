"""How far a job is behind, in events and in seconds: of what was read, and of what nobody has read yet."""

from dataclasses import dataclass

from streams.agents.backlog import Backlog
from streams.kafka.partition_position import PartitionPosition

T = 1_700_000_000.0


@dataclass
class Read:
    offset: int
    timestamp: int | None
    partition: int = 0
    topic: str = "t"
    key: bytes | None = None
    value: bytes | None = None
    headers: None = None


def read(backlog: Backlog, *offsets: int, at: float | None = T, partition: int = 0) -> None:
    backlog.read([Read(one, None if at is None else int(at * 1000), partition) for one in offsets])


def place(committed: int | None, high: int, partition: int = 0, low: int = 0) -> PartitionPosition:
    return PartitionPosition("t", partition, low, high, committed)


def test_without_lag_nothing_waits() -> None:
    backlog = Backlog()
    assert backlog.stand([], T) == (0, 0.0)
    read(backlog, 0, 1, at=T - 500)
    assert backlog.stand([place(2, 2)], T) == (0, 0.0)


def test_the_oldest_event_that_was_read_and_is_not_committed_has_waited_since_its_timestamp() -> None:
    backlog = Backlog()
    read(backlog, 0, 1, 2, at=T - 90)
    read(backlog, 3, 4, at=T - 30)
    assert backlog.stand([place(None, 5)], T) == (5, 90.0)
    assert backlog.stand([place(2, 5)], T) == (3, 90.0)  # a chunk is as old as its first record
    assert backlog.stand([place(3, 5)], T + 1) == (2, 31.0)
    assert backlog.stand([place(5, 5)], T + 2) == (0, 0.0)


def test_one_that_nobody_has_read_has_waited_since_it_was_first_seen() -> None:
    backlog = Backlog()
    assert backlog.stand([place(10, 20)], T) == (10, 0.0)
    assert backlog.stand([place(10, 30)], T + 10) == (20, 10.0)
    assert backlog.stand([place(20, 30)], T + 20) == (10, 10.0)  # what is left came ten seconds ago
    assert backlog.stand([place(30, 30)], T + 30) == (0, 0.0)


def test_of_several_partitions_events_are_added_up_and_the_oldest_counts() -> None:
    backlog = Backlog()
    read(backlog, 0, at=T - 5)
    read(backlog, 0, at=T - 50, partition=1)
    assert backlog.stand([place(0, 3), place(0, 4, 1)], T) == (7, 50.0)
    assert backlog.stand([place(0, 3)], T) == (3, 5.0)  # the other went to another process
    assert backlog.stand([place(0, 3), place(0, 4, 1)], T + 1) == (7, 6.0)  # and came back unread


def test_what_is_read_again_counts_from_there() -> None:
    backlog = Backlog()
    read(backlog, 5, 6, at=T - 20)
    read(backlog, 2, 3, at=T - 40)
    assert backlog.stand([place(2, 9)], T) == (7, 40.0)


def test_times_that_no_broker_keeps_or_that_lie_ahead_make_no_age() -> None:
    backlog = Backlog()
    read(backlog, 0, at=None)
    assert backlog.stand([place(0, 1)], T) == (1, 0.0)
    backlog = Backlog()
    read(backlog, 0, at=T + 3600)
    assert backlog.stand([place(0, 1)], T) == (1, 0.0)


def test_what_retention_deleted_waits_no_more() -> None:
    backlog = Backlog()
    read(backlog, 0, 1, at=T - 100)
    read(backlog, 2, 3, at=T - 10)
    assert backlog.stand([place(0, 4, low=2)], T) == (2, 10.0)
