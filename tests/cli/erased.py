"""Records of topics as `erase` reads them, without brokers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from streams.jobs.export_audience.membership_records import Read
from streams.kafka.producer import OutgoingRecord

Value = Mapping[str, Any] | bytes | None


@dataclass(frozen=True)
class Told:
    """A record as Kafka's client hands it out: all of it is asked for by calls."""

    record: Read

    def key(self) -> bytes | None:
        return self.record.key

    def value(self) -> bytes | None:
        return self.record.value

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        return self.record.headers

    def partition(self) -> int:
        return self.record.partition

    def offset(self) -> int:
        return self.record.offset


def told(*records: tuple[str | bytes, Value], partition: int = 0) -> list[Any]:
    """Records of one partition, in their order."""
    found = []
    for offset, (key, value) in enumerate(records):
        content = value if isinstance(value, bytes) or value is None else orjson.dumps(value)
        found.append(Told(Read("t", partition, offset, key if isinstance(key, bytes) else key.encode(), content)))
    return found


def keys(found: Iterable[OutgoingRecord]) -> list[str]:
    """The keys of tombstones, as texts."""
    records = list(found)
    assert all(one.value is None for one in records)
    return [(one.key or b"").decode(errors="replace") for one in records]
