"""How the state of joins is kept: entries with the moment at which they are due, and how far each input was read.

All of it is in one compacted topic. Its keys are those of the states, but for what begins with a zero byte: that is
ours, and a state's key that begins so is written with two of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from streams.pipeline.offsets import Partition

#: What stands for no moment; it comes after all others.
NEVER_MS: Final = 2**63 - 1
DUE_BYTES: Final = 8
_OURS, _ESCAPED, _POSITION, PARTITIONS = b"\0", b"\0\0", b"\0position/", b"\0partitions"


@dataclass(frozen=True, slots=True)
class Reached:
    """The next offset to read of a partition, and the id of its topic; '' where the brokers give none."""

    offset: int
    topic_id: str


def entry(state: bytes, due_ms: int | None) -> bytes:
    """A state with the moment at which it is due, in Unix milliseconds; None is never."""
    moment = NEVER_MS if due_ms is None else min(max(0, due_ms), NEVER_MS - 1)
    return moment.to_bytes(DUE_BYTES, "big") + state


def due_of(value: bytes) -> int:
    """When an entry is due; NEVER_MS where it never is, or is none."""
    if len(value) < DUE_BYTES:
        return NEVER_MS
    return min(int.from_bytes(value[:DUE_BYTES], "big"), NEVER_MS)


def state_of(value: bytes) -> bytes:
    """The state of an entry."""
    return value[DUE_BYTES:]


def stored(key: bytes) -> bytes:
    """The key that a state is kept under."""
    return b"\0" + key if key.startswith(_OURS) else key


def given(key: bytes) -> bytes | None:
    """The state's key that is kept so; None where it is one of ours."""
    if not key.startswith(_OURS):
        return key
    return key[1:] if key.startswith(_ESCAPED) else None


def position_key(partition: Partition) -> bytes:
    """What is kept under how far a partition was read."""
    return _POSITION + f"{partition[0]}/{partition[1]}".encode()


def position_entry(reached: Reached) -> bytes:
    """How far a partition was read."""
    return entry(orjson.dumps({"offset": reached.offset, "topic_id": reached.topic_id}), None)


def positions_of(kept: Iterable[tuple[bytes, bytes]]) -> dict[Partition, Reached]:
    """How far partitions were read, of what is kept; what is no such word is passed over."""
    found: dict[Partition, Reached] = {}
    for key, value in kept:
        topic, _, number = key.removeprefix(_POSITION).decode(errors="replace").rpartition("/")
        if not key.startswith(_POSITION) or not number.isdigit():
            continue
        try:
            said: Any = orjson.loads(state_of(value))
            found[topic, int(number)] = Reached(int(said["offset"]), str(said["topic_id"]))
        except (ValueError, KeyError, TypeError):
            continue
    return found
