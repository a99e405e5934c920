"""Records are what aiokafka makes of the same bytes."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from streams.kafka.fetched import Fetched, FetchedRecords

TP = TopicPartition("memberships", 3)
#: What aiokafka makes where no consumer of ours has been started in this process.
PartitionRecords: Any = FetchedRecords.__base__
READ_COMMITTED = 1
PRODUCER, ABORTING_PRODUCER = 7, 8
Told = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]

SAID: list[Told] = [
    (b"u-1", b'{"n": 1}', []),
    (b"u-2", None, [("trace", b"00-1"), ("empty", b"")]),
    (None, b"", []),
]


def test_they_say_what_those_of_aiokafka_say() -> None:
    raw = _batch(0, SAID) + _batch(3, SAID)
    ours, theirs = FetchedRecords(*_of(raw)), PartitionRecords(*_of(raw))
    made = list(ours)
    assert [_told(one) for one in made] == [_told(one) for one in theirs]
    assert len(made) == 2 * len(SAID)
    assert all(type(one) is Fetched for one in made)
    assert ours.next_fetch_offset == theirs.next_fetch_offset == 2 * len(SAID)


def test_those_before_the_one_asked_for_and_those_of_aborted_transactions_are_left_out() -> None:
    raw = _batch(0, SAID) + _batch(3, SAID, ABORTING_PRODUCER) + _batch(6, SAID, PRODUCER)
    aborted = [(ABORTING_PRODUCER, 3)]
    ours, theirs = (kind(*_of(raw, aborted, first=1)) for kind in (FetchedRecords, PartitionRecords))
    made = [_told(one) for one in ours]
    assert [told[2] for told in made] == [1, 2, 6, 7, 8]
    assert made == [_told(one) for one in theirs]


def test_they_are_handed_out_in_parts_and_the_position_moves_with_them() -> None:
    moved: list[int] = []
    state = SimpleNamespace(paused=False, position=0, consumed_to=moved.append)
    assignment = SimpleNamespace(active=True, state_value=lambda _: state)
    records = FetchedRecords(*_of(_batch(0, SAID)))
    result = FetchResult(TP, assignment=assignment, partition_records=records, backoff=0)
    assert [one.offset for one in result.getall(2)] == [0, 1]
    state.position = moved[-1]
    assert [one.offset for one in result.getall(2)] == [2]
    assert moved == [2, 3]
    assert not result.has_more()


def _batch(first: int, said: list[Told], producer: int | None = None) -> bytes:
    builder = DefaultRecordBatchBuilder(
        2, 0, int(producer is not None), -1 if producer is None else producer, 0, 0, 1_000_000
    )
    for place, (key, value, headers) in enumerate(said):
        builder.append(place, 1_700_000_000_000 + place, key, value, headers)
    batch = bytearray(builder.build())
    batch[:8] = first.to_bytes(8, "big")  # which is before what the checksum is of
    return bytes(batch)


def _of(raw: bytes, aborted: list[tuple[int, int]] | None = None, first: int = 0) -> Iterator[Any]:
    return iter((TP, MemoryRecords(raw), aborted or [], first, None, None, True, READ_COMMITTED))


def _told(one: Any) -> tuple[Any, ...]:
    return (
        *(one.topic, one.partition, one.offset, one.timestamp, one.timestamp_type, one.key, one.value),
        tuple(one.headers),
    )
