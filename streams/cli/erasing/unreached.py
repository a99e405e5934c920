"""What `erase` cannot take a person out of, and when it goes by itself."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from schemas.configuration import Configuration
from schemas.jobs.export_audience import ExportAudience
from schemas.jobs.store_history import StoreHistory
from schemas.jobs.track_messages import TrackMessages
from schemas.records.topics import SHARED, TOPICS
from streams.cli.erasing.topics import full
from streams.jobs.shelf import inputs_of
from streams.kafka.admin import TopicAdmin
from streams.kafka.refusals import in_words
from streams.kafka.topics import POLICY


def unreached(
    configuration: Configuration, now: datetime, left_to_jobs: Collection[str], *, in_infobip: bool
) -> Iterator[str]:
    """A line for each place: topics that are not compacted, disks, Infobip, and what others have. Asks the brokers."""
    yield from _topics(configuration, now)
    yield "what tombstones replace stays on the brokers' disks until they compact the topics (max.compaction.lag.ms)"
    for topic in sorted(left_to_jobs):
        yield f"topic {topic}: its job lets go once it runs again, and has taken the address from Infobip's list"
    for job in configuration.jobs:
        if isinstance(job, TrackMessages) or (isinstance(job, ExportAudience) and job.keep_members):
            yield f"the disks of job '{job.name}': the copy of its topic follows when it starts there again"
        elif isinstance(job, StoreHistory):
            yield f"job '{job.name}': what it has not stored yet comes to the history, as long as topics have it"
    if not in_infobip:
        yield "the person in Infobip, and contacts imported from there later: say --in-infobip, or delete them there"
    yield "Infobip's own logs and reports of messages, which it keeps as long as it says"
    yield "systems of others: who reads topics of ours, and who is called by webhooks"
    yield (
        "an event of the profile that comes again, is replayed, or is read by a new job makes the person anew: have "
        "whoever publishes it stop"
    )


def holding(configuration: Configuration) -> list[str]:
    """Every topic that may hold people and is no state of ours: those that jobs name, and ours that keep records."""
    prefix = configuration.kafka.topic_prefix
    shared = [full(topic.short, prefix, "") for topic in SHARED if topic.erased == "by age"]
    own = [topic for topic in TOPICS if topic.is_of_a_job and topic.erased == "by age"]
    of_jobs = [full(topic.short, prefix, job.name) for topic in own for job in configuration.jobs]
    return sorted({*inputs_of(configuration.jobs), *shared, *of_jobs})


def of_no_job(configuration: Configuration, existing: Collection[str]) -> list[str]:
    """Topics that may hold people and look like those of a job which the file does not name."""
    prefix = configuration.kafka.topic_prefix
    own = [topic.short for topic in TOPICS if topic.is_of_a_job and topic.erased != "nobody"]
    known = {full(short, prefix, job.name) for short in own for job in configuration.jobs}
    return sorted(
        name for name in set(existing) - known if name.startswith(tuple(full(one, prefix, "") for one in own))
    )


def _topics(configuration: Configuration, now: datetime) -> Iterator[str]:
    topics = TopicAdmin(configuration.kafka)
    with in_words(configuration.kafka, topics.client_settings):
        existing = topics.partitions()
        told: Iterable[tuple[str, Mapping[str, str] | None]] = topics.settings(
            [name for name in holding(configuration) if name in existing]
        ).items()
        for name, settings in told:
            yield f"topic {name}: {_goes(settings, now)}"
        for name in of_no_job(configuration, existing):
            yield f"topic {name}: the file names no such job; if there is none any more, delete the topic"


def _goes(settings: Mapping[str, str] | None, now: datetime) -> str:
    """When what is in a topic goes, by its settings; None where the brokers do not tell them."""
    if settings is None:
        return "the brokers do not tell how long it keeps what is in it"
    policy, kept = settings.get(POLICY, ""), settings.get("retention.ms", "")
    if "delete" in policy or "compact" not in policy:
        if not kept.isdigit():
            return "what is in it stays for ever (retention.ms=-1)"
        age = timedelta(milliseconds=int(kept))
        return f"what is in it goes by itself after {age} (retention.ms), about {_day(now, age)}"
    return "the last record of each key stays (cleanup.policy=compact): have whoever writes it write a tombstone"


def _day(now: datetime, age: timedelta) -> str:
    try:
        return f"{now + age:%Y-%m-%d}"
    except OverflowError:
        return "in thousands of years"
