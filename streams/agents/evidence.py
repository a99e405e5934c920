"""What is left of what was read: the flush records that tell of it, and the records themselves, if they are there."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from operator import itemgetter

from confluent_kafka import Message
from pydantic import ValidationError

from schemas.records.outcomes import Flush
from streams.agents.start_position import Known, ToldOffsets
from streams.kafka.group_probe import GroupProbe
from streams.pipeline.offsets import Partition

#: What a flush record tells of a partition: its first offset, the one behind its last, and when its window was opened.
_Span = tuple[int, int, datetime]


def told_of(
    job: str, ids: Mapping[Partition, str], messages: Iterable[Message], kept: Mapping[Partition, int]
) -> dict[Partition, ToldOffsets]:
    """How far a job's flush records tell of partitions, in their topics as they are now; `ids` are these topics'.

    Windows tell of themselves in any order, and an event that others go past may be far from done. So where it was
    `kept` how far a partition was done, that counts which follows it without a gap; else the furthest that is told of.
    """
    spans: dict[Partition, list[_Span]] = {}
    for key, span in _spans(job, ids, messages):
        if key not in kept:
            spans[key] = [max([span, *spans.get(key, [])], key=itemgetter(1))]
        elif span[1] > kept[key]:
            spans.setdefault(key, []).append(span)
    told: dict[Partition, ToldOffsets] = {}
    for key, found in spans.items():
        reached = kept.get(key, found[0][0])
        for first, behind, opened_at in sorted(found):
            if first > reached:
                break
            if behind > reached:
                told[key], reached = ToldOffsets(behind, opened_at), behind
    return told


def _spans(job: str, ids: Mapping[Partition, str], messages: Iterable[Message]) -> Iterator[tuple[Partition, _Span]]:
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
            key = (one.topic, one.partition)
            if key in ids and one.topic_id in ("", ids[key]):
                yield key, (one.first_offset, one.last_offset + 1, opened_at)


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
