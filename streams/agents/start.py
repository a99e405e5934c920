"""Where a job begins: its starting positions, committed before its first event is read."""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from pydantic import ValidationError

from schemas.jobs import AudienceJob
from schemas.states import Backfill
from streams.agents.kafka import REQUEST_SECONDS
from streams.agents.reading import read_topic
from streams.agents.write import Outgoing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """One partition: its first offset, its end, and what the job has committed there (None: nothing)."""

    topic: str
    partition: int
    low: int
    high: int
    committed: int | None

    @property
    def lag(self) -> int:
        """Events there are and not yet committed."""
        return self.high - max(self.committed or self.low, self.low)


def places(job: AudienceJob, settings: dict[str, Any], partitions: dict[str, int]) -> list[Place]:
    """Where the job stands on every partition of its input."""
    consumer = Consumer({**settings, "group.id": job.group_id, "enable.auto.commit": False})
    try:
        wanted = [TopicPartition(topic, number) for topic in job.topics for number in range(partitions.get(topic, 0))]
        found = []
        for known in consumer.committed(wanted, timeout=REQUEST_SECONDS):
            place = TopicPartition(known.topic, known.partition)
            low, high = consumer.get_watermark_offsets(place, timeout=REQUEST_SECONDS)
            committed = known.offset if known.offset >= 0 else None
            found.append(Place(known.topic, known.partition, low, high, committed))
        return found
    finally:
        consumer.close()


def first_positions(
    job: AudienceJob, standing: list[Place], now: datetime, awaited: Collection[str] = ()
) -> list[Backfill]:
    """The starting positions of topics on which the job has none yet; `awaited` are those that came after its start.

    A topic with some positions has been started before: a partition without one is new, and is read from its
    beginning whatever `existing_members` says, because all of its events came after the start. So is a topic that was
    awaited.
    """
    started = {place.topic for place in standing if place.committed is not None}
    return [
        Backfill(
            job=job.name,
            topic=place.topic,
            partition=place.partition,
            start_offset=place.low if job.existing_members or place.topic in awaited else place.high,
            end_offset=place.high,
            started_at=now,
        )
        for place in standing
        if place.topic not in started
    ]


def key_of(start: Backfill) -> bytes:
    """What a starting position is stored under."""
    return f"{start.job}/start/{start.topic}-{start.partition}".encode()


def start_records(topic: str, starts: Iterable[Backfill]) -> list[Outgoing]:
    """Starting positions as records."""
    return [Outgoing(topic, key_of(start), start.model_dump_json().encode()) for start in starts]


def first_told(settings: dict[str, Any], topic: str, keys: Collection[bytes]) -> dict[bytes, Backfill]:
    """The first starting position stored under each of these keys.

    Processes that start together each store what they found, and all go by what was stored first: so none of them
    begins behind an event that came between their readings of the end.
    """
    told: dict[bytes, Backfill] = {}
    for message in read_topic(settings, topic, [0]):
        key, value = message.key(), message.value()
        if key in keys and value is not None:
            try:
                told.setdefault(key, Backfill.model_validate_json(value))
            except ValidationError:
                log.warning("start_unreadable topic=%s offset=%d", topic, message.offset())
    return told


def agreed(starts: Iterable[Backfill], told: Mapping[bytes, Backfill]) -> list[Backfill]:
    """The positions to begin at: those told first, unless they are of a topic that was deleted and created again."""
    firsts = ((told.get(key_of(start)), start) for start in starts)
    return [first if first is not None and first.end_offset <= start.end_offset else start for first, start in firsts]


def commit_first_positions(job: AudienceJob, settings: dict[str, Any], starts: Collection[Backfill]) -> None:
    """Commit starting positions, unless another process of the job has done so or already reads."""
    consumer = Consumer({**settings, "group.id": job.group_id, "enable.auto.commit": False})
    offsets = [TopicPartition(start.topic, start.partition, start.start_offset) for start in starts]
    try:
        known = consumer.committed([TopicPartition(one.topic, one.partition) for one in offsets], REQUEST_SECONDS)
        standing = {(place.topic, place.partition) for place in known if place.offset >= 0}
        fresh = [one for one in offsets if (one.topic, one.partition) not in standing]
        if fresh:
            consumer.commit(offsets=fresh, asynchronous=False)
    except KafkaException as error:
        if error.args[0].code() not in (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS):
            raise
        log.info("start_already_committed job=%s", job.name)
    else:
        log.info("start_committed job=%s partitions=%d existing_members=%s", job.name, len(fresh), job.existing_members)
    finally:
        consumer.close()


def warn_of_expired(job: AudienceJob, standing: list[Place]) -> None:
    """Say how many events the broker deleted before the job read them."""
    for place in standing:
        if place.committed is not None and place.committed < place.low:
            log.warning(
                "events_expired job=%s topic=%s partition=%d events=%d: deleted by the topic's retention, unread",
                job.name,
                place.topic,
                place.partition,
                place.low - place.committed,
            )
