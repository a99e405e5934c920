"""What becomes of a job whose configuration is not what it remembers: it stops with words, or goes on."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException

from schemas.config.kafka import KafkaSettings
from schemas.jobs import AnyJob
from schemas.jobs.export_audience import ExportAudience
from schemas.records.states import ExportedConfiguration
from streams.agents.context import JobContext
from streams.errors import JobFailed, StreamsError
from streams.infobip.client import Client
from streams.jobs.export_audience.configuration.changes import Changes, meaning
from streams.jobs.export_audience.configuration.counts import Say, count
from streams.jobs.export_audience.configuration.effect import effect_of, following, remembered
from streams.jobs.export_audience.configuration.remembered import read_remembered
from streams.jobs.export_audience.membership_topics import doors_of
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_in_thread
from streams.kafka.topics import TopicNames

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Decision:
    """How a job goes on: what it is to remember from now on, as it does already where that is not to be written.

    One that is `outdated` has the configuration from before, while processes with the one that is remembered run.
    """

    remembered: ExportedConfiguration
    is_new: bool
    outdated: bool = False

    @property
    def is_open(self) -> bool:
        """Whether something is left to be done once the job runs."""
        return self.outdated or bool(self.remembered.applying)


async def decide(job: ExportAudience, context: JobContext) -> Decision:
    """Find out whether and how the job may begin.

    Waits for the brokers as long as they are away; reads all events of the job before it fails.

    Raises:
        JobFailed: its configuration has changed, and nothing says what is to be done about it.

    """
    now, at = effect_of(job), datetime.now(UTC)
    context.reporter.set_configuration(now.digest)
    topic = context.names.job_states
    known = await read_in_thread(partial(read_remembered, context.settings, topic, job.name))
    said = known.configuration
    if said is None:
        return Decision(now.record(job.name, at), is_new=True)
    changes = Changes(remembered(said), now)
    if not changes:
        return _unchanged(job, said)
    if stops_at(job, said, changes):
        reader = Reader(context.kafka, context.topics, context.settings, context.client, context.jobs)
        told = await reader.explain(job, changes, partial(_progress, job.name))
        raise JobFailed(f"job '{job.name}': {told}; {changes.choices}")
    if now.digest == said.former_digest and said.digest in known.others(context.reporter.instance, at).values():
        log.warning(
            "configuration_outdated job=%s: processes run with a newer one (%s); this one goes on with the former "
            "until it is replaced, or they are gone",
            *(job.name, Changes(now, remembered(said)).in_words),
        )
        return Decision(said, is_new=False, outdated=True)
    log.warning("configuration_changed job=%s on_change=%s: %s", job.name, job.on_change, changes.in_words)
    return Decision(following(said, now, at, keeps=job.on_change != "apply"), is_new=True)


def _unchanged(job: ExportAudience, said: ExportedConfiguration) -> Decision:
    """What a former version noted is completed; how a tag is written matters to nobody."""
    now = effect_of(job)
    applying = said.applying
    if applying and job.on_change == "keep":
        log.warning(
            "configuration_given_up job=%s: members that have not been brought to it stay as they are", job.name
        )
        applying = ()
    record = now.record(job.name, said.since, said.former_digest, applying)
    is_new = said.digest != now.digest or applying != said.applying
    return Decision(record if is_new else said, is_new=is_new)


def stops_at(job: ExportAudience, said: ExportedConfiguration, changes: Changes) -> bool:
    """Whether the job does not begin with such a change; with one that is taken back before it was applied it does."""
    taken_back = changes.now.digest in {one.digest for one in said.applying}
    return not taken_back and (job.on_change == "stop" or (job.on_change == "apply" and changes.of_identity))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what a change means for existing members; `jobs` are those of the whole file."""

    kafka: KafkaSettings
    admin: TopicAdmin
    settings: dict[str, Any]
    client: Client
    jobs: Sequence[AnyJob]

    async def explain(self, job: ExportAudience, changes: Changes, say: Say) -> str:
        """Say what has changed, and what that means for existing members, in one line."""
        try:
            folder = Path(self.kafka.state_dir) / f"change_{job.name}"
            names = TopicNames(self.kafka.topic_prefix)
            doors = doors_of(self.kafka, self.settings, self.admin, job, names)
            counts = await count(job, changes, doors, folder, self.client.perform, say)
        except (StreamsError, KafkaException) as error:
            reason = error.args[0].str() if isinstance(error, KafkaException) else str(error)
            means = f"how many members that concerns is not known, because {reason}"
        else:
            means = meaning(changes, counts, taken_by(self.jobs, job))
        return f"its configuration has changed ({changes.in_words}); for existing members: {means}"


def taken_by(jobs: Sequence[AnyJob], job: ExportAudience) -> dict[str, str]:
    """By tag in lower case, which other job of the file gives it."""
    return {
        tag.casefold(): other.name
        for other in jobs
        if isinstance(other, ExportAudience) and other.name != job.name and other.authorization == job.authorization
        for tag in other.tags
    }


def _progress(job: str, told: str) -> None:
    log.info("configuration_counted job=%s %s", job, told)
