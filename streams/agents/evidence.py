"""What is left of what was read: the flush records that tell of it, and the records themselves, if they are there."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from confluent_kafka import Message
from pydantic import ValidationError

from schemas.records.outcomes import Flush
from streams.agents.start_position import Known, ToldOffsets
from streams.kafka.group_probe import GroupProbe
from streams.pipeline.offsets import Partition


def told_of(job: str, ids: Mapping[Partition, str], messages: Iterable[Message]) -> dict[Partition, ToldOffsets]:
    """How far a job's flush records tell of partitions, in their topics as they are now; `ids` are these topics'."""
    told: dict[Partition, ToldOffsets] = {}
    for message in messages:
        value = message.value()
        if message.key() != job.encode() or value is None:
            continue
        try:
            flush = Flush.model_validate_json(value)
        except ValidationError:
            continue  # `status` counts those that cannot be read
        opened_at = flush.flushed_at - timedelta(seconds=flush.seconds)
        for one in flush.partitions:
            key, further = (one.topic, one.partition), one.last_offset + 1
            if key not in ids or one.topic_id not in ("", ids[key]):
                continue
            if key not in told or told[key].offset <= further:
                told[key] = ToldOffsets(further, opened_at)
    return told


def replaced_of(look: GroupProbe, known: Mapping[Partition, Known]) -> set[Partition]:
    """Partitions whose logs hold another record now where one was read, by its timestamp. Raises KafkaException."""
    evidence: dict[Partition, tuple[int, int]] = {}
    for key, one in known.items():
        place, kept = one.place, one.position
        if kept is None or kept.seen_offset is None or kept.seen_timestamp is None or one.is_made_anew:
            continue
        if place.low <= kept.seen_offset < min(place.committed or 0, place.log_end):
            evidence[key] = kept.seen_offset, kept.seen_timestamp
    there = look.timestamps({key: offset for key, (offset, _) in evidence.items()})
    return {key for key, (_, timestamp) in evidence.items() if there.get(key, timestamp) != timestamp}
