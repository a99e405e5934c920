"""Dead letters a page at a time, the newest first: as little is read as is shown, however many there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from confluent_kafka import Consumer, TopicPartition

from streams.kafka.compacted import READING_GROUP
from streams.kafka.onward import Onward
from streams.kafka.retry import REQUEST_SECONDS, always, retry_for_a_while
from streams.operating.letters import Letters, Line, Wanted, line_of
from streams.summaries.records import readable

#: Looked through for one page at most, where most of what is there is not wanted; then a page may have fewer.
LOOKED_AT_MAX = 2_000
#: Of each partition at once.
STRIDE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Some letters, newest first; `before` is where the next page goes on, None behind the last.

    `before` has an offset for each partition: all letters at it and above were shown, or not wanted.
    """

    lines: list[Line] = field(default_factory=list)
    before: Mapping[int, int] | None = None
    looked_at: int = 0


def page(
    letters: Letters,
    wanted: Wanted,
    limit: int,
    *,
    before: Mapping[int, int] | None = None,
    between: tuple[int | None, int | None] = (None, None),
) -> Page:
    """The newest letters that are wanted; `between` are Unix milliseconds, the second not included. Blocks.

    Raises KafkaException, NotAllowed.
    """
    topic = letters.names.dead_letters
    partitions = letters.topics.see([topic]).get(topic, 0)
    bounds = _bounds(letters, topic, partitions, between)
    tops = {number: min(high, (before or {}).get(number, high)) for number, (_, high) in bounds.items()}
    found: list[Line] = []
    looked_at = 0
    while len(found) < limit and looked_at < LOOKED_AT_MAX:
        stretches = {number: (max(bounds[number][0], top - STRIDE), top) for number, top in tops.items()}
        stretches = {number: (low, top) for number, (low, top) in stretches.items() if low < top}
        if not stretches:
            break
        lines = list(_lines(letters, topic, stretches))
        looked_at += sum(top - low for low, top in stretches.values())
        found += [line for line in lines if wanted(line)]
        tops |= {number: low for number, (low, _) in stretches.items()}
    found.sort(key=lambda line: (line.failed_at, line.offset), reverse=True)
    for line in found[limit:]:  # they are for the next page
        tops[line.partition] = max(tops[line.partition], line.offset + 1)
    has_more = any(top > bounds[number][0] for number, top in tops.items())
    return Page(found[:limit], tops if has_more else None, looked_at)


def _bounds(
    letters: Letters, topic: str, partitions: int, between: tuple[int | None, int | None]
) -> dict[int, tuple[int, int]]:
    """The first offset of each partition that may be wanted, and the one behind the last."""
    consumer = Consumer({**letters.settings, "group.id": READING_GROUP, "enable.auto.commit": False})
    try:
        found = {}
        for number in range(partitions):
            place = TopicPartition(topic, number)
            found[number] = retry_for_a_while(
                lambda place=place: consumer.get_watermark_offsets(place, timeout=REQUEST_SECONDS),  # type: ignore[misc]
                always,
            )
        for end, at in enumerate(between):
            if at is None or not found:
                continue
            asked = [TopicPartition(topic, number, at) for number in found]
            for one in consumer.offsets_for_times(asked, timeout=REQUEST_SECONDS):
                low, high = found[one.partition]
                offset = one.offset if one.offset >= 0 else high
                found[one.partition] = (offset, high) if end == 0 else (low, max(low, offset))
        return found
    finally:
        consumer.close()


def _lines(letters: Letters, topic: str, stretches: Mapping[int, tuple[int, int]]) -> Iterator[Line]:
    """The letters at these offsets, the upper ends not included."""
    onward = Onward(letters.settings, {(topic, number): low for number, (low, _) in stretches.items()})
    try:
        left = set(stretches)
        while left:
            messages = onward.read(0.1)
            wanted = [one for one in messages if (one.offset() or 0) < stretches[one.partition() or 0][1]]
            yield from (line for _, line in readable(topic, wanted, line_of))
            # Behind the last record there may be a marker only; then the end is told.
            left = {
                number
                for number in left
                if (topic, number) in onward.ahead and onward.reached[topic, number] < stretches[number][1]
            }
    finally:
        onward.close()
