"""What `status` shows: each job's state, lag, backfill, last flush, outcomes and dead letters."""

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from confluent_kafka import Message
from rich.table import Table
from rich.text import Text

from schemas.configuration import Configuration
from schemas.jobs import AnyJob
from schemas.jobs.import_contacts import ImportContacts
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.records.commands import JobCommand
from schemas.records.contact import ImportCursor
from schemas.records.outcomes import Flush, PartitionRange
from schemas.records.states import ExportedTags, IdsChanged, JobState, Position, StartPosition
from streams.app import pausing
from streams.cli.records import OffsetRanges, readable
from streams.errors import NotAllowed
from streams.jobs.import_contacts.runs import due_at
from streams.jobs.import_contacts.topics import cursor as cursor_topic
from streams.jobs.shelf import topics_read
from streams.kafka.admin import TopicAdmin
from streams.kafka.clients import client_settings
from streams.kafka.compacted import read_topic
from streams.kafka.group_probe import partition_positions
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.refusals import in_words
from streams.kafka.retry import retry_for_a_while
from streams.kafka.topics import TopicNames

log = logging.getLogger(__name__)

#: A process that has been silent for so long is taken for dead.
SILENT_AFTER = timedelta(seconds=60)
#: What a job is said to be doing, when its processes do different things: the worst of them.
WORST_FIRST = ("unauthorized", "waiting", "starting", "running", "paused")
ENDED = ("stopped", "failed")


@dataclass(slots=True)
class JobStatus:
    """One job, as the topics tell of it.

    What a crash repeats is told again in windows that may be cut elsewhere. A window of offsets that were all told of
    before is left out. One that repeats a part cannot be split by outcome: it is counted whole, and that part is in
    `repeated`. So the outcomes less `repeated` are the events. Offsets name events, together with the topic's id: one
    that was deleted and made anew has the same offsets again, and another id.
    """

    job: str
    standing: list[PartitionPosition]
    states: list[JobState] = field(default_factory=list)
    starts: list[StartPosition] = field(default_factory=list)
    #: How far an import has come, and when it runs next; of other kinds there is none.
    cursor: ImportCursor | None = None
    next_run_at: datetime | None = None
    #: Who has paused the job, and when; None where nobody has.
    pause: JobCommand | None = None
    last_flush: Flush | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    #: Values that were left out, by field.
    left_out: Counter[str] = field(default_factory=Counter)
    flushes: int = 0
    #: Events that `outcomes` count twice, because a crash cut their repetition differently.
    repeated: int = 0
    told: defaultdict[tuple[str, int], OffsetRanges] = field(default_factory=lambda: defaultdict(OffsetRanges))
    #: The id that each topic had first.
    first_ids: dict[str, str] = field(default_factory=dict)

    def add(self, flush: Flush) -> None:
        """Count a window, unless it only repeats."""
        ranges = flush.partitions
        again = sum(self.told[self._named(one), one.partition].add(one.first_offset, one.last_offset) for one in ranges)
        if self.last_flush is None or flush.flushed_at > self.last_flush.flushed_at:
            self.last_flush = flush
        if again and again == sum(one.last_offset - one.first_offset + 1 for one in ranges):
            return
        self.flushes += 1
        self.repeated += min(again, flush.events)
        self.outcomes.update(flush.outcomes)
        self.left_out.update(flush.left_out_fields)

    def _named(self, place: PartitionRange) -> str:
        """A topic's name, with its id where it was made anew; what was told without an id is of the first of them."""
        first = self.first_ids.setdefault(place.topic, place.topic_id) if place.topic_id else ""
        return place.topic if place.topic_id in ("", first) else f"{place.topic} {place.topic_id}"

    def state(self, now: datetime) -> tuple[str, str]:
        """The job's state and its reason."""
        state, reason = self._state(now)
        # Where no process says so itself, as none does that is not there.
        beside = f"paused {pausing.in_words_of(self.pause)}" if self.pause is not None and state != "paused" else ""
        return state, "; ".join(filter(None, (reason, beside)))

    def _state(self, now: datetime) -> tuple[str, str]:
        if not self.states:
            return "never run", ""
        running = self._running(now)
        for kind in WORST_FIRST:
            for one in running:
                if one.state == kind:
                    return kind, "; ".join(filter(None, (one.detail, self._failure_beside(running))))
        latest = max(self.states, key=lambda one: one.updated_at)
        return (latest.state, latest.detail) if latest.state in ENDED else ("stopped", "its last process is silent")

    def _failure_beside(self, running: list[JobState]) -> str:
        """Say of a process that gave the job up after those that go on with it began."""
        failed = [
            one for one in self.states if one.state == "failed" and all(one.since > other.since for other in running)
        ]
        latest = max(failed, key=lambda one: one.updated_at, default=None)
        return "" if latest is None else f"failed in {latest.instance}: {latest.detail}"

    def _running(self, now: datetime) -> list[JobState]:
        return [one for one in self.states if one.state not in ENDED and now - one.updated_at < SILENT_AFTER]

    def processes(self, now: datetime) -> int:
        """How many processes own partitions of it."""
        return sum(one.partitions > 0 for one in self._running(now))

    @property
    def lag(self) -> dict[str, int]:
        """Events not yet committed, by partition."""
        return {f"{place.topic}-{place.partition}": place.lag for place in self.standing}

    @property
    def events(self) -> int:
        """How many events were told of, each counted once."""
        return self.outcomes.total() - self.repeated

    @property
    def dead_letters(self) -> int:
        """How many events became dead letters."""
        return sum(self.outcomes[name] for name in ("dropped", "rejected", "undecodable"))

    @property
    def backfill(self) -> str:
        """How far the events are read that were there when the job was first started."""
        committed = {(place.topic, place.partition): place.committed for place in self.standing}
        whole = sum(start.end_offset - start.start_offset for start in self.starts)
        if whole == 0:
            return "none"
        done = sum(
            min(committed.get((start.topic, start.partition)) or start.start_offset, start.end_offset)
            - start.start_offset
            for start in self.starts
        )
        return "done" if done >= whole else f"{done:,} of {whole:,} ({100 * done / whole:.0f} %)"


def gather(configuration: Configuration) -> list[JobStatus]:
    """Read the status of every job from the brokers."""
    kafka = configuration.kafka
    settings = client_settings(kafka)
    with in_words(kafka, settings):
        return _gathered(configuration, settings, TopicNames(kafka.topic_prefix))


def _gathered(configuration: Configuration, settings: dict[str, Any], names: TopicNames) -> list[JobStatus]:
    topics = TopicAdmin(configuration.kafka, settings)
    topics.see([names.job_states, names.flushes])
    partitions = topics.partitions()
    ours = {cursor_topic(names, job.name) for job in configuration.jobs if isinstance(job, ImportContacts)}
    read = {topic for job in configuration.jobs for topic in topics_read(job, names)}
    for name in topics.hidden(sorted((ours | read) - partitions.keys())):
        log.warning("topic_unseen topic=%s: no ACL lets us READ it, so what is in it is not counted", name)
    statuses = {job.name: _begun(job, settings, names, partitions) for job in configuration.jobs}
    latest = {
        message.key(): said
        for message, said in readable(
            names.job_states,
            read_topic(settings, names.job_states, range(partitions.get(names.job_states, 0))),
            _state,
        )
    }
    for said in latest.values():
        status = statuses.get(said.job)
        match status, said:
            case JobStatus(), StartPosition():
                status.starts.append(said)
            case JobStatus(), JobState():
                status.states.append(said)
    for job, command in _commands(topics, names).items():
        if job in statuses and command.command == "pause":
            statuses[job].pause = command
    flushes = read_topic(settings, names.flushes, range(partitions.get(names.flushes, 0)))
    for _, flush in readable(names.flushes, flushes, _flush):
        if flush.job in statuses:
            statuses[flush.job].add(flush)
    return list(statuses.values())


#: What a record of `infobip_job_states` is, by what its key says behind the job; a process's state otherwise.
STATES: Mapping[bytes, type[StartPosition | ExportedTags | IdsChanged | Position]] = {
    b"configuration": ExportedTags,
    b"start": StartPosition,
    b"position": Position,
    b"ids": IdsChanged,
}


def _state(message: Message) -> StartPosition | ExportedTags | IdsChanged | JobState | Position:
    _, _, rest = (message.key() or b"").partition(b"/")
    model = STATES.get(rest.partition(b"/")[0], JobState)
    return model.model_validate_json(message.value() or b"")


def _commands(topics: TopicAdmin, names: TopicNames) -> dict[str, JobCommand]:
    try:
        return pausing.commands(topics, names)
    except NotAllowed as error:  # processes say what they heed
        log.warning("pauses_unseen reason=%s", error)
        return {}


def _flush(message: Message) -> Flush:
    return Flush.model_validate_json(message.value() or b"")


def _begun(job: AnyJob, settings: dict[str, Any], names: TopicNames, partitions: Mapping[str, int]) -> JobStatus:
    """Where a job stands: in the topics it reads, or among the people it imports."""
    if isinstance(job, ReceiveMessages):  # it reads neither
        return JobStatus(job.name, [])
    if not isinstance(job, ImportContacts):
        wanted = {topic: partitions.get(topic, 0) for topic in topics_read(job, names)}
        try:
            return JobStatus(job.name, retry_for_a_while(partial(partition_positions, job.group_id, settings, wanted)))
        except NotAllowed as error:  # the other jobs, and why this one fails, are shown even so
            log.warning("lag_unseen job=%s reason=%s", job.name, error)
            return JobStatus(job.name, [])
    cursor, topic = ImportCursor(job=job.name), cursor_topic(names, job.name)
    try:
        for _, later in readable(topic, read_topic(settings, topic, range(partitions.get(topic, 0))), _cursor):
            cursor = later
    except NotAllowed as error:
        log.warning("cursor_unseen job=%s reason=%s", job.name, error)
    next_run_at = due_at(job, cursor, datetime.now(UTC)) if job.keep_updated else None
    return JobStatus(job.name, [], cursor=cursor, next_run_at=next_run_at)


def _cursor(message: Message) -> ImportCursor:
    return ImportCursor.model_validate_json(message.value() or b"")


def as_table(statuses: list[JobStatus], now: datetime) -> Table:
    """The statuses as a table for a terminal."""
    table = Table(title=None, show_lines=True)
    for heading in (
        "job",
        "state",
        "lag by partition, or cursor",
        "backfill, or runs",
        "last flush",
        "outcomes",
        "left out",
        "dead letters",
    ):
        table.add_column(heading)
    for status in statuses:
        state, detail = status.state(now)
        lag = status.lag
        flush = status.last_flush
        cells = (
            status.job,
            "\n".join(
                filter(None, (state, detail, f"processes: {status.processes(now)}" if status.processes(now) else ""))
            ),
            "\n".join([f"{name}: {events:,}" for name, events in lag.items() if events] or ["0"])
            if status.cursor is None
            else f"cursor: {_time(status.cursor.modified_at)}",
            status.backfill if status.cursor is None else _runs(status.cursor, status.next_run_at),
            f"{_time(flush.flushed_at)}\n{flush.events:,} events" if flush else "none yet",
            "\n".join(f"{name}: {count:,}" for name, count in _counts(status)) or "none yet",
            "\n".join(f"{name}: {count:,}" for name, count in sorted(status.left_out.items())) or "none",
            f"{status.dead_letters:,}",
        )
        # As text, because Infobip's words may hold what the table would take for markup.
        table.add_row(*map(Text, cells))
    return table


def _runs(cursor: ImportCursor, next_run_at: datetime | None) -> str:
    """Write the run under way or the last one, and when the next one is due."""
    run = cursor.run
    if run is None:
        return "no run yet"
    if run.finished_at is None:
        expected = "" if run.expected is None else f" of {run.expected:,}"
        return f"running since {_time(run.started_at)}\n{sum(run.outcomes.values()):,}{expected} people"
    return f"last run: {_time(run.finished_at)}\nnext run: {_time(next_run_at)}"


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _time(time: datetime | None) -> str:
    return "none" if time is None else f"{time:%Y-%m-%d %H:%M:%S}Z"


def _counts(status: JobStatus) -> list[tuple[str, int]]:
    if not status.repeated:
        return sorted(status.outcomes.items())
    return [*sorted(status.outcomes.items()), ("counted twice", status.repeated), ("events", status.events)]


def as_json(statuses: list[JobStatus], now: datetime) -> list[dict[str, Any]]:
    """The statuses as data."""
    return [
        {
            "job": status.job,
            "state": status.state(now)[0],
            "detail": status.state(now)[1],
            "processes": status.processes(now),
            "paused": None if status.pause is None else {"by": status.pause.by, "at": status.pause.at.isoformat()},
            "lag": status.lag,
            "backfill": status.backfill,
            "last_flush": status.last_flush.model_dump(mode="json") if status.last_flush else None,
            "flushes": status.flushes,
            "events": status.events,
            "outcomes": dict(status.outcomes),
            "left_out_fields": dict(status.left_out),
            "repeated": status.repeated,
            "dead_letters": status.dead_letters,
            "cursor": _iso(status.cursor.modified_at if status.cursor else None),
            "last_run": status.cursor.run.model_dump(mode="json") if status.cursor and status.cursor.run else None,
            "next_run": _iso(status.next_run_at),
        }
        for status in statuses
    ]
