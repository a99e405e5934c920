"""The topics this service writes: their names, what each must be like, and what is wrong with one that is there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from schemas.config.kafka import KafkaSettings
from schemas.config.webhooks import Webhooks
from schemas.jobs import AnyJob

POLICY, LIMIT = "cleanup.policy", "max.message.bytes"
#: Small segments, because the one that is written to is never compacted, and all of it is read back at a start.
COMPACTED = {POLICY: "compact", "segment.bytes": str(64 * 1024 * 1024)}
#: Larger than any dead letter: an event of any size a broker took must fit in, written as base64 where need be.
MESSAGE_BYTES_MAX = 64_000_000
LARGE = {LIMIT: str(MESSAGE_BYTES_MAX)}
#: What topics with large records should take at least: a dead letter of any event that brokers take by default, which
#: may be six times as long as JSON. It is the most that Confluent Cloud allows.
ENOUGH_BYTES = 8_388_608
#: What any topic of ours must take: less, and not even records that were cut would fit in.
BYTES_MIN = 65_536
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
    def commands(self) -> str:
        """Which jobs are paused; compacted."""
        return f"{self.prefix}infobip_commands"

    @property
    def replays(self) -> str:
        """Which dead letters were published back; compacted."""
        return f"{self.prefix}infobip_replays"

    @property
    def summaries(self) -> str:
        """What jobs did, added up; compacted."""
        return f"{self.prefix}infobip_summaries"

    @property
    def contacts(self) -> str:
        """Contacts imported from Infobip; compacted."""
        return f"{self.prefix}infobip_contacts"

    @property
    def calls(self) -> str:
        """One record for each call of a webhook."""
        return f"{self.prefix}infobip_calls"

    @property
    def messages(self) -> str:
        """One record for each message handed to Infobip, or refused."""
        return f"{self.prefix}infobip_messages"

    @property
    def delivery_reports(self) -> str:
        """What became of messages, and that they were seen."""
        return f"{self.prefix}infobip_delivery_reports"

    @property
    def clicks(self) -> str:
        """Clicks on tracked links, and openings of emails."""
        return f"{self.prefix}infobip_clicks"

    @property
    def inbound_messages(self) -> str:
        """What people wrote."""
        return f"{self.prefix}infobip_inbound_messages"

    @property
    def consents(self) -> str:
        """Who wants no more messages, or wants them again."""
        return f"{self.prefix}infobip_consents"

    @property
    def message_outcomes(self) -> str:
        """What became of messages, when that is final or has been waited for."""
        return f"{self.prefix}infobip_message_outcomes"

    @property
    def campaign_events(self) -> str:
        """The same step by step, as campaign tools have it."""
        return f"{self.prefix}infobip_campaign_events"

    def of_job(self, what: str, job: str) -> str:
        """What one job keeps for itself."""
        return f"{self.prefix}infobip_{what}_{job}"


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic a job writes, and the settings that are asked for where it is made.

    `exactly` says why it must have exactly so many partitions, if it must; one that `grows` is given more as it needs
    them. `least` is the largest record that it must take. One that is `transactional` is written in transactions, under
    an id of its name; or `by_partition` under several ids, which begin with it.
    """

    name: str
    partitions: int
    config: Mapping[str, str]
    keeps: Keeps
    exactly: str = ""
    grows: bool = False
    least: int = BYTES_MIN
    transactional: bool = False
    by_partition: bool = False
    #: Whether the job writes it; another's that it reads is made all the same.
    is_written: bool = True

    @property
    def operations(self) -> str:
        """What must be allowed on it."""
        if not self.is_written:
            return "READ"
        return "READ and WRITE" if self.keeps == "state" else "WRITE"

    @property
    def settings(self) -> str:
        """How it is to be made, in words that Kafka's own tools take."""
        return ", ".join((counted(self.partitions), *(f"{name}={value}" for name, value in self.config.items())))


class OwnTopics:
    """The topics of ours that one job writes, as its file asks for them; `existing` are all there are.

    `webhooks` are the file's, None where nothing comes back from Infobip. `beside` are the topics that jobs of the file
    read.
    """

    def __init__(
        self,
        job: AnyJob,
        kafka: KafkaSettings,
        existing: Mapping[str, int],
        webhooks: Webhooks | None = None,
        beside: Collection[str] = (),
    ) -> None:
        self.names = TopicNames(kafka.topic_prefix)
        self._kafka, self._existing, self._webhooks = kafka, existing, webhooks
        read = [existing.get(topic, 0) for topic in job.inputs]
        #: As many as the input has.
        self._partitions, self._read = max([1, *read]), sum(read)
        self._beside = max([self._partitions, *(existing.get(topic, 0) for topic in beside)])

    def of_every_job(self) -> list[WantedTopic]:
        """What jobs of all kinds write, and what all of them heed."""
        return [
            self.records(self.names.flushes, {}, BYTES_MIN + RANGE_BYTES * self._read),
            self.dead_letters(),
            self.state(self.names.job_states, "only the first is read back"),
            self.commands(),
        ]

    def commands(self) -> WantedTopic:
        """What `pause` and `resume` say; jobs read it."""
        return replace(self.state(self.names.commands, "only the first is read"), is_written=False)

    def dead_letters(self) -> WantedTopic:
        """What could not be used."""
        return self.records(self.names.dead_letters, LARGE)

    def of_feedback(self) -> list[WantedTopic]:
        """What comes back from Infobip, with as many partitions as messages have, so that they can be joined."""
        if self._webhooks is None:
            return []
        names = self.names
        partitions = self._existing.get(names.messages, self._partitions)
        found = (names.delivery_reports, names.clicks, names.inbound_messages, names.consents)
        return self._told(found, partitions)

    def of_joins(self, state: str, relay: str) -> list[WantedTopic]:
        """Messages with what comes back of them, to be joined, and the two topics of the job that joins them.

        State and relay have the partitions that messages have when they are made, and keep them.
        """
        names, found = self.names, self._existing
        messages = found.get(names.messages, self._beside)
        over = found.get(state, found.get(relay, messages))
        why = "of so many the job's state is"
        inputs = (names.delivery_reports, names.clicks, names.inbound_messages)
        kept = WantedTopic(
            state, over, self._config(state, COMPACTED), "state", exactly=why, transactional=True, by_partition=True
        )
        passed = WantedTopic(relay, over, self._config(relay, {LIMIT: str(ENOUGH_BYTES)}), "records", exactly=why)
        read = [self.records(names.messages, LARGE), *self._told(inputs, messages)]
        return [
            *(replace(one, partitions=messages, is_written=False) for one in read),
            *(
                replace(self.records(name, {}), partitions=messages)
                for name in (names.message_outcomes, names.campaign_events)
            ),
            kept,
            passed,
        ]

    def of_history(self) -> list[WantedTopic]:
        """Messages, what comes back of them, and what became of them: to be read, and made where it is missing."""
        names = self.names
        messages = self._existing.get(names.messages, self._beside)
        found = [
            self.records(names.messages, LARGE),
            *self._told((names.delivery_reports, names.clicks, names.inbound_messages), messages),
            self.records(names.message_outcomes, {}),
        ]
        return [replace(one, partitions=messages, is_written=False) for one in found]

    def _told(self, names: Collection[str], partitions: int) -> list[WantedTopic]:
        return [replace(self.records(name, {LIMIT: str(ENOUGH_BYTES)}), partitions=partitions) for name in names]

    def records(self, name: str, config: Mapping[str, str], least: int = BYTES_MIN) -> WantedTopic:
        """A topic that must lose no record."""
        return WantedTopic(name, self._partitions, self._config(name, config), "records", least=least)

    def latest(self, name: str, config: Mapping[str, str]) -> WantedTopic:
        """A topic that must keep the last record of each key."""
        return WantedTopic(name, self._partitions, self._config(name, config), "latest")

    def state(self, name: str, why: str, *, transactional: bool = False) -> WantedTopic:
        """A topic of one partition that a job goes by; `why` it must have no more."""
        config = self._config(name, COMPACTED)
        return WantedTopic(name, 1, config, "state", exactly=why, transactional=transactional)

    def partitioned_state(self, name: str, *, grows: bool = False, least: int = BYTES_MIN) -> WantedTopic:
        """A topic that a job goes by, with the partitions of its input."""
        config = self._config(name, COMPACTED)
        return WantedTopic(name, self._partitions, config, "state", grows=grows, least=least)

    def _config(self, name: str, ours: Mapping[str, str]) -> dict[str, str]:
        theirs = self._kafka.topics.settings.get(name.removeprefix(self._kafka.topic_prefix), {})
        return {setting: value for setting, value in {**ours, **theirs}.items() if value is not None}


def missing_inputs(job: AnyJob, existing: Mapping[str, int]) -> list[str]:
    """The topics the job reads that do not exist; they are not ours to create."""
    return [topic for topic in job.inputs if topic not in existing]


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
