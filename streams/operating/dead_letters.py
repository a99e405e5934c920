"""What the commands do with dead letters: list them, show them, publish them back."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

from rich.table import Table
from rich.text import Text

from schemas.configuration import Configuration
from schemas.records.outcomes import Reason
from streams.errors import ConfigurationError, StreamsError
from streams.kafka.refusals import in_words
from streams.operating.letters import Letters, Line, Listing, Whole, counted, moment, whole
from streams.operating.replays import Choice, Manner, Marks, choose, done_at, publish, read_marks

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters are meant; None stands for any."""

    job: str | None = None
    reason: str | None = None
    since: datetime | None = None
    #: Those that failed from then on are not meant.
    until: datetime | None = None
    #: What name, words or source must hold, in whatever case.
    text: str | None = None

    def wants(self, line: Line) -> bool:
        """Whether a letter is meant."""
        return (
            self.job in (None, line.job)
            and self.reason in (None, line.reason)
            and (self.since is None or line.failed_at >= self.since)
            and (self.until is None or line.failed_at < self.until)
            and (self.text is None or self._is_said(line, self.text.casefold()))
        )

    def _is_said(self, line: Line, text: str) -> bool:
        return any(text in one.casefold() for one in (line.name, line.detail, line.source))


def filter_of(job: str | None, reason: str | None, since: str | None, now: datetime) -> Filter:
    """What a command line asks for.

    Raises:
        ConfigurationError: there is no such reason, or no such time.

    """
    faults = []
    if reason is not None and reason not in get_args(Reason):
        faults.append(f"--reason: no reason is called '{reason}' (there are: {', '.join(get_args(Reason))})")
    first = None
    if since is not None and (first := _time(since, now)) is None:
        faults.append(f"--since: must be a duration such as 15m or 2h, or a time such as {now:%Y-%m-%dT%H:%M:%SZ}")
    if faults:
        raise ConfigurationError(faults)
    return Filter(job, reason, first)


def _time(text: str, now: datetime) -> datetime | None:
    try:
        if match := _DURATION.fullmatch(text):
            return now - timedelta(**{UNITS[match[2]]: int(match[1])})
        return moment(text)
    except (ValueError, OverflowError):
        return None


def listed(configuration: Configuration, which: Filter, limit: int) -> tuple[Listing, Marks]:
    """The newest letters that are meant, and which of them were published back.

    Raises:
        ConfigurationError: there is no such job, neither in the file nor among the letters.

    """
    letters = Letters(configuration)
    with in_words(letters.kafka, letters.settings):
        listing = letters.newest(which.wants, limit)
        _see_that_there_is(which.job, configuration, listing.jobs)
        return listing, read_marks(letters, {event for line in listing.lines if (event := line.event) is not None})


def shown(configuration: Configuration, names: Sequence[str]) -> list[Whole]:
    """The letters of these names, whole. Raises StreamsError where there is none of a name."""
    letters = Letters(configuration)
    with in_words(letters.kafka, letters.settings):
        return letters.named(names)


def replay_named(
    configuration: Configuration, names: Sequence[str], manner: Manner, *, again: bool, dry_run: bool
) -> Iterator[str]:
    """Publish the letters of these names back; what was done, in lines.

    Raises:
        StreamsError: one of them does not exist, is no event, would be read by nobody, or was published back before.

    """
    letters = Letters(configuration)
    with in_words(letters.kafka, letters.settings):
        found = letters.named(names)
        letters.topics.see([letters.names.replays])  # what may not be seen would be published twice
        choice = choose(letters, [one.line for one in found], configuration, again=again)
        people = [one.letter.key for one in found if one.line in choice.people]
        for fault in _faults(choice, people):
            raise StreamsError(fault)
        # In their own order, which is that of their profiles.
        found.sort(key=lambda one: (one.line.partition, one.line.offset))
        yield from _published(letters, choice, found, manner, dry_run=dry_run)


def replay_filtered(
    configuration: Configuration, which: Filter, manner: Manner, *, again: bool, dry_run: bool
) -> Iterator[str]:
    """Publish all letters back that are meant and were not before; what was done and left out, in lines."""
    letters, jobs = Letters(configuration), set[str]()

    def meant() -> Iterator[Line]:
        for line, _ in letters.scan():
            if line.job is not None:
                jobs.add(line.job)
            if which.wants(line):
                yield line

    with in_words(letters.kafka, letters.settings):
        letters.topics.see([letters.names.replays])  # what may not be seen would be published twice
        choice = choose(letters, meant(), configuration, again=again)
        _see_that_there_is(which.job, configuration, jobs)
        places = choice.places
        found = (whole(message) for line, message in letters.scan() if (line.partition, line.offset) in places)
        yield from _published(letters, choice, found, manner, dry_run=dry_run)


def _see_that_there_is(job: str | None, configuration: Configuration, jobs: set[str]) -> None:
    known = {one.name for one in configuration.jobs} | jobs
    if job is not None and job not in known:
        raise ConfigurationError([f"--job: no job is called '{job}' (there are: {', '.join(sorted(known))})"])


def _faults(choice: Choice, people: Sequence[str | None]) -> Iterator[str]:
    """Why named letters are not published, all of them together."""
    for key in people:
        yield f"{key or 'it'} is a person read from Infobip, which the job reads again by itself"
    for line in choice.reports:
        yield f"{line.name}: Infobip sent it to no job, so nobody would read the replay"
    for line in choice.unread:
        yield f"{line.name}: no job '{line.job}' of the file reads {line.topic}, so nobody would read the replay"
    for line in choice.cut:
        yield f"{line.name}: the letter of {line.source} was cut to fit its topic: publish the original again"
    if choice.done:
        names, it = ", ".join(line.name for line in choice.done), "it" if len(choice.done) == 1 else "them"
        was = "was" if len(choice.done) == 1 else "were"
        yield f"{names} {was} replayed before, and nothing is published; --again publishes {it} once more"


def _published(
    letters: Letters, choice: Choice, found: Iterable[Whole], manner: Manner, *, dry_run: bool
) -> Iterator[str]:
    places = choice.places
    published = len(places)
    if dry_run:
        yield from (f"{line.name}: {line.job}, {line.reason}" for line in choice.lines.values())
    elif places:
        chosen = (one for one in found if (one.line.partition, one.line.offset) in places)
        published = asyncio.run(publish(letters, chosen, choice.marks, manner))
    yield f"{published:,} {'would be published' if dry_run else 'published'}"
    if published < len(places):
        yield f"{len(places) - published:,} left: it was called off"
    for left_out, why in (
        (choice.done, "replayed before (--again takes them, too)"),
        (choice.people, "people read from Infobip, whom their job reads again by itself"),
        (choice.reports, "sent by Infobip to no job"),
        (choice.unread, "of jobs or topics that the file does not have"),
        (choice.cut, "cut to fit their topic: publish the originals again"),
    ):
        if left_out:
            yield f"{len(left_out):,} left out: {why}"


def as_table(listing: Listing, marks: Marks) -> Table:
    """A line for each, oldest first; what a person wrote or is called stays in the letter."""
    table = Table()
    for heading in ("name", "job", "reason", "detail", "from", "failed at", "replayed at"):
        table.add_column(heading)
    for line in listing.lines:
        replayed_at = done_at(line, marks)
        times = (_written(line.failed_at), "" if replayed_at is None else _written(replayed_at))
        # As text, because Infobip's words may hold what the table would take for markup.
        table.add_row(*map(Text, (line.name, line.job or "", line.reason, line.detail, line.source, *times)))
    return table


def in_all(listing: Listing) -> str:
    """How many there are, and how many of them the table leaves out."""
    more = listing.count - len(listing.lines)
    left_out = f"; the newest are shown, {more:,} more are there (--limit, --since)" if more else ""
    return f"{counted(listing.count)}{left_out}"


def _written(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
