"""The topics this service writes: their names, and how they are made."""

from dataclasses import dataclass

from schemas.jobs import ExportAudience, KafkaSettings
from streams.agents.kafka import Topics
from streams.agents.write import MAX_MESSAGE_BYTES
from streams.errors import JobFailed

COMPACTED = {"cleanup.policy": "compact"}


@dataclass(frozen=True, slots=True)
class TopicNames:
    """The names of our topics, after the configured prefix."""

    prefix: str = ""

    @property
    def flushes(self) -> str:
        """One record for each flushed window."""
        return f"{self.prefix}infobip_flushes"

    @property
    def dead_letters(self) -> str:
        """What could not be used."""
        return f"{self.prefix}infobip_dead_letters"

    @property
    def job_states(self) -> str:
        """How each process is doing each job; compacted."""
        return f"{self.prefix}infobip_job_states"

    def memberships(self, job: str) -> str:
        """Who is in which of the audiences that share a tag in this job; compacted."""
        return f"{self.prefix}infobip_memberships_{job}"


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic a job writes."""

    name: str
    partitions: int
    config: dict[str, str]


def wanted_topics(job: ExportAudience, kafka: KafkaSettings, existing: dict[str, int]) -> list[WantedTopic]:
    """Every topic of ours that the job writes, with the partitions of its input."""
    names = TopicNames(kafka.topic_prefix)
    partitions = max([1, *(existing.get(topic, 0) for topic in job.topics)])
    wanted = [
        WantedTopic(names.flushes, partitions, {}),
        WantedTopic(names.dead_letters, partitions, {"max.message.bytes": str(MAX_MESSAGE_BYTES)}),
        WantedTopic(names.job_states, 1, COMPACTED),
    ]
    if job.shares_tags:
        wanted.append(WantedTopic(names.memberships(job.name), partitions, COMPACTED))
    return wanted


def missing_inputs(job: ExportAudience, existing: dict[str, int]) -> list[str]:
    """The topics the job reads that do not exist; they are not ours to create."""
    return [topic for topic in job.topics if topic not in existing]


def create_missing(job: ExportAudience, kafka: KafkaSettings, topics: Topics) -> None:
    """Create what the job writes and nobody has created.

    Raises:
        JobFailed: the state's partitions are no longer the input's.

    """
    existing = topics.partitions()
    for wanted in wanted_topics(job, kafka, existing):
        if wanted.name not in existing:
            topics.create(wanted.name, wanted.partitions, wanted.config)
    if job.shares_tags:
        state = TopicNames(kafka.topic_prefix).memberships(job.name)
        if existing.get(state, existing[job.topics[0]]) != existing[job.topics[0]]:
            raise JobFailed(
                f"job '{job.name}': topic {state} has {existing[state]} partitions and {job.topics[0]} has "
                f"{existing[job.topics[0]]}; they must be equal: add partitions to {state}"
            )
