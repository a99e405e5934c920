"""What becomes of one record that a history is made of: a row, a dead letter, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.jobs.store_history import StoreHistory
from schemas.text.blanks import is_blank
from streams.history.layout import MEMBERSHIPS
from streams.history.rows import Row, Sort, Unreadable, moment_of, read, row
from streams.pipeline.decode import Undecodable, decode
from streams.pipeline.origin import origin_of


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record that was read; `timestamp` in Unix milliseconds, None or less than 0: not known."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] | None
    timestamp: int | None


class Plan:
    """One job's plan; `sorts` says what the topics of ours hold, all others hold membership events."""

    def __init__(self, job: StoreHistory, sorts: Mapping[str, Sort]) -> None:
        self._job, self._sorts = job.name, sorts
        self._audiences = frozenset(job.audiences or ())

    def row(self, record: Arrived) -> Row | Unreadable | None:
        """The row of a record; None of a tombstone, and of an event that is no entering of an audience that is kept.

        What is no membership event is left out, too: the jobs that act on such events make dead letters of it.
        """
        if record.value is None:
            return None
        sort = self._sorts.get(record.topic)
        if sort is not None:
            return read(sort, record.value, record.timestamp)
        return self._entering(record, record.value)

    def _entering(self, record: Arrived, value: bytes) -> Row | None:
        entry = decode(record, value)
        if isinstance(entry, Undecodable) or entry.action != "enter":
            return None
        if self._audiences and entry.audience not in self._audiences:
            return None
        first = origin_of(self._job, record)
        place = f"{first.topic}-{first.partition}-{first.offset}"
        said = {
            "topic": first.topic,
            "partition": first.partition,
            "offset": first.offset,
            "event_id": entry.event_id if entry.event_id and not is_blank(entry.event_id) else place,
            "profile_id": entry.profile_id,
            "audience": entry.audience,
            "action": entry.action,
            "occurred_at": entry.occurred_at,
        }
        return row(MEMBERSHIPS.table, said, moment_of(record.timestamp))
