"""How records of several topics become one state for each key: what a kind decides for whoever reads and writes them.

Quiet: records and the time come in, and what is to be remembered, written and waited for goes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to write: a topic's full name, key and value; a value of None is a tombstone."""

    topic: str
    key: bytes
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record as it was read; its timestamp is the brokers', in Unix milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one key's state, and what is to be written.

    A `state` of None is to be forgotten. `due_ms` is the moment at which the key is to be woken, in Unix milliseconds;
    None means never.
    """

    state: bytes | None
    due_ms: int | None
    drafts: Sequence[Draft] = ()


class Join(Protocol):
    """What a kind gives to have records joined; quiet, and it never raises, whatever bytes a record holds."""

    def key_of(self, arrived: Arrived) -> bytes | None:
        """The key of the state that a record belongs to; None where the record is nobody's.

        It is the record's own key, or goes to the same partition.
        """

    def absorb(self, key: bytes, state: bytes | None, arrived: Arrived, now_ms: int) -> Step:
        """Take a record into the state of its key; one that cannot be read leaves the state and becomes a draft."""

    def wake(self, key: bytes, state: bytes, now_ms: int) -> Step:
        """Go on with a key whose moment has come; it must not be due again at once."""
