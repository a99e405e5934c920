"""What `status` shows: each job's state, lag, backfill, last flush, outcomes and dead letters."""

import logging
from collections.abc import Iterable, Mapping
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
from schemas.records.repairs import RepairMark, RepairProgress
from schemas.records.states import ExportedConfiguration, IdsChanged, JobState, Position, StartPosition, Verified
from streams.agents.state_reporter import AT_WORK
from streams.errors import NotAllowed
from streams.jobs.export_audience.configuration.changes import Changes
from streams.jobs.export_audience.configuration.effect import remembered
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
from streams.operating import pausing
from streams.summaries.counts import JobCounts
from streams.summaries.reading import summed
from streams.summaries.records import readable

log = logging.getLogger(__name__)

#: A process that has been silent for so long is taken for dead.
SILENT_AFTER = timedelta(seconds=60)
#: What a job is said to be doing, when its processes do different things: the worst of them.
WORST_FIRST = ("unauthorized", "waiting", "starting", "running", "paused")
ENDED = ("stopped", "failed")
#: A process that hears of a pause says so within some seconds; clocks of machines differ by some, too.
HEED_WITHIN = timedelta(seconds=10)


@dataclass(slots=True)
class JobStatus:
    """One job, as the topics tell of it."""

    job: str
    standing: list[PartitionPosition]
    states: list[JobState] = field(default_factory=list)
    starts: list[StartPosition] = field(default_factory=list)
    #: How far an import has come, and when it runs next; of other kinds there is none.
    cursor: ImportCursor | None = None
    next_run_at: datetime | None = None
    #: Who has paused the job, and when; None where nobody has.
    pause: JobCommand | None = None
    #: What it found when it last verified by itself.
    verified: Verified | None = None
    #: What decides what an export does, as it last began.
    configuration: ExportedConfiguration | None = None
    #: What it did.
    did: JobCounts = field(default_factory=lambda: JobCounts(""))

    def state(self, now: datetime) -> tuple[str, str]:
        """The job's state and its reason."""
        state, reason = self._state(now)
        # Where no process says so itself, as none does that is not there.
        beside = f"paused {pausing.in_words_of(self.pause)}" if self.pause is not None and state != "paused" else ""
        return state, "; ".join(filter(None, (reason, beside, self._unheeded(now), self._unapplied())))

    def _unapplied(self) -> str:
        """Say what of a changed configuration is still to be brought to existing members."""
        if self.configuration is None or not self.configuration.applying:
            return ""
        now = remembered(self.configuration)
        told = "; ".join(Changes(remembered(one), now).in_words for one in self.configuration.applying)
        return f"members are still to be brought to its configuration of {_time(self.configuration.since)} ({told})"

    def _unheeded(self, now: datetime) -> str:
        """Say which processes go on with a job that was paused: an older version knows no pauses."""
        if self.pause is None:
            return ""
        at, running = self.pause.at + HEED_WITHIN, self._running(now)
        deaf = sorted(one.instance for one in running if one.state in AT_WORK and one.updated_at > at)
        return f"not heeded by {', '.join(deaf)}: stop them, or bring them up to date" if deaf else ""

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
    messages = read_topic(settings, names.job_states, range(partitions.get(names.job_states, 0)))
    latest = {message.key(): said for message, said in readable(names.job_states, messages, state_of)}
    take_states(statuses, latest.values())
    for job, command in _commands(topics, names).items():
        if job in statuses and command.command == "pause":
            statuses[job].pause = command
    sums = summed(settings, names, topics, partitions)
    for status in statuses.values():
        status.did = sums.job(status.job)
    return list(statuses.values())


#: What a record of `infobip_job_states` may be.
Said = StartPosition | ExportedConfiguration | IdsChanged | JobState | Position | RepairMark | RepairProgress | Verified
#: What it is, by what its key says behind the job, and whether it says more behind that; a process's state otherwise.
STATES: Mapping[tuple[bytes, bool], type[Said]] = {
    (b"configuration", False): ExportedConfiguration,
    (b"start", True): StartPosition,
    (b"position", True): Position,
    (b"ids", False): IdsChanged,
    (b"repair", False): RepairMark,
    (b"repair", True): RepairProgress,
    (b"verification", False): Verified,
}


def take_states(statuses: Mapping[str, JobStatus], latest: Iterable[Said]) -> None:
    """Give jobs what the last records of `infobip_job_states` say of them, one of each key."""
    for said in latest:
        status = statuses.get(said.job)
        match status, said:
            case JobStatus(), StartPosition():
                status.starts.append(said)
            case JobStatus(), JobState():
                status.states.append(said)
            case JobStatus(), Verified():
                status.verified = said
            case JobStatus(), ExportedConfiguration():
                status.configuration = said


def state_of(message: Message) -> Said:
    """What a record of `infobip_job_states` says. Raises ValueError where it is none."""
    _, _, rest = (message.key() or b"").partition(b"/")
    what, _, of_what = rest.partition(b"/")
    model = STATES.get((what, bool(of_what)), JobState)
    return model.model_validate_json(message.value() or b"")


def _commands(topics: TopicAdmin, names: TopicNames) -> dict[str, JobCommand]:
    try:
        return pausing.commands(topics, names)
    except NotAllowed as error:  # processes say what they heed
        log.warning("pauses_unseen reason=%s", error)
        return {}


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
        for _, later in readable(topic, read_topic(settings, topic, range(partitions.get(topic, 0))), cursor_of):
            cursor = later
    except NotAllowed as error:
        log.warning("cursor_unseen job=%s reason=%s", job.name, error)
    next_run_at = due_at(job, cursor, datetime.now(UTC)) if job.keep_updated else None
    return JobStatus(job.name, [], cursor=cursor, next_run_at=next_run_at)


def cursor_of(message: Message) -> ImportCursor:
    """What a record of an import's cursor says. Raises ValueError where it is none."""
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
        lag, did = status.lag, status.did
        flush = did.last_flush
        cells = (
            status.job,
            "\n".join(
                filter(
                    None,
                    (
                        state,
                        detail,
                        f"processes: {status.processes(now)}" if status.processes(now) else "",
                        "" if status.verified is None else _verified(status.verified),
                    ),
                )
            ),
            "\n".join([f"{name}: {events:,}" for name, events in lag.items() if events] or ["0"])
            if status.cursor is None
            else f"cursor: {_time(status.cursor.modified_at)}",
            status.backfill if status.cursor is None else _runs(status.cursor, status.next_run_at),
            f"{_time(flush.flushed_at)}\n{flush.events:,} events" if flush else "none yet",
            "\n".join(f"{name}: {count:,}" for name, count in _counts(did)) or "none yet",
            "\n".join(f"{name}: {count:,}" for name, count in sorted(did.counts.left_out.items())) or "none",
            f"{did.dead_letters:,}",
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


def _verified(said: Verified) -> str:
    """Write when the job last verified, and what it found."""
    found = ", ".join(f"{count:,} {sort.replace('_', ' ')}" for sort, count in said.drift.items() if count)
    return "\n".join(filter(None, (f"verified: {_time(said.ended_at)}", found or "no drift", said.detail)))


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _time(time: datetime | None) -> str:
    return "none" if time is None else f"{time:%Y-%m-%d %H:%M:%S}Z"


def _counts(did: JobCounts) -> list[tuple[str, int]]:
    outcomes = sorted(did.counts.outcomes.items())
    return [*outcomes, ("counted twice", did.repeated), ("events", did.events)] if did.repeated else outcomes


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
            "last_flush": _last_flush(status.did),
            "flushes": status.did.counts.windows,
            "events": status.did.events,
            "outcomes": dict(status.did.counts.outcomes),
            "left_out_fields": dict(status.did.counts.left_out),
            "repeated": status.did.repeated,
            "dead_letters": status.did.dead_letters,
            "verified": None if status.verified is None else status.verified.model_dump(mode="json"),
            "cursor": _iso(status.cursor.modified_at if status.cursor else None),
            "last_run": status.cursor.run.model_dump(mode="json") if status.cursor and status.cursor.run else None,
            "next_run": _iso(status.next_run_at),
        }
        for status in statuses
    ]


def _last_flush(did: JobCounts) -> dict[str, Any] | None:
    return None if did.last_flush is None else did.last_flush.model_dump(mode="json")
