"""What `erase` does: it removes a person from the history and from topics of ours, and says what it cannot reach."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas.configuration import Configuration
from schemas.jobs import AnyJob
from schemas.jobs.track_messages import TrackMessages
from streams.cli.subscriptions import see_that_none_lives
from streams.errors import ConfigurationError
from streams.history.columns import address
from streams.history.erasure import erase as erase_rows
from streams.jobs.shelf import topics_read, wanted_topics
from streams.jobs.track_messages.notes import ADDRESS, address_key
from streams.jobs.track_messages.replies import canonical
from streams.jobs.track_messages.state import decode
from streams.jobs.track_messages.topics import tracked
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_topic
from streams.kafka.producer import OutgoingRecord, Writer
from streams.kafka.refusals import in_words
from streams.kafka.topics import POLICY, TopicNames, WantedTopic
from streams.pipeline.join_entries import state_of

#: The topics of a job that hold what is known of single profiles, under their ids.
BY_PROFILE = ("memberships", "addresses", "once")


@dataclass(frozen=True, slots=True)
class Found:
    """What is there of a person: rows by table, records by topic, and jobs whose state those are."""

    rows: Mapping[str, int]
    records: Mapping[str, list[OutgoingRecord]]
    jobs: tuple[AnyJob, ...]


def look(configuration: Configuration, profile: str | None, to: str | None) -> Found:
    """What there is of a person; nothing is changed. Blocks for as long as reading the topics takes.

    Raises:
        ConfigurationError: it is not said who.
        StreamsError: the database, or the brokers, do not answer.

    """
    if (profile is None) == (to is None) or not (profile or to or "").strip():
        raise ConfigurationError(["say one of --profile ID and --address A"])
    history, kafka = configuration.history, configuration.kafka
    rows = {} if history is None else erase_rows(history, profile, to, only_count=True)
    topics = TopicAdmin(kafka)
    with in_words(kafka, topics.client_settings):
        existing = topics.partitions()
        found = {
            topic: (job, records)
            for job in configuration.jobs
            for topic in _topics(job, TopicNames(kafka.topic_prefix))
            if topic in existing and (records := _tombstones(topics, topic, existing[topic], profile, to))
        }
    return Found(
        rows, {topic: records for topic, (_, records) in found.items()}, tuple(job for job, _ in found.values())
    )


async def erase(configuration: Configuration, profile: str | None, to: str | None, found: Found, now: datetime) -> None:
    """Remove what was found, where no process would write it again. Raises StreamsError where one would."""
    see_that_none_lives(configuration, found.jobs, now, "write it again")
    if configuration.history is not None:
        erase_rows(configuration.history, profile, to)
    writer = Writer(TopicAdmin(configuration.kafka).client_settings)
    try:
        await writer.write([record for records in found.records.values() for record in records])
    finally:
        await writer.aclose()


def lines(found: Found) -> Iterator[str]:
    """A line for each place in which something is."""
    for table, rows in found.rows.items():
        if rows:
            yield f"history {table}: {rows:,} row{'' if rows == 1 else 's'}"
    for topic, records in found.records.items():
        yield f"topic {topic}: {len(records):,} record{'' if len(records) == 1 else 's'}"


def unreached(configuration: Configuration) -> Iterator[str]:
    """What cannot be taken out of topics that are not compacted, and when it goes by itself."""
    kafka, jobs = configuration.kafka, configuration.jobs
    topics, names = TopicAdmin(kafka), TopicNames(kafka.topic_prefix)
    with in_words(kafka, topics.client_settings):
        existing = topics.partitions()
        ours = [one for job in jobs for one in wanted_topics(job, kafka, existing, configuration.webhooks)]
        read = [topic for job in jobs for topic in topics_read(job, names)]
        told = sorted({*read, *(one.name for one in ours if _is_log(one))} & existing.keys())
        for name, settings in topics.settings(told).items():
            if settings is not None and "compact" not in settings.get(POLICY, ""):
                yield f"topic {name}: {_goes(settings)}"
    yield "people at Infobip, and contacts that are imported from there: delete them at Infobip"


def _is_log(wanted: WantedTopic) -> bool:
    return wanted.keeps == "records"


def _goes(settings: Mapping[str, str]) -> str:
    kept = settings.get("retention.ms", "")
    if not kept.isdigit():
        return "what is in it stays for ever (retention.ms=-1)"
    return f"what is in it goes by itself after {timedelta(milliseconds=int(kept))} (retention.ms)"


def _topics(job: AnyJob, names: TopicNames) -> Iterable[str]:
    """A job's topics that hold what is known of single people."""
    yield from (names.of_job(what, job.name) for what in BY_PROFILE)
    if isinstance(job, TrackMessages):
        yield tracked(names, job.name)


def _tombstones(
    topics: TopicAdmin, topic: str, partitions: int, profile: str | None, to: str | None
) -> list[OutgoingRecord]:
    """What lets go of a person's records: each in the partition that it is in."""
    person = _Person(profile, to)
    latest: dict[tuple[int, bytes], bool] = {}
    for message in read_topic(topics.client_settings, topic, range(partitions)):
        key, value = message.key(), message.value()
        if key is not None:
            place = (message.partition(), key)
            if value is not None and (person.has(key, value) or key.startswith(ADDRESS)):
                latest[place] = True
            else:
                latest.pop(place, None)
    return [OutgoingRecord(topic, key, None, place) for place, key in latest if person.wants(key)]


class _Person:
    """Whose records are let go: those of a profile, or of an address; with what is known of their addresses."""

    def __init__(self, profile: str | None, to: str | None) -> None:
        self._profile, self._to = profile, None if to is None else address(to)
        self._key = None if profile is None else profile.encode()
        self._addresses: set[bytes | None] = set() if to is None else {_address_key(to)}

    def has(self, key: bytes, value: bytes) -> bool:
        """Whether a record is theirs: by its key, or by what is remembered of a message."""
        if key == self._key:
            return True
        known = decode(state_of(value))
        origin: Any = None if known is None else known.origin
        if origin is None:
            return False
        if self._profile is None:
            return origin.to is not None and address(origin.to) == self._to
        if origin.profile_id == self._profile and origin.to is not None:
            self._addresses.add(_address_key(origin.to))
        return bool(origin.profile_id == self._profile)

    def wants(self, key: bytes) -> bool:
        """Whether what is known of an address is theirs; other keys are."""
        return not key.startswith(ADDRESS) or key in self._addresses


def _address_key(to: str) -> bytes | None:
    known = canonical(address(to))
    return None if known is None else address_key(known)
