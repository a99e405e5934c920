"""Counts that grow: of one job, and of its hours and days. Quiet."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from schemas.records.outcomes import Flush, PartitionRange
from schemas.records.summaries import JobSummary, LetterName, Tally, ToldRange
from streams.summaries.ranges import OffsetRanges

#: So many of the latest dead letters are named.
LETTERS_MAX = 5
#: Outcomes of which each event has a dead letter.
BURIED = ("dropped", "rejected", "undecodable")


@dataclass(slots=True)
class Counts:
    """What is counted of a job, or of a part of its time."""

    windows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    #: Values that were left out, by field.
    left_out: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    #: By operation, and then by HTTP status.
    answers: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    retries: int = 0
    seconds: float = 0.0
    #: By reason.
    letters: Counter[str] = field(default_factory=Counter)

    def add(self, flush: Flush, *, is_new: bool) -> None:
        """Count a window; of one that repeats another only its calls are new."""
        self.calls.update(flush.calls)
        for operation, answers in flush.answers.items():
            self.answers[operation].update(answers)
        self.retries += flush.retries
        self.seconds += flush.seconds
        if is_new:
            self.windows += 1
            self.outcomes.update(flush.outcomes)
            self.left_out.update(flush.left_out_fields)

    def merge(self, other: "Counts") -> None:
        """Add what another counted."""
        self.windows += other.windows
        self.retries += other.retries
        self.seconds += other.seconds
        for mine, theirs in (
            (self.outcomes, other.outcomes),
            (self.left_out, other.left_out),
            (self.calls, other.calls),
            (self.letters, other.letters),
        ):
            mine.update(theirs)
        for operation, answers in other.answers.items():
            self.answers[operation].update(answers)

    def tally(self) -> Tally:
        """The same as a record has it."""
        return Tally(
            windows=self.windows,
            outcomes=dict(self.outcomes),
            left_out_fields=dict(self.left_out),
            calls=dict(self.calls),
            answers={operation: dict(answers) for operation, answers in self.answers.items()},
            retries=self.retries,
            seconds=round(self.seconds, 6),
            dead_letters=dict(self.letters),
        )


def counts_of(tally: Tally) -> Counts:
    """Counts that go on from a record."""
    found = Counts(
        tally.windows,
        Counter(tally.outcomes),
        Counter(tally.left_out_fields),
        Counter(tally.calls),
        retries=tally.retries,
        seconds=tally.seconds,
        letters=Counter(tally.dead_letters),
    )
    for operation, answers in tally.answers.items():
        found.answers[operation] = Counter(answers)
    return found


@dataclass(slots=True)
class JobCounts:
    """All that one job did, as flush records tell of it.

    What a crash repeats is told again in windows that may be cut elsewhere. A window of offsets that were all told of
    before is left out. One that repeats a part cannot be split by outcome: it is counted whole, and that part is in
    `repeated`. So the outcomes less `repeated` are the events. Offsets name events, together with the topic's id: one
    that was deleted and made anew has the same offsets again, and another id.
    """

    job: str
    counts: Counts = field(default_factory=Counts)
    last_flush: Flush | None = None
    #: Events that the outcomes count twice, because a crash cut their repetition differently.
    repeated: int = 0
    #: The dead letters that came last, oldest first.
    letters: list[LetterName] = field(default_factory=list)
    told: defaultdict[tuple[str, str, int], OffsetRanges] = field(default_factory=lambda: defaultdict(OffsetRanges))
    #: The id that each topic had first.
    first_ids: dict[str, str] = field(default_factory=dict)

    def add(self, flush: Flush) -> bool:
        """Count a window; whether it is new, and does not only repeat."""
        ranges = flush.partitions
        again = sum(self.told[self._named(one)].add(one.first_offset, one.last_offset) for one in ranges)
        if self.last_flush is None or flush.flushed_at > self.last_flush.flushed_at:
            self.last_flush = flush
        is_new = not again or again != sum(one.last_offset - one.first_offset + 1 for one in ranges)
        if is_new:
            self.repeated += min(again, flush.events)
        self.counts.add(flush, is_new=is_new)
        return is_new

    def bury(self, letter: LetterName) -> None:
        """Count a dead letter."""
        self.counts.letters[letter.reason] += 1
        self.letters = sorted([*self.letters, letter], key=lambda one: one.failed_at)[-LETTERS_MAX:]

    def _named(self, place: PartitionRange) -> tuple[str, str, int]:
        """A partition, with its topic's id where that was made anew; what was told without an id is of the first."""
        first = self.first_ids.setdefault(place.topic, place.topic_id) if place.topic_id else ""
        return place.topic, "" if place.topic_id in ("", first) else place.topic_id, place.partition

    @property
    def events(self) -> int:
        """How many events were told of, each counted once."""
        return self.counts.outcomes.total() - self.repeated

    @property
    def dead_letters(self) -> int:
        """How many events became dead letters."""
        return sum(self.counts.outcomes[name] for name in BURIED)

    def summary(self) -> JobSummary:
        """The same as a record has it."""
        return JobSummary(
            job=self.job,
            tally=self.counts.tally(),
            repeated=self.repeated,
            last_flush=self.last_flush,
            first_ids=dict(self.first_ids),
            told=tuple(
                ToldRange(topic=topic, topic_id=topic_id, partition=partition, ranges=ranges.stretches)
                for (topic, topic_id, partition), ranges in self.told.items()
            ),
            letters=tuple(self.letters),
        )


def job_counts_of(summary: JobSummary) -> JobCounts:
    """Counts that go on from a record."""
    found = JobCounts(
        summary.job,
        counts_of(summary.tally),
        summary.last_flush,
        summary.repeated,
        list(summary.letters),
        first_ids=dict(summary.first_ids),
    )
    for one in summary.told:
        found.told[one.topic, one.topic_id, one.partition] = OffsetRanges(one.ranges)
    return found


def hour_of(time: datetime) -> datetime:
    """The hour that a time is in."""
    return time.replace(minute=0, second=0, microsecond=0)


def day_of(time: datetime) -> datetime:
    """The day that a time is in."""
    return hour_of(time).replace(hour=0)
