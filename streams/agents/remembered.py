"""Where a job began, and how far it has come: what is agreed before its first event is read, and what is kept of it."""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from confluent_kafka import Message
from pydantic import ValidationError

from schemas.jobs import AudienceJob
from schemas.records.states import Position, StartPosition
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of a job's partitions: where it began on each, and how far it has come."""

    starts: dict[Partition, StartPosition] = field(default_factory=dict)
    positions: dict[Partition, Position] = field(default_factory=dict)

    @property
    def topics(self) -> set[str]:
        """The topics that were begun."""
        return {topic for topic, _ in (*self.starts, *self.positions)}


def first_positions(
    job: AudienceJob,
    standing: Iterable[PartitionPosition],
    known: Collection[str],
    ids: Mapping[str, str],
    now: datetime,
    awaited: Collection[str] = (),
) -> list[StartPosition]:
    """The starting positions of topics that are not `known`; `awaited` are those that came after the job's start.

    On a topic that was begun before, a partition without a position is new, and is read from its beginning whatever
    `existing_members` says, because all of its events came after the start. So is a topic that was awaited.
    """
    return [
        StartPosition(
            job=job.name,
            topic=place.topic,
            partition=place.partition,
            # What is in the log is the past, whether or not its transaction has come to its end.
            start_offset=place.low if job.existing_members or place.topic in awaited else place.log_end,
            end_offset=place.log_end,
            started_at=now,
            topic_id=ids.get(place.topic, ""),
        )
        for place in standing
        if place.topic not in known
    ]


def key_of(start: StartPosition) -> bytes:
    """What a starting position is stored under."""
    return f"{start.job}/start/{start.topic}-{start.partition}".encode()


def start_records(topic: str, starts: Iterable[StartPosition]) -> list[OutgoingRecord]:
    """Starting positions as records."""
    return [OutgoingRecord(topic, key_of(start), start.model_dump_json().encode()) for start in starts]


def position_records(topic: str, positions: Iterable[Position]) -> list[OutgoingRecord]:
    """Positions as records."""
    return [
        OutgoingRecord(
            topic, f"{one.job}/position/{one.topic}-{one.partition}".encode(), one.model_dump_json().encode()
        )
        for one in positions
    ]


def remembered(job: str, messages: Iterable[Message]) -> Remembered:
    """What the records of `infobip_job_states` say of a job's partitions.

    Of starting positions the first counts. Processes that start together each store what they found, and all go by
    what was stored first: so none of them begins behind an event that came between their readings of the end. A topic
    that is made anew begins anew: there the first of its own counts. Of positions the last one counts.
    """
    found, starts, positions = Remembered(), f"{job}/start/".encode(), f"{job}/position/".encode()
    for message in messages:
        key, value = message.key() or b"", message.value()
        if value is None or not key.startswith((starts, positions)):
            continue
        try:
            if key.startswith(starts):
                _add_start(found.starts, StartPosition.model_validate_json(value))
            else:
                position = Position.model_validate_json(value)
                found.positions[position.topic, position.partition] = position
        except ValidationError:
            log.warning("start_unreadable topic=%s offset=%d", message.topic(), message.offset())
    return found


def _add_start(starts: dict[Partition, StartPosition], start: StartPosition) -> None:
    first = starts.setdefault((start.topic, start.partition), start)
    if start.topic_id not in ("", first.topic_id):
        starts[start.topic, start.partition] = start
