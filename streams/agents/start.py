"""Where a job begins: its starting positions, committed before its first event is read."""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from schemas.jobs import ExportAudience
from schemas.states import Backfill
from streams.agents.kafka import patiently

log = logging.getLogger(__name__)

REQUEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Place:
    """One partition: its first offset, its end, and what the job has committed there (None: nothing)."""

    topic: str
    partition: int
    low: int
    high: int
    committed: int | None


def places(job: ExportAudience, settings: dict[str, Any], partitions: dict[str, int]) -> list[Place]:
    """Where the job stands on every partition of its input."""
    consumer = Consumer({**settings, "group.id": job.group_id, "enable.auto.commit": False})
    try:
        wanted = [TopicPartition(topic, number) for topic in job.topics for number in range(partitions.get(topic, 0))]
        found = []
        for known in patiently(lambda: consumer.committed(wanted, timeout=REQUEST_SECONDS)):
            place = TopicPartition(known.topic, known.partition)
            low, high = patiently(partial(consumer.get_watermark_offsets, place, timeout=REQUEST_SECONDS))
            committed = known.offset if known.offset >= 0 else None
            found.append(Place(known.topic, known.partition, low, high, committed))
        return found
    finally:
        consumer.close()


def first_positions(job: ExportAudience, standing: list[Place], now: datetime) -> list[Backfill]:
    """The starting positions of topics on which the job has none yet.

    A topic with some positions has been started before: a partition without one is new, and is read from its
    beginning whatever `existing_members` says, because all of its events came after the start.
    """
    started = {place.topic for place in standing if place.committed is not None}
    return [
        Backfill(
            job=job.name,
            topic=place.topic,
            partition=place.partition,
            start_offset=place.low if job.existing_members else place.high,
            end_offset=place.high,
            started_at=now,
        )
        for place in standing
        if place.topic not in started
    ]


def commit_first_positions(job: ExportAudience, settings: dict[str, Any], starts: list[Backfill]) -> None:
    """Commit starting positions, unless another process of the job already reads: then it has done so."""
    consumer = Consumer({**settings, "group.id": job.group_id, "enable.auto.commit": False})
    offsets = [TopicPartition(start.topic, start.partition, start.start_offset) for start in starts]
    try:
        patiently(lambda: consumer.commit(offsets=offsets, asynchronous=False))
    except KafkaException as error:
        if error.args[0].code() not in (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS):
            raise
        log.info("start_already_committed job=%s", job.name)
    else:
        log.info(
            "start_committed job=%s partitions=%d existing_members=%s", job.name, len(starts), job.existing_members
        )
    finally:
        consumer.close()


def warn_of_expired(job: ExportAudience, standing: list[Place]) -> None:
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
