"""Every kind of job, by its name: what is asked of a job whatever its kind is asked here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from schemas.config.kafka import KafkaSettings
from schemas.config.webhooks import Webhooks
from schemas.configuration import Configuration
from schemas.jobs import AnyJob
from streams.config.paths import Loc
from streams.errors import ConfigurationError
from streams.jobs.export_audience import kind as export_audience
from streams.jobs.import_contacts import kind as import_contacts
from streams.jobs.kind import Kind
from streams.jobs.receive_messages import kind as receive_messages
from streams.jobs.send_message import kind as send_message
from streams.jobs.store_history import kind as store_history
from streams.jobs.sync_cohort import kind as sync_cohort
from streams.jobs.track_messages import kind as track_messages
from streams.jobs.webhook import kind as webhook
from streams.kafka.topics import OwnTopics, TopicNames, WantedTopic
from streams.receiver.triggers import Trigger

KINDS: Mapping[str, Kind[Any]] = {
    kind.name: kind
    for kind in (
        export_audience.KIND,
        import_contacts.KIND,
        receive_messages.KIND,
        send_message.KIND,
        store_history.KIND,
        sync_cohort.KIND,
        track_messages.KIND,
        webhook.KIND,
    )
}


def kind_of(job: AnyJob) -> Kind[Any]:
    """The kind of a job."""
    return KINDS[job.kind]


def jobs_named(configuration: Configuration, names: Sequence[str]) -> list[AnyJob]:
    """The jobs of these names, each of them once; all of them without names.

    Raises:
        ConfigurationError: there is none of such a name.

    """
    known = {job.name: job for job in configuration.jobs}
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError([f"no job is called '{name}' (there are: {', '.join(known)})" for name in unknown])
    return [known[name] for name in dict.fromkeys(names)] or list(known.values())


def load(job: AnyJob) -> None:
    """Load what the work of a job takes; blocks for up to a second, so it is done before there is anybody to wait."""
    kind_of(job).load()


def topics_read(job: AnyJob, names: TopicNames) -> list[str]:
    """Every topic that the job reads as its input: those that it names, and those of ours."""
    return [*job.inputs, *kind_of(job).reads(job, names)]


def inputs_of(jobs: Iterable[AnyJob]) -> tuple[str, ...]:
    """The topics that jobs name as their inputs, each once."""
    return tuple(dict.fromkeys(topic for job in jobs for topic in job.inputs))


def wanted_topics(
    job: AnyJob,
    kafka: KafkaSettings,
    existing: Mapping[str, int],
    webhooks: Webhooks | None = None,
    beside: Collection[str] = (),
) -> list[WantedTopic]:
    """Every topic of ours that the job writes, with the partitions of its input and the settings of jobs.yaml.

    `beside` are the topics that jobs of the file read: what is joined has as many partitions as what it comes of.
    """
    own = OwnTopics(job, kafka, existing, webhooks, beside)
    return [*own.of_every_job(), *kind_of(job).topics(job, own)]


def scopes_of(job: AnyJob, webhooks: Webhooks | None = None) -> frozenset[str]:
    """What the key of a job must be good for."""
    return frozenset(operation.scope for operation in kind_of(job).operations(job, webhooks))


def triggers_of(jobs: Iterable[AnyJob]) -> tuple[Trigger, ...]:
    """Which inbound messages jobs ask for."""
    return tuple(trigger(job) for job in jobs if (trigger := kind_of(job).trigger) is not None)


def lint(job: Any) -> Iterable[tuple[Loc, str]]:
    """What is wrong with a job as its file has it, beyond what the models say; they tell of a kind that is none."""
    kind = job.get("kind") if isinstance(job, Mapping) else None
    found = KINDS.get(kind) if isinstance(kind, str) else None
    return () if found is None else found.lint(job)
