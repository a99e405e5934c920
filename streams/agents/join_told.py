"""What a join is yet to tell of the records that it read: kept in its state, so that a kill loses and doubles nothing.

A transaction is a tenth of a second, and a record for each would be many. So what they count is added up in an entry of
the state, which each transaction moves on; once it is some seconds old it is told as a flush record, in the same
transaction that clears it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from schemas.records.outcomes import Flush, Outcome, PartitionRange
from streams.agents.join import Turn
from streams.pipeline.join_entries import entry, state_of
from streams.pipeline.offsets import Partition

#: The key it is kept under.
UNTOLD: Final = b"\0untold"
TELL_MS = 5_000


@dataclass(slots=True)
class Untold:
    """Outcomes, and the first and last offsets that they are of; since when, in Unix milliseconds."""

    since_ms: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    read: dict[Partition, tuple[int, int]] = field(default_factory=dict)

    def and_of(self, turn: Turn, now_ms: int) -> "Untold":
        """The same with what a turn did."""
        if not turn.read:
            return self
        read = dict(self.read)
        for partition, (first, last) in turn.read.items():
            read[partition] = (read.get(partition, (first, last))[0], last)
        return Untold(self.since_ms if self.read else now_ms, self.outcomes + turn.outcomes, read)

    def is_due(self, now_ms: int) -> bool:
        """Whether it is to be told; also where a clock was set back."""
        return bool(self.read) and not self.since_ms <= now_ms < self.since_ms + TELL_MS

    def flush(self, job: str, ids: Mapping[str, str], now_ms: int) -> Flush:
        """What tells of it."""
        return Flush(
            job=job,
            partitions=tuple(
                PartitionRange(topic=topic, partition=number, first_offset=first, last_offset=last)
                for (topic, number), (first, last) in self.read.items()
            ),
            events=self.outcomes.total(),
            outcomes=dict(self.outcomes),
            calls={},
            retries=0,
            left_out_fields={},
            seconds=round(max(0, now_ms - self.since_ms) / 1000, 6),
            flushed_at=datetime.fromtimestamp(now_ms / 1000, UTC),
        ).of_topics(ids)

    @property
    def kept(self) -> bytes | None:
        """The entry; None where there is nothing to tell."""
        if not self.read:
            return None
        read = [[topic, number, first, last] for (topic, number), (first, last) in self.read.items()]
        said = {"since_ms": self.since_ms, "outcomes": dict(self.outcomes), "read": read}
        return entry(orjson.dumps(said), None)


def untold_of(kept: bytes | None) -> Untold:
    """What an entry says; nothing where there is none."""
    if kept is None:
        return Untold()
    said: Any = orjson.loads(state_of(kept))
    read = {(topic, number): (first, last) for topic, number, first, last in said["read"]}
    return Untold(said["since_ms"], Counter(said["outcomes"]), read)
