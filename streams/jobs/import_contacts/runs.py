"""The runs of an import: when the next one is due, where it begins, what it has come to, and how it ends."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TypeVar

from schemas.jobs.import_contacts import ImportContacts
from schemas.records.contact import ImportCursor, ImportRun
from schemas.records.outcomes import DeadLetter, Flush, Outcome
from streams.jobs.import_contacts.contact import Read
from streams.jobs.import_contacts.plan import Position

K = TypeVar("K", bound=str)

#: Seconds that are read again whatever a job says: somebody may be modified in a second that has just been read.
LOOK_BACK_MIN = 2


def due_at(job: ImportContacts, cursor: ImportCursor, watching_since: datetime) -> datetime | None:
    """When the next run is due, which may be in the past; None when the job is done.

    A job that runs once has run when a run has ended since its process began: so whoever has waited for the partition
    ends, and whoever is started later runs again.
    """
    run = cursor.run
    if run is None or run.finished_at is None or _for_other_tags(job, cursor):
        return watching_since
    if job.keep_updated:
        return run.started_at + timedelta(seconds=job.every_seconds)
    return None if run.finished_at >= watching_since else watching_since


def begin(job: ImportContacts, cursor: ImportCursor, run_id: str, now: datetime) -> ImportCursor:
    """Begin the next run, or go on with the one under way.

    A run that looks for people who are gone must have seen everybody, and what it has seen ends with its process: it
    begins again where everybody begins.
    """
    if is_under_way(job, cursor):
        run = of(cursor)
        if not run.compares:
            return cursor
        outcomes = {name: count for name, count in run.outcomes.items() if name != "unchanged"}
        again = run.model_copy(update={"outcomes": outcomes, "compares": job.detect_deletions})
        return cursor.model_copy(update={"position": None, "run": again})
    full = is_full(job, cursor, now)
    compares = full and job.detect_deletions and cursor.swept_at is not None
    position = None if full or cursor.modified_at is None else _look_back(job, cursor.modified_at)
    fresh = ImportRun(run_id=run_id, started_at=now, full=full, compares=compares)
    return cursor.model_copy(update={"tags": job.tags, "position": position, "run": fresh})


def is_full(job: ImportContacts, cursor: ImportCursor, now: datetime) -> bool:
    """Whether the next run reads everybody: the first one, one for other tags, one that looks for who is gone."""
    if cursor.modified_at is None or _for_other_tags(job, cursor):
        return True
    if not job.detect_deletions:
        return False
    if cursor.swept_at is None or not job.keep_updated:
        return True
    return now >= cursor.swept_at + timedelta(seconds=job.sweep_every_seconds)


def is_under_way(job: ImportContacts, cursor: ImportCursor) -> bool:
    """Whether a run has begun, for the same tags, and not ended."""
    return cursor.run is not None and cursor.run.finished_at is None and not _for_other_tags(job, cursor)


def oldest_needed(job: ImportContacts, cursor: ImportCursor, now: datetime) -> int | None:
    """The second from which on versions may come again; None: any version may."""
    if job.detect_deletions or cursor.modified_at is None:
        return None
    look_back_from = second(_look_back(job, cursor.modified_at))
    if is_under_way(job, cursor):
        position = None if of(cursor).compares else second(cursor.position)
        return None if position is None or look_back_from is None else min(position, look_back_from)
    return None if is_full(job, cursor, now) else look_back_from


def of(cursor: ImportCursor) -> ImportRun:
    """The run under way, or the last one."""
    assert cursor.run is not None  # noqa: S101 - asked for only of a run that has begun
    return cursor.run


def position_of(cursor: ImportCursor) -> Position:
    """Where the run under way reads on."""
    return Position(second(cursor.position))


def known_until(cursor: ImportCursor) -> datetime | None:
    """Until when all changes are imported: until the last run began that has ended, or as far as this one has come."""
    run = cursor.run
    ended = None if run is None or run.finished_at is None else run.started_at
    return max(filter(None, (ended, cursor.modified_at)), default=None)


def moved(
    cursor: ImportCursor,
    position: Position | None,
    reached: int | None,
    *,
    outcomes: Mapping[Outcome, int],
    retries: int,
    left_out: Iterable[str],
    expected: int | None,
) -> ImportCursor:
    """The cursor after one more page, on which somebody was modified in the second `reached`, the latest one."""
    run = of(cursor)
    latest = max(filter(None, (second(cursor.modified_at), reached)), default=None)
    update = {
        "outcomes": _added(run.outcomes, outcomes),
        "calls": run.calls + 1,
        "retries": run.retries + retries,
        "left_out_fields": _added(run.left_out_fields, Counter(left_out)),
        "expected": expected if run.expected is None else run.expected,
    }
    return cursor.model_copy(
        update={
            "modified_at": _moment(latest),
            "position": cursor.position if position is None else _moment(position.at),
            "run": run.model_copy(update=update),
        }
    )


def deleted(cursor: ImportCursor, count: int) -> ImportCursor:
    """The cursor after so many tombstones."""
    run = of(cursor)
    return cursor.model_copy(
        update={"run": run.model_copy(update={"outcomes": _added(run.outcomes, {"deleted": count})})}
    )


def finish(cursor: ImportCursor, now: datetime) -> tuple[ImportCursor, Flush]:
    """End the run under way; what is written of it."""
    run = of(cursor)
    flush = Flush(
        job=cursor.job,
        partitions=(),
        events=sum(run.outcomes.values()),
        outcomes=run.outcomes,
        calls={"list_persons": run.calls},
        answers={"list_persons": {"200": run.calls}},
        retries=run.retries,
        left_out_fields=run.left_out_fields,
        seconds=round(max(0.0, (now - run.started_at).total_seconds()), 6),
        flushed_at=now,
    )
    ended = run.model_copy(update={"finished_at": now})
    swept_at = run.started_at if run.full else cursor.swept_at
    return cursor.model_copy(update={"position": None, "run": ended, "swept_at": swept_at}), flush


def dead_letter(job: str, one: Read, now: datetime) -> DeadLetter:
    """The record that keeps a person whole who cannot be read."""
    return DeadLetter(
        job=job,
        reason="undecodable",
        detail=f"person: {one.fault}",
        topic=None,
        partition=None,
        offset=None,
        key=one.person_id,
        key_encoding="utf-8",
        value=one.value.decode(),
        value_encoding="utf-8",
        headers=(),
        failed_at=now,
    )


def _for_other_tags(job: ImportContacts, cursor: ImportCursor) -> bool:
    """Whether the cursor was written for other tags; to Infobip their case and order are nothing."""
    return {tag.casefold() for tag in cursor.tags} != {tag.casefold() for tag in job.tags}


def _look_back(job: ImportContacts, modified_at: datetime) -> datetime:
    return modified_at - timedelta(seconds=max(LOOK_BACK_MIN, ceil(job.look_back_seconds)))


def second(time: datetime | None) -> int | None:
    """Whole seconds since 1970."""
    return None if time is None else int(time.timestamp())


def _moment(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _added(before: Mapping[K, int], more: Mapping[K, int]) -> dict[K, int]:
    sums = Counter(before)
    sums.update(more)
    return {name: count for name, count in sums.items() if count}
