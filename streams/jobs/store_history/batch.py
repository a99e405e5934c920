"""What is read together and stored in one transaction: rows, dead letters, and how far each partition comes by it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from schemas.records.outcomes import Flush, Outcome, PartitionRange
from streams.history.places import Place, Step
from streams.history.rows import Row, Unreadable
from streams.jobs.store_history.plan import Arrived

#: A batch is full with so many records, or bytes; then a transaction takes a quarter of a second, and little memory.
RECORDS_MAX, BYTES_MAX = 5_000, 32 * 1024 * 1024


@dataclass(slots=True)
class Share:
    """What a batch holds of one partition, from the first offset that was not stored yet up to before `next_offset`."""

    old: int
    next_offset: int
    records: int = 0
    rows: list[Row] = field(default_factory=list)
    unreadable: list[tuple[Arrived, Unreadable]] = field(default_factory=list)


@dataclass(slots=True)
class Batch:
    """Shares of some partitions; one that goes to another process is dropped."""

    shares: dict[Place, Share] = field(default_factory=dict)
    records: int = 0
    weight: int = 0

    def add(self, place: Place, old: int, record: Arrived, found: Row | Unreadable | None) -> None:
        """Add a record of a partition that is stored up to `old`."""
        share = self.shares.get(place)
        if share is None:
            share = self.shares[place] = Share(old, old)
        share.next_offset = record.offset + 1
        share.records += 1
        if isinstance(found, Row):
            share.rows.append(found)
        elif found is not None:
            share.unreadable.append((record, found))
        self.records += 1
        self.weight += len(record.value or b"")

    def drop(self, places: Collection[Place]) -> None:
        """Leave out what these partitions have in it: it is read again, by whoever has them."""
        for place in places:
            self.shares.pop(place, None)

    @property
    def is_full(self) -> bool:
        """Whether it is to be stored now."""
        return self.records >= RECORDS_MAX or self.weight >= BYTES_MAX

    @property
    def rows(self) -> list[Row]:
        """All rows, those of one partition in its order."""
        return [row for share in self.shares.values() for row in share.rows]

    @property
    def unreadable(self) -> list[tuple[Arrived, Unreadable]]:
        """All records that are to be dead letters."""
        return [one for share in self.shares.values() for one in share.unreadable]

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """What becomes of its records once it is stored."""
        stored, undecodable = len(self.rows), len(self.unreadable)
        records = sum(share.records for share in self.shares.values())
        found: dict[Outcome, int] = {
            "stored": stored,
            "undecodable": undecodable,
            "skipped": records - stored - undecodable,
        }
        return {name: count for name, count in found.items() if count}

    def flush(self, job: str, seconds: float, now: datetime) -> Flush:
        """What tells of it; with the topics' ids yet to come."""
        outcomes = self.outcomes
        return Flush(
            job=job,
            partitions=tuple(
                PartitionRange(
                    topic=place.topic,
                    partition=place.partition,
                    first_offset=share.old,
                    last_offset=share.next_offset - 1,
                )
                for place, share in self.shares.items()
            ),
            events=sum(outcomes.values()),
            outcomes=outcomes,
            calls={},
            retries=0,
            left_out_fields={},
            seconds=round(seconds, 6),
            flushed_at=now,
        )

    @property
    def steps(self) -> list[Step]:
        """How far the partitions come."""
        return [Step(place, share.old, share.next_offset) for place, share in self.shares.items()]
