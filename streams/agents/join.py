"""What one transaction of a join holds: records absorbed, keys woken, what is relayed, and how far all was read. Quiet.

A partition of the state has all records whose keys belong to it, whatever topic they come from. What belongs to another
partition, because its topic has other partitions or its writer another way to choose one, is relayed: written once more
to a topic of ours, where whoever has that partition's state reads it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from zlib import crc32

import orjson

from schemas.records.outcomes import Outcome
from streams.pipeline.decode import Record
from streams.pipeline.join_entries import due_of, entry, given, state_of, stored
from streams.pipeline.joins import Arrived, Draft, Join, Step
from streams.pipeline.offsets import Partition
from streams.pipeline.trace_context import context_of

#: Says of a relayed record where it was read first.
ORIGIN: Final = "infobip_streams_origin"

States = Callable[[Sequence[bytes]], Sequence[bytes | None]]


@dataclass(frozen=True, slots=True)
class Relayed:
    """A record that belongs to another partition of the state."""

    arrived: Arrived
    home: int

    @property
    def headers(self) -> list[tuple[str, bytes | None]]:
        """Its own headers, and where it was read."""
        one = self.arrived
        told = orjson.dumps([one.topic, one.partition, one.offset, one.timestamp_ms])
        return [*one.headers, (ORIGIN, told)]


@dataclass(slots=True)
class Turn:
    """What becomes of some records, and of keys that were due: to be written in one transaction, or not at all.

    `changes` are entries by the keys they are kept under, None where one is forgotten. `reached` are the next offsets.
    """

    drafts: list[Draft] = field(default_factory=list)
    relayed: list[Relayed] = field(default_factory=list)
    changes: dict[bytes, bytes | None] = field(default_factory=dict)
    reached: dict[Partition, int] = field(default_factory=dict)
    woken: int = 0
    #: What became of the records, and the first and last offsets of those that were read.
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    read: dict[Partition, tuple[int, int]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.reached or self.changes or self.drafts)


@dataclass(frozen=True, slots=True)
class Home:
    """One partition of the state, of so many; `relay` is the topic by which records reach it from elsewhere."""

    number: int
    partitions: int
    relay: str

    def of_key(self, key: bytes | None) -> int:
        """To which partition a key belongs, as our producers choose it; this one where there is no key."""
        return crc32(key) % self.partitions if key else self.number


def arrived_of(record: Record, relay: str) -> Arrived:
    """A record as it was read, or as it was read first where it was relayed."""
    headers = tuple(record.headers or ())
    origin = _origin(headers) if record.topic == relay and headers else None
    if origin is None:
        timestamp = record.timestamp if record.timestamp is not None else -1
        return Arrived(record.topic, record.partition, record.offset, timestamp, record.key, record.value, headers)
    own = tuple(one for one in headers if one[0] != ORIGIN)
    return Arrived(*origin, record.key, record.value, own)


def _origin(headers: Iterable[tuple[str, bytes | None]]) -> tuple[str, int, int, int] | None:
    told = next((content for name, content in headers if name == ORIGIN), None)
    try:
        said: Any = None if told is None else orjson.loads(told)
    except orjson.JSONDecodeError:
        return None
    match said:
        case [str() as topic, int() as partition, int() as offset, int() as timestamp]:
            return topic, partition, offset, timestamp
    return None


def turn(join: Join, home: Home, records: Sequence[Record], states: States, now_ms: int) -> Turn:
    """What becomes of records, in their order; `states` gives the entries of keys. Raises nothing of its own."""
    done = Turn()
    ours: list[tuple[bytes, Arrived]] = []
    for record in records:
        partition = record.topic, record.partition
        done.reached[partition] = record.offset + 1
        done.read[partition] = (done.read.get(partition, (record.offset, 0))[0], record.offset)
        arrived = arrived_of(record, home.relay)
        # What was relayed is never relayed again, whoever wrote it.
        target = home.number if record.topic == home.relay else home.of_key(record.key)
        if target != home.number:
            done.relayed.append(Relayed(arrived, target))
            done.outcomes["relayed"] += 1
        elif (key := join.key_of(arrived)) is not None:
            ours.append((stored(key), arrived))
        else:
            done.outcomes["skipped"] += 1
    current = _entries({key for key, _ in ours}, states)
    for key, arrived in ours:
        name, before = given(key) or b"", current[key]
        step = join.absorb(name, _state(before), arrived, now_ms)
        if context := context_of(arrived.headers):
            step = replace(step, drafts=[replace(draft, headers=context) for draft in step.drafts])
        done.outcomes[step.outcome] += 1
        _take(done, current, key, step)
    return done


def wake(join: Join, done: Turn, due: Collection[bytes], states: States, now_ms: int) -> Turn:
    """Add to a turn what becomes of the keys that are due, by the names they are kept under."""
    current = {**_entries({key for key in due if key not in done.changes}, states), **done.changes}
    for key in due:
        before, name = current[key], given(key)
        if before is not None and name is not None and due_of(before) <= now_ms:
            _take(done, current, key, join.wake(name, state_of(before), now_ms))
            done.woken += 1
    return done


def _entries(keys: Collection[bytes], states: States) -> dict[bytes, bytes | None]:
    several = list(keys)
    return dict(zip(several, states(several), strict=True))


def _state(value: bytes | None) -> bytes | None:
    return None if value is None else state_of(value)


def _take(done: Turn, current: dict[bytes, bytes | None], key: bytes, step: Step) -> None:
    done.drafts.extend(step.drafts)
    after = None if step.state is None else entry(step.state, step.due_ms)
    if after != current[key]:
        done.changes[key] = current[key] = after


def joined(parts: Mapping[Partition, int], number: int, partitions: int) -> dict[Partition, int]:
    """Those of some partitions that belong to one partition of the state."""
    return {key: value for key, value in parts.items() if key[1] % partitions == number}
