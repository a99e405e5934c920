"""What a principal must be allowed to do for the jobs of a file: one table, printed, documented and checked."""

from collections.abc import Iterable
from dataclasses import replace

from schemas.config.kafka import KafkaSettings
from schemas.config.webhooks import Webhooks
from schemas.configuration import Configuration
from schemas.jobs import AnyJob, authorization_of
from streams.jobs.shelf import kind_of, topics_read, wanted_topics
from streams.kafka.compacted import READING_GROUP
from streams.kafka.permissions import Need
from streams.kafka.topics import OwnTopics, TopicNames
from streams.summaries.keeping import group_of

WHOLE = "what belongs together is one transaction"


def needs_of(job: AnyJob, kafka: KafkaSettings, webhooks: Webhooks | None = None, account: str = "") -> list[Need]:
    """All that a job needs, and the commands that look after it; `account` is the address of its account."""
    names = TopicNames(kafka.topic_prefix)
    found = [
        Need("group", job.group_id, "READ", "the job's consumer group"),
        Need("group", READING_GROUP, "READ", "reads topics of ours back; nobody is a member"),
        *(Need("topic", topic, "READ", "the job's input") for topic in topics_read(job, names)),
    ]
    for led in kind_of(job).led(job, names, webhooks, account):
        found.append(Need("group", led.group, "READ", "one process of it leads: it asks, or makes the calls, for all"))
        found += [Need("topic", topic, "READ", "tells which reports did not come") for topic in led.reads]
    wanted = wanted_topics(job, kafka, {}, webhooks)
    for one in wanted:
        if one.transactional:
            why = "state and what follows are one transaction" if one.by_partition else WHOLE
            found.append(Need("transactional id", one.name, "WRITE", why, begins=one.by_partition))
        if one.is_written:
            found.append(Need("topic", one.name, "WRITE", "written by the job"))
        if one.keeps == "state":
            found.append(
                Need("topic", one.name, "READ", "read back by the job" if one.is_written else "heeded by the job")
            )
    found.append(Need("topic", names.flushes, "READ", "`status`, and jobs that lost their offsets", "commands"))
    found.append(Need("topic", names.commands, "WRITE", "`pause` and `resume`", "pause"))
    found.append(Need("topic", names.dead_letters, "READ", "`dead-letters`", "commands"))
    found += [Need("topic", one.name, "READ", "who is in it", "erase") for one in wanted if one.keeps == "latest"]
    found += _summaries(names)
    found += _made_later(job, kafka)
    if kafka.topics.create:
        found.append(Need("topic", names.summaries, "CREATE", "while the topic is missing", "missing"))
        found += [Need("topic", one.name, "CREATE", "while the topic is missing", "missing") for one in wanted]
        found += [
            Need("topic", one.name, "ALTER", "when the input is given more partitions", "grown")
            for one in wanted
            if one.grows
        ]
    found += [
        Need("topic", one.name, "DESCRIBE_CONFIGS", "to look at its policy and limit", "looked at") for one in wanted
    ]
    return found + _replay(job, names)


def _made_later(job: AnyJob, kafka: KafkaSettings) -> list[Need]:
    """What it takes to have something repaired; no job needs it to go on with its events."""
    found = []
    for one in kind_of(job).on_demand(job, OwnTopics(job, kafka, {})):
        found.append(Need("topic", one.name, "READ", "the job carries out what is ordered in it", "repair"))
        found.append(Need("topic", one.name, "WRITE", "`repair` orders", "repair"))
        if kafka.topics.create:
            found.append(Need("topic", one.name, "CREATE", "while the topic is missing", "repair"))
            found.append(Need("topic", one.name, "ALTER", "when the input is given more partitions", "repair"))
    return found


def _summaries(names: TopicNames) -> list[Need]:
    """What adding up takes: any process may be the one that does it, and no job needs it."""
    why = "what jobs did, added up for `status` and the console"
    return [
        *(Need("topic", names.summaries, operation, why, "commands") for operation in ("READ", "WRITE")),
        Need("group", group_of(names), "READ", "the process that adds up what jobs did", "commands"),
        Need("transactional id", names.summaries, "WRITE", "sums and offsets are one transaction", "commands"),
        Need("topic", names.summaries, "DESCRIBE_CONFIGS", "to look at its policy and limit", "looked at"),
    ]


def _replay(job: AnyJob, names: TopicNames) -> list[Need]:
    """What publishing dead letters back takes; people read from Infobip are not published."""
    topics = topics_read(job, names)
    if not topics:
        return []
    marks = [Need("topic", names.replays, operation, "what was replayed", "replay") for operation in ("READ", "WRITE")]
    # The first replay makes it, whatever jobs may make.
    marks.append(Need("topic", names.replays, "CREATE", "while the topic is missing", "replay"))
    return [*(Need("topic", topic, "WRITE", "events are published back", "replay") for topic in topics), *marks]


def needs(configuration: Configuration) -> list[Need]:
    """What the jobs of a file need together, each once."""
    return merged(need for job in configuration.jobs for need in needs_in(configuration, job))


def needs_in(configuration: Configuration, job: AnyJob) -> list[Need]:
    """All that a job of a file needs."""
    name = authorization_of(job)
    account = next((one.base_url for one in configuration.authorizations if one.name == name), "")
    return needs_of(job, configuration.kafka, configuration.webhooks, account)


def merged(found: Iterable[Need]) -> list[Need]:
    """Each permission once: for every run if it is one's need, and for the reasons of all."""
    kept: dict[tuple[str, str, str], Need] = {}
    for need in found:
        key = (need.resource, need.name, need.operation)
        first = kept.setdefault(key, need)
        if first.why != need.why and need.why not in first.why:
            first = replace(first, why=f"{first.why}; {need.why}")
        kept[key] = replace(first, when="run") if need.when == "run" else first
    return sorted(kept.values(), key=lambda need: (need.resource, need.name, need.operation))
