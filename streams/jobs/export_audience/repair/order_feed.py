"""What a repair has ordered, as the processes of its job read it: by themselves, and not as members of the group."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from schemas.records.repairs import RepairOrder, RepairProgress
from streams.jobs.export_audience.repair.orders import Head, Mark, is_of, read_head, read_order, read_progress
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import READ_RECORDS, READING_GROUP, read_at, read_topic, taken, unless_refused
from streams.kafka.retry import REQUEST_SECONDS, retry_for_a_while
from streams.pipeline.offsets import Partition

StillWanted = Callable[[], bool]
POLL_SECONDS = 0.2
#: What is fetched ahead; the people of an order are read again when it is their turn.
AHEAD_KILOBYTES = 4096


class OrderFeed:
    """The door to one job's orders. Everything blocks, and raises KafkaException where the brokers do not answer."""

    def __init__(self, settings: dict[str, Any], topics: TopicAdmin, topic: str, states: str, job: str) -> None:
        self._settings, self._topics = settings, topics
        self.topic, self._states, self._job = topic, states, job

    def standing(self) -> tuple[int, str]:
        """How many partitions there are, none before the first repair, and what the brokers call the topic."""
        count = self._topics.counts([self.topic]).get(self.topic, 0)
        return count, self._topics.ids([self.topic]).get(self.topic, "") if count else ""

    def progress(self, still_wanted: StillWanted) -> dict[Partition, RepairProgress]:
        """How far the orders of each partition were carried out."""
        found: dict[Partition, RepairProgress] = {}
        for message in read_topic(self._settings, self._states, [0], still_wanted):
            if (said := read_progress(self._job, message.key(), message.value())) is not None:
                found[said.topic, said.partition] = said
        return found

    def follow(self, starts: Mapping[int, int], still_wanted: StillWanted) -> Iterator[tuple[list[Head | Mark], bool]]:
        """What stands in these partitions from these offsets on, and whether the end of all of them was met."""
        consumer = Consumer(
            {
                **self._settings,
                "group.id": READING_GROUP,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "queued.max.messages.kbytes": AHEAD_KILOBYTES,
            }
        )
        try:
            consumer.assign([TopicPartition(self.topic, number, offset) for number, offset in starts.items()])
            ahead = set(starts)
            while still_wanted():
                read: list[Head | Mark] = []
                for message in taken(consumer, READ_RECORDS, POLL_SECONDS):
                    error, number = message.error(), message.partition() or 0
                    unless_refused(error, self._settings, self.topic)
                    if error is None:
                        one = read_head(number, message.offset() or 0, message.key(), message.headers())
                        read += [] if one is None else [one]
                    elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the library's own code
                        ahead.discard(number)
                yield read, not ahead
        finally:
            consumer.close()

    def orders(self, heads: list[Head]) -> list[RepairOrder | None]:
        """What is ordered; None where that cannot be read, is deleted by now, or stands in another topic."""
        wanted = {(head.place[1], head.offset) for head in heads}
        found = {
            (message.partition(), message.offset()): read_order(message.value())
            for message in read_at(self._settings, self.topic, wanted)
        }
        orders = [found.get((head.place[1], head.offset)) for head in heads]
        return [order if is_of(head, order) else None for head, order in zip(heads, orders, strict=True)]

    def ends(self, places: Collection[Partition]) -> dict[Partition, tuple[int, int]]:
        """The first offset of partitions of the input, and their ends, as far as transactions are committed."""
        ours = {"group.id": READING_GROUP, "enable.auto.commit": False, "isolation.level": "read_committed"}
        consumer, found = Consumer({**self._settings, **ours}), {}
        try:
            for place in places:
                ask = partial(consumer.get_watermark_offsets, TopicPartition(*place), timeout=REQUEST_SECONDS)
                low, high = retry_for_a_while(ask)
                found[place] = (int(low), int(high))
        finally:
            consumer.close()
        return found
