"""What all jobs did: a sum over flush records and dead letters, and the records that keep it. Quiet.

Whoever sums the same records gets the same sum. So the records of a sum are only a beginning: they say up to which
offsets they count, and whoever wants to know reads on from there. They and those offsets are written in one
transaction, so that nothing is counted twice, and nothing left out, however often whoever keeps them is killed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Literal, get_args

import orjson
from pydantic import ValidationError

from schemas.records.outcomes import Flush, Reason
from schemas.records.summaries import Bucket, Counted, JobSummary, LetterName
from schemas.wire import Wire
from streams.pipeline.offsets import Partition
from streams.summaries.counts import Counts, JobCounts, counts_of, day_of, hour_of, job_counts_of

Span = Literal["hour", "day"]
#: Hours and days are kept for so long.
KEPT: Mapping[Span, timedelta] = {"hour": timedelta(days=8), "day": timedelta(days=400)}
_JOB, _COUNTED = b"job/", b"counted/"
_BUCKETS = tuple(f"{span}/".encode() for span in KEPT)
_REASONS = frozenset(get_args(Reason))


class Unreadable(ValueError):
    """A record is none of ours, or of a newer version."""


@dataclass(frozen=True, slots=True)
class Part:
    """An hour or a day of a job."""

    begins_at: datetime
    job: str
    span: Span

    @property
    def key(self) -> bytes:
        """What its record is kept under."""
        return f"{self.span}/{self.begins_at:%Y-%m-%dT%H}/{self.job}".encode()


@dataclass(slots=True)
class Sums:
    """A sum that grows; `counted` says up to which offsets, with the ids that the topics have."""

    jobs: dict[str, JobCounts] = field(default_factory=dict)
    parts: dict[Part, Counts] = field(default_factory=dict)
    counted: dict[Partition, Counted] = field(default_factory=dict)
    _changed: set[str | Part | Partition] = field(default_factory=set)

    def job(self, name: str) -> JobCounts:
        """What a job did; nothing where it was never told of."""
        return self.jobs.get(name) or JobCounts(name)

    # --- what is told ---------------------------------------------------------------------------------------------

    def take_flush(self, value: bytes) -> None:
        """Count a record of flushes. Raises Unreadable."""
        try:
            flush = Flush.model_validate_json(value)
        except ValidationError as error:
            raise Unreadable("is no flush record") from error
        if not isfinite(flush.seconds):  # a sum with it is none, for good
            raise Unreadable("took no time that can be added")
        is_new = self._of(flush.job).add(flush)
        for part in _parts(flush.job, flush.flushed_at):
            self._part(part).add(flush, is_new=is_new)

    def take_letter(self, value: bytes, name: str) -> None:
        """Count a dead letter. Raises Unreadable."""
        try:
            said: Any = orjson.loads(value)
            job, reason, failed_at = said["job"], said["reason"], datetime.fromisoformat(said["failed_at"])
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable("is no dead letter") from error
        if not (job is None or isinstance(job, str)) or not _is_reason(reason) or failed_at.tzinfo is None:
            raise Unreadable("is no dead letter of ours")
        self._of(job or "").bury(LetterName(name=name, reason=reason, failed_at=failed_at))
        for part in _parts(job or "", failed_at):
            self._part(part).letters[reason] += 1

    def reached(self, partition: Partition, offset: int, topic_id: str) -> None:
        """Note that all of a partition is counted up to an offset."""
        topic, number = partition
        self.counted[partition] = Counted(topic=topic, partition=number, topic_id=topic_id, offset=offset)
        self._changed.add(partition)

    # --- what is kept ---------------------------------------------------------------------------------------------

    def recall(self, key: bytes, value: bytes | None, *, parts: bool = True) -> None:
        """Take back a record that was written, later ones after earlier ones. Raises Unreadable."""
        try:
            if value is None:
                self._forget(key)
            elif key.startswith(_JOB):
                summary = JobSummary.model_validate_json(value)
                self.jobs[summary.job] = job_counts_of(summary)
            elif key.startswith(_COUNTED):
                one = Counted.model_validate_json(value)
                self.counted[one.topic, one.partition] = one
            elif parts and key.startswith(_BUCKETS):
                bucket = Bucket.model_validate_json(value)
                self.parts[Part(bucket.begins_at, bucket.job, bucket.span)] = counts_of(bucket.tally)
        except ValidationError as error:
            raise Unreadable("is no summary") from error

    def changed(self, now: datetime) -> list[tuple[bytes, bytes | None]]:
        """The records of what has changed since this was last asked, and tombstones for what is too old to be kept."""
        old = [part for part in self.parts if now - part.begins_at > KEPT[part.span]]
        for part in old:
            del self.parts[part]
        found: list[tuple[bytes, bytes | None]] = [*self._records(), *((part.key, None) for part in old)]
        self._changed.clear()
        return found

    def _records(self) -> Iterator[tuple[bytes, bytes]]:
        for one in self._changed:
            match one:
                case str():
                    yield _JOB + one.encode(), _bytes(self.jobs[one].summary())
                case Part() if one in self.parts:
                    tally = self.parts[one].tally()
                    yield one.key, _bytes(Bucket(job=one.job, span=one.span, begins_at=one.begins_at, tally=tally))
                case (topic, number):
                    yield _COUNTED + f"{topic}/{number}".encode(), _bytes(self.counted[topic, number])

    def _of(self, job: str) -> JobCounts:
        self._changed.add(job)
        found = self.jobs.get(job)
        if found is None:
            found = self.jobs[job] = JobCounts(job)
        return found

    def _part(self, part: Part) -> Counts:
        self._changed.add(part)
        found = self.parts.get(part)
        if found is None:
            found = self.parts[part] = Counts()
        return found

    def _forget(self, key: bytes) -> None:
        for part in [one for one in self.parts if one.key == key]:
            del self.parts[part]


def _is_reason(given: object) -> bool:
    return isinstance(given, str) and given in _REASONS


def _parts(job: str, time: datetime) -> tuple[Part, Part]:
    return Part(hour_of(time), job, "hour"), Part(day_of(time), job, "day")


def _bytes(record: Wire) -> bytes:
    return record.model_dump_json().encode()
