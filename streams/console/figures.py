"""What pages show of jobs' sums: of the last day, by hour, by day, by operation. Quiet."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from streams.summaries.counts import Counts, day_of, hour_of
from streams.summaries.sums import Part, Span, Sums

_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


def last_hours(sums: Sums, job: str, now: datetime, hours: int = 24) -> Counts:
    """What a job did in the hour that is, and in those before."""
    found = Counts()
    for counts in _of_time(sums, job, "hour", now, hours):
        found.merge(counts)
    return found


def by_time(sums: Sums, job: str, span: Span, now: datetime, number: int) -> list[tuple[datetime, Counts]]:
    """What a job did in each of the last hours or days, the oldest first; nothing where it did nothing."""
    return [(start, sums.parts.get(Part(start, job, span), Counts())) for start in starts(span, now, number)]


def _of_time(sums: Sums, job: str, span: Span, now: datetime, number: int) -> Iterable[Counts]:
    for start in starts(span, now, number):
        found = sums.parts.get(Part(start, job, span))
        if found is not None:
            yield found


def starts(span: Span, now: datetime, number: int) -> list[datetime]:
    """When the last hours or days begin, the oldest first."""
    last = hour_of(now) if span == "hour" else day_of(now)
    return [last - step * _STEPS[span] for step in range(number - 1, -1, -1)]


@dataclass(frozen=True, slots=True)
class Letters:
    """How many dead letters there are of a job for a reason: by day, the newest first, and in all."""

    job: str
    reason: str
    days: tuple[int, ...]
    total: int


def letters(sums: Sums, jobs: Iterable[str], now: datetime, days: int) -> list[Letters]:
    """Dead letters of jobs by reason and day; those reasons of which there are any."""
    found = []
    for job in jobs:
        parts = [counts.letters for _, counts in reversed(by_time(sums, job, "day", now, days))]
        totals = sums.job(job).counts.letters
        found += [
            Letters(job, reason, tuple(part[reason] for part in parts), totals[reason])
            for reason in sorted(totals)
            if totals[reason]
        ]
    return found


@dataclass(frozen=True, slots=True)
class Used:
    """One operation in the last hours: its limit, how many calls were answered, and how."""

    operation: str
    per_second: float
    last_hour: int
    last_day: int
    #: By HTTP status, of the last day.
    answers: tuple[tuple[str, int], ...]
    slowed: int
    #: How much of the limit was used on average in the busiest hour of the last day.
    share: float | None


SLOWED = "429"


def used(operation: str, per_second: float, hours: list[Counts]) -> Used:
    """How much of an operation was used; `hours` are the last, the newest at the end, over all who share a limit."""
    calls = [counts.calls[operation] for counts in hours]
    answers: Counter[str] = Counter()
    for counts in hours:
        answers.update(counts.answers.get(operation, {}))
    busiest = max(calls, default=0) / 3600
    return Used(
        operation,
        per_second,
        calls[-1] if calls else 0,
        sum(calls),
        tuple(sorted(answers.items())),
        answers[SLOWED],
        busiest / per_second if 0 < per_second < float("inf") else None,
    )
