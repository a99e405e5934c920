"""Faust events of many records each: the scheduler that makes consuming a hundred times cheaper.

Faust spends 140 to 170 microseconds on every event of a stream, most of it in tasks made per message. A chunk is one
event that holds up to `CHUNK_RECORDS` records of one partition in offset order, so this price is paid once a chunk.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from faust.transport.utils import DefaultSchedulingStrategy

CHUNK_RECORDS = 1000


@dataclass(slots=True)
class Chunk:
    """Shaped like a consumed record, because Faust makes a message of it; the value is the records."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    value: list[Any]
    headers: None = None
    key: None = None
    checksum: None = None
    serialized_key_size: int = 0
    serialized_value_size: int = 0


class ChunkScheduler(DefaultSchedulingStrategy):  # type: ignore[misc] # Faust is untyped here
    """Goes round the partitions chunk by chunk."""

    def iterate(self, records: Mapping[Any, list[Any]]) -> Iterator[tuple[Any, Chunk]]:
        """Chunks of the fetched records."""
        start = 0
        while True:
            several = [(tp, fetched[start : start + CHUNK_RECORDS]) for tp, fetched in records.items()]
            several = [(tp, part) for tp, part in several if part]
            if not several:
                return
            for tp, part in several:
                last = part[-1]
                yield tp, Chunk(tp.topic, tp.partition, last.offset, last.timestamp, last.timestamp_type, part)
            start += CHUNK_RECORDS
