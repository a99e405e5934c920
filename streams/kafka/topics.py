"""The topics this service writes: their names, what each must be like, and what is wrong with one that is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from schemas.config.kafka import KafkaSettings
from schemas.jobs import AnyJob
from schemas.jobs.export_audience import ExportAudience
from schemas.jobs.import_contacts import ImportContacts
from schemas.jobs.send_message import SendMessage
from streams.kafka.producer import MAX_MESSAGE_BYTES

POLICY, LIMIT = "cleanup.policy", "max.message.bytes"
#: Small segments, because the one that is written to is never compacted, and all of it is read back at a start.
COMPACTED = {POLICY: "compact", "segment.bytes": str(64 * 1024 * 1024)}
LARGE = {LIMIT: str(MAX_MESSAGE_BYTES)}
#: What topics with large records should take at least: a dead letter of any event that brokers take by default, which
#: may be six times as long as JSON. It is the most that Confluent Cloud allows.
ENOUGH_BYTES = 8_388_608
#: What any topic of ours must take: less, and not even records that were cut would fit in.
LEAST_BYTES = 65_536
#: The audiences of a profile cannot be cut, and may take nearly as much as brokers take by default.
LEAST_STATE_BYTES = 1_000_000
#: What a partition takes in the record of a window.
RANGE_BYTES = 400

#: What a topic must not lose: any record; the last record of each key; the same, being what jobs go by.
Keeps = Literal["records", "latest", "state"]


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

    def addresses(self, job: str) -> str:
        """What each profile entered by, where a job remembers it; compacted."""
        return f"{self.prefix}infobip_addresses_{job}"

    def members(self, job: ExportAudience) -> str:
        """The one of the two that a job keeps: what profiles entered by tells where they are, too."""
        return self.addresses(job.name) if job.remember_address else self.memberships(job.name)


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic a job writes, and the settings that are asked for where it is made.

    `exactly` says why it must have exactly so many partitions, if it must; one that `grows` is given more as it needs
    them. `least` is the largest record that it must take.
    """

    name: str
    partitions: int
    config: Mapping[str, str]
    keeps: Keeps
    exactly: str = ""
    grows: bool = False
    least: int = LEAST_BYTES

    @property
    def operations(self) -> str:
        """What must be allowed on it."""
        return "READ and WRITE" if self.keeps == "state" else "WRITE"

    @property
    def settings(self) -> str:
        """How it is to be made, in words that Kafka's own tools take."""
        return ", ".join((counted(self.partitions), *(f"{name}={value}" for name, value in self.config.items())))


def wanted_topics(job: AnyJob, kafka: KafkaSettings, existing: Mapping[str, int]) -> list[WantedTopic]:
    """Every topic of ours that the job writes, with the partitions of its input and the settings of jobs.yaml."""
    names = TopicNames(kafka.topic_prefix)
    partitions = max([1, *(existing.get(topic, 0) for topic in inputs(job))])

    def settings(name: str, ours: Mapping[str, str]) -> dict[str, str]:
        theirs = kafka.topics.settings.get(name.removeprefix(kafka.topic_prefix), {})
        return {setting: value for setting, value in {**ours, **theirs}.items() if value is not None}

    def records(name: str, ours: Mapping[str, str], least: int = LEAST_BYTES) -> WantedTopic:
        return WantedTopic(name, partitions, settings(name, ours), "records", least=least)

    def state(name: str, why: str) -> WantedTopic:
        return WantedTopic(name, 1, settings(name, COMPACTED), "state", why)

    wanted = [
        records(names.flushes, {}, LEAST_BYTES + RANGE_BYTES * sum(existing.get(topic, 0) for topic in inputs(job))),
        records(names.dead_letters, LARGE),
        state(names.job_states, "only the first is read back"),
    ]
    match job:
        case ImportContacts():
            contacts = settings(names.contacts, {**LARGE, POLICY: "compact"})
            wanted += [
                WantedTopic(names.contacts, partitions, contacts, "latest"),
                state(names.cursor(job.name), "its owner is the one process that works"),
                state(names.imported(job.name), "the process that works reads it back"),
            ]
        case SendMessage():
            wanted.append(records(names.messages, LARGE))
            if job.once is not None:
                once = names.once(job.name)
                wanted.append(WantedTopic(once, partitions, settings(once, COMPACTED), "state"))
            if job.paces:
                wanted.append(state(names.speed(job.name), "its clocks are read back together"))
        case ExportAudience() if job.keeps_members:
            name = names.members(job)
            config = settings(name, COMPACTED)
            wanted.append(WantedTopic(name, partitions, config, "state", grows=True, least=LEAST_STATE_BYTES))
    return wanted


def inputs(job: AnyJob) -> tuple[str, ...]:
    """The topics the job reads events from."""
    return () if isinstance(job, ImportContacts) else job.topics


def missing_inputs(job: AnyJob, existing: Mapping[str, int]) -> list[str]:
    """The topics the job reads that do not exist; they are not ours to create."""
    return [topic for topic in inputs(job) if topic not in existing]


def faults_of(wanted: WantedTopic, partitions: int, settings: Mapping[str, str] | None) -> list[str]:
    """What keeps a topic that is there from serving its purpose; `settings` are None where they may not be seen."""
    said = settings or {}
    faults = []
    if wanted.exactly and partitions != wanted.partitions:
        must = f"must have {wanted.partitions}, because {wanted.exactly}"
        faults.append(f"has {counted(partitions)} and {must}")
    if (policy := said.get(POLICY)) is not None and (must := _policy_fault(wanted.keeps, policy, said)):
        faults.append(f"has {POLICY}={policy} and {must}")
    if (limit := _limit(said)) is not None and limit < wanted.least:
        faults.append(f"has {LIMIT}={limit} and must take records of {wanted.least} bytes")
    return faults


def is_small(wanted: WantedTopic, settings: Mapping[str, str] | None) -> bool:
    """Whether a topic takes less than it should, so that the largest of its records must be cut."""
    limit = _limit(settings or {})
    # What jobs.yaml asks for is enough for those who ask for it.
    return limit is not None and limit < min(ENOUGH_BYTES, _limit(wanted.config) or 0)


def _policy_fault(keeps: Keeps, policy: str, settings: Mapping[str, str]) -> str:
    """What is wrong with what becomes of a topic's old records; nothing where they stay for ever."""
    stays = settings.get("retention.ms") == "-1" and settings.get("retention.bytes") == "-1"
    match keeps:
        case "records" if "compact" in policy:
            return f"must not be compacted ({POLICY}=delete), because of records with one key all but the last would go"
        case "latest" if "compact" not in policy and not stays:
            return "must be compacted, because who does not change for a while must not vanish from it"
        case "state" if "compact" not in policy and not stays:
            return "must be compacted, because what is kept in it must not be forgotten"
        case "state" if "delete" in policy and not stays:
            return "must be compacted and nothing else, because what is kept in it must not be forgotten"
    return ""


def _limit(settings: Mapping[str, str]) -> int | None:
    limit = settings.get(LIMIT, "")
    return int(limit) if limit.isdigit() else None


def counted(partitions: int) -> str:
    """A number of partitions in words."""
    return f"{partitions} partition{'' if partitions == 1 else 's'}"
