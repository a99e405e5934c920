"""What a kind that joins topics decides of each record: what is kept of its key, until when, and what is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.records.outcomes import Outcome
from streams.pipeline.trace_context import Headers


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to write; `topic` is the topic's full name, and a value of None a tombstone."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record read; `topic` is the topic's full name, and the timestamp is in Unix milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()

    @property
    def timestamp(self) -> int:
        """The same, as records that are read elsewhere call it."""
        return self.timestamp_ms


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a key's state, and what is to be written with it."""

    #: None: there is nothing to keep, or any more.
    state: bytes | None
    #: When `wake` is to be called, in Unix milliseconds; None: never.
    due_ms: int | None
    drafts: Sequence[Draft] = ()
    #: What became of the record, of one that was absorbed.
    outcome: Outcome = "joined"


class Join(Protocol):
    """What a kind gives the agent that joins topics. Nothing here blocks, raises or knows a clock."""

    def key_of(self, arrived: Arrived, /) -> bytes | None:
        """Give the key of the state that a record belongs to, in the record's own partition; None: it is not ours."""
        ...

    def absorb(self, key: bytes, state: bytes | None, arrived: Arrived, now_ms: int, /) -> Step:
        """Say what a record makes of the state; a record that cannot be read makes a dead letter."""
        ...

    def wake(self, key: bytes, state: bytes, now_ms: int, /) -> Step:
        """Say what the time makes of the state; called too early, it says when it is due."""
        ...
