"""What `status` shows: each job's state, lag, backfill, last flush, outcomes and dead letters."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rich.table import Table

from schemas.jobs import Configuration, ExportAudience
from schemas.outcomes import Flush
from schemas.states import Backfill, JobState
from streams.agents.kafka import Topics, client_settings
from streams.agents.reading import read_topic
from streams.agents.start import Place, places
from streams.agents.topics import TopicNames

#: A process that has been silent for so long is taken for dead.
SILENT_AFTER = timedelta(seconds=60)
#: What a job is said to be doing, when its processes do different things: the worst of them.
WORST_FIRST = ("unauthorized", "waiting", "starting", "running")
ENDED = ("stopped", "failed")


@dataclass(slots=True)
class JobStatus:
    """One job, as the topics tell of it."""

    job: str
    standing: list[Place]
    states: list[JobState] = field(default_factory=list)
    starts: list[Backfill] = field(default_factory=list)
    last_flush: Flush | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    flushes: int = 0

    def state(self, now: datetime) -> tuple[str, str]:
        """The job's state and its reason."""
        if not self.states:
            return "never run", ""
        running = self._running(now)
        for kind in WORST_FIRST:
            for one in running:
                if one.state == kind:
                    return kind, one.detail
        latest = max(self.states, key=lambda one: one.updated_at)
        return (latest.state, latest.detail) if latest.state in ENDED else ("stopped", "its last process is silent")

    def _running(self, now: datetime) -> list[JobState]:
        return [one for one in self.states if one.state not in ENDED and now - one.updated_at < SILENT_AFTER]

    def processes(self, now: datetime) -> int:
        """How many processes own partitions of it."""
        return sum(one.partitions > 0 for one in self._running(now))

    @property
    def lag(self) -> dict[str, int]:
        """Events not yet committed, by partition."""
        return {
            f"{place.topic}-{place.partition}": place.high - max(place.committed or place.low, place.low)
            for place in self.standing
        }

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
    settings, names = client_settings(kafka), TopicNames(kafka.topic_prefix)
    partitions = Topics(kafka).partitions()
    statuses = {
        job.name: JobStatus(job.name, places(job, settings, _inputs(job, partitions))) for job in configuration.jobs
    }
    latest = {
        message.key(): message.value()
        for message in read_topic(settings, names.job_states, range(partitions.get(names.job_states, 0)))
    }
    for key, value in latest.items():
        status = statuses.get(key.decode().partition("/")[0]) if key else None
        if status is None or value is None:
            continue
        if b"/start/" in key:
            status.starts.append(Backfill.model_validate_json(value))
        else:
            status.states.append(JobState.model_validate_json(value))
    for message in read_topic(settings, names.flushes, range(partitions.get(names.flushes, 0))):
        _add_flush(statuses, message.value())
    return list(statuses.values())


def _inputs(job: ExportAudience, partitions: Mapping[str, int]) -> dict[str, int]:
    return {topic: partitions.get(topic, 0) for topic in job.topics}


def _add_flush(statuses: dict[str, JobStatus], value: bytes | None) -> None:
    if value is None:
        return
    flush = Flush.model_validate_json(value)
    status = statuses.get(flush.job)
    if status is not None:
        status.flushes += 1
        status.outcomes.update(flush.outcomes)
        if status.last_flush is None or flush.flushed_at > status.last_flush.flushed_at:
            status.last_flush = flush


def as_table(statuses: list[JobStatus], now: datetime) -> Table:
    """The statuses as a table for a terminal."""
    table = Table(title=None, show_lines=True)
    for heading in ("job", "state", "lag by partition", "backfill", "last flush", "outcomes", "dead letters"):
        table.add_column(heading)
    for status in statuses:
        state, detail = status.state(now)
        lag = status.lag
        flush = status.last_flush
        table.add_row(
            status.job,
            "\n".join(
                filter(None, (state, detail, f"processes: {status.processes(now)}" if status.processes(now) else ""))
            ),
            "\n".join([f"{name}: {events:,}" for name, events in lag.items() if events] or ["0"]),
            status.backfill,
            f"{flush.flushed_at:%Y-%m-%d %H:%M:%S}Z\n{flush.events:,} events" if flush else "none yet",
            "\n".join(f"{name}: {count:,}" for name, count in sorted(status.outcomes.items())) or "none yet",
            f"{status.dead_letters:,}",
        )
    return table


def as_json(statuses: list[JobStatus], now: datetime) -> list[dict[str, Any]]:
    """The statuses as data."""
    return [
        {
            "job": status.job,
            "state": status.state(now)[0],
            "detail": status.state(now)[1],
            "processes": status.processes(now),
            "lag": status.lag,
            "backfill": status.backfill,
            "last_flush": status.last_flush.model_dump(mode="json") if status.last_flush else None,
            "flushes": status.flushes,
            "outcomes": dict(status.outcomes),
            "dead_letters": status.dead_letters,
        }
        for status in statuses
    ]
