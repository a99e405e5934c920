"""The topics this service writes: their names, and how they are made."""

from dataclasses import dataclass

from schemas.jobs import AnyJob, ExportAudience, ImportContacts, KafkaSettings, SendMessage
from streams.agents.kafka import Topics
from streams.agents.write import MAX_MESSAGE_BYTES
from streams.errors import JobFailed

#: Small segments, because the one that is written to is never compacted, and all of it is read back at a start.
COMPACTED = {"cleanup.policy": "compact", "segment.bytes": str(64 * 1024 * 1024)}
LARGE = {"max.message.bytes": str(MAX_MESSAGE_BYTES)}


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

    @property
    def replays(self) -> str:
        """Which dead letters were published back; compacted."""
        return f"{self.prefix}infobip_replays"

    @property
    def contacts(self) -> str:
        """Contacts imported from Infobip; compacted."""
        return f"{self.prefix}infobip_contacts"

    def cursor(self, job: str) -> str:
        """How far an import has come; its one partition belongs to the process that works. Compacted."""
        return f"{self.prefix}infobip_cursor_{job}"

    def imported(self, job: str) -> str:
        """Which version of each person an import has written last; compacted."""
        return f"{self.prefix}infobip_imported_{job}"

    @property
    def messages(self) -> str:
        """One record for each message handed to Infobip, or refused."""
        return f"{self.prefix}infobip_messages"

    def speed(self, job: str) -> str:
        """Until when a job has used up its speed limit, by partition of its input; compacted."""
        return f"{self.prefix}infobip_speed_{job}"

    def once(self, job: str) -> str:
        """Who has had a message of a job that sends one to each person; compacted."""
        return f"{self.prefix}infobip_once_{job}"

    def memberships(self, job: str) -> str:
        """Who is in which of the audiences that share a tag in this job; compacted."""
        return f"{self.prefix}infobip_memberships_{job}"


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic a job writes; `why` it must have exactly so many partitions, if it must."""

    name: str
    partitions: int
    config: dict[str, str]
    why: str = ""


def wanted_topics(job: AnyJob, kafka: KafkaSettings, existing: dict[str, int]) -> list[WantedTopic]:
    """Every topic of ours that the job writes, with the partitions of its input."""
    names = TopicNames(kafka.topic_prefix)
    partitions = max([1, *(existing.get(topic, 0) for topic in inputs(job))])
    wanted = [
        WantedTopic(names.flushes, partitions, {}),
        WantedTopic(names.dead_letters, partitions, LARGE),
        WantedTopic(names.job_states, 1, COMPACTED),
    ]
    match job:
        case ImportContacts():
            wanted += [
                WantedTopic(names.contacts, partitions, {**LARGE, "cleanup.policy": "compact"}),
                WantedTopic(names.cursor(job.name), 1, COMPACTED, "its owner is the one process that works"),
                WantedTopic(names.imported(job.name), 1, COMPACTED, "the process that works reads it back"),
            ]
        case SendMessage():
            wanted.append(WantedTopic(names.messages, partitions, LARGE))
            if job.once is not None:
                wanted.append(WantedTopic(names.once(job.name), partitions, COMPACTED))
            if job.paces:
                wanted.append(WantedTopic(names.speed(job.name), 1, COMPACTED, "its clocks are read back together"))
        case ExportAudience() if job.shares_tags:
            why = f"state follows the partitions of {job.topics[0]}"
            wanted.append(WantedTopic(names.memberships(job.name), partitions, COMPACTED, why))
    return wanted


def inputs(job: AnyJob) -> tuple[str, ...]:
    """The topics the job reads events from."""
    return () if isinstance(job, ImportContacts) else job.topics


def missing_inputs(job: AnyJob, existing: dict[str, int]) -> list[str]:
    """The topics the job reads that do not exist; they are not ours to create."""
    return [topic for topic in inputs(job) if topic not in existing]


def create_missing(job: AnyJob, kafka: KafkaSettings, topics: Topics) -> None:
    """Create what the job writes and nobody has created.

    Raises:
        JobFailed: a topic of ours has another number of partitions than it must have, or forgets what it must keep.

    """
    existing = topics.partitions()
    for wanted in wanted_topics(job, kafka, existing):
        if wanted.name not in existing:
            topics.create(wanted.name, wanted.partitions, wanted.config)
            continue
        if wanted.why and existing[wanted.name] != wanted.partitions:
            raise JobFailed(
                f"job '{job.name}': topic {wanted.name} has {existing[wanted.name]} partitions and must have "
                f"{wanted.partitions}, because {wanted.why}"
            )
        policy = topics.policy(wanted.name) if wanted.config is COMPACTED else None
        if policy is not None and "compact" not in policy:
            raise JobFailed(
                f"job '{job.name}': topic {wanted.name} has cleanup.policy={policy} and must be compacted, because "
                "what is kept in it must not be forgotten"
            )
