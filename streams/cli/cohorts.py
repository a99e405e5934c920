"""What `cohorts` shows: the list of each audience, and who is in it, as far as our own topics tell."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from schemas.configuration import Configuration
from schemas.jobs.sync_cohort import SyncCohort
from streams.errors import ConfigurationError
from streams.jobs.shelf import jobs_named
from streams.jobs.sync_cohort.desk import overview
from streams.jobs.sync_cohort.mirror import Mirror
from streams.jobs.sync_cohort.topics import lists, members
from streams.kafka.admin import TopicAdmin
from streams.kafka.refusals import in_words
from streams.kafka.topics import TopicNames

COLUMNS = ("job", "audience", "list_id", "name", "members", "waiting", "refused", "synced_at")


@dataclass(frozen=True, slots=True)
class Row:
    """One audience's list; `waiting` are ids that are to be added or removed yet."""

    job: str
    audience: str
    list_id: str | None
    name: str
    members: int
    waiting: int
    refused: int
    synced_at: str | None

    @property
    def shown(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return asdict(self)


def gather(configuration: Configuration, names: list[str]) -> list[Row]:
    """The lists of the jobs of these names, or of all; blocks while the brokers are asked.

    Raises:
        ConfigurationError: there is no such job, or it mirrors nothing.
        StreamsError: the brokers do not answer.

    """
    jobs = jobs_named(configuration, names)
    mirrors = [job for job in jobs if isinstance(job, SyncCohort)]
    if names and len(mirrors) < len(jobs):
        others = [job for job in jobs if not isinstance(job, SyncCohort)]
        raise ConfigurationError([f"'{job.name}' is a job of kind {job.kind}, which mirrors none" for job in others])
    if not mirrors:
        raise ConfigurationError(["jobs: none is of kind sync_cohort"])
    admin, topics = TopicAdmin(configuration.kafka), TopicNames(configuration.kafka.topic_prefix)
    with in_words(configuration.kafka, admin.client_settings):
        existing = admin.partitions()
        found: list[Row] = []
        for job in mirrors:
            wanted = (lists(topics, job.name), members(topics, job.name))
            if set(wanted) <= existing.keys():
                found += _rows(job, *overview(admin.client_settings, job, *wanted))
        return found


def _rows(job: SyncCohort, mirror: Mirror, synced: dict[str, str | None]) -> Iterator[Row]:
    for audience, cohort in sorted(mirror.cohorts.items()):
        waiting = len(cohort.adds) + len(cohort.removes)
        figures = (len(cohort.inside), waiting, len(cohort.refused), synced.get(audience))
        yield Row(job.name, audience, cohort.list_id, cohort.name, *figures)


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """A table, with tabs between its columns."""
    yield "\t".join(COLUMNS)
    for row in rows:
        yield "\t".join("-" if value is None else str(value) for value in row.shown.values())
