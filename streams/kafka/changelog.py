"""A partition of a topic of ours read from an offset on to its end as it is now: what a local copy has not taken in."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from streams.kafka.compacted import END_WAIT_MS, READING_GROUP, unless_refused
from streams.kafka.retry import REQUEST_SECONDS, always, retry_for_a_while

READ_RECORDS, READ_SECONDS = 5000, 0.1
#: What is fetched ahead: all partitions of a process are read back at once.
READY_KILOBYTES = 8192


class Changelog:
    """One partition; nothing of an open transaction may be in it, so its name is taken over before it is read.

    Raises KafkaException where the brokers do not say how far it goes, NotAllowed where they do not let us read.
    """

    def __init__(self, settings: dict[str, Any], topic: str, partition: int) -> None:
        self._settings, self._place = settings, TopicPartition(topic, partition)
        self._consumer = Consumer(
            {
                **settings,
                "group.id": READING_GROUP,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": END_WAIT_MS,
                "queued.max.messages.kbytes": READY_KILOBYTES,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
            }
        )
        self.low, self.end = retry_for_a_while(
            partial(self._consumer.get_watermark_offsets, self._place, timeout=REQUEST_SECONDS)
        )

    def batches(self, offset: int, wanted: Callable[[], bool] = always) -> Iterator[list[Message]]:
        """The committed records from an offset on, to what was the end; fewer once nobody wants them any more."""
        place = TopicPartition(self._place.topic, self._place.partition, max(offset, self.low))
        done = place.offset >= self.end
        if not done:
            self._consumer.assign([place])
        while not done and wanted():
            told = self._consumer.consume(READ_RECORDS, READ_SECONDS)
            for message in told:
                unless_refused(message.error(), self._settings, place.topic)
            records = [message for message in told if message.error() is None and (message.offset() or 0) < self.end]
            # Behind the last record may be a marker only; the end of what is committed is told as an error.
            done = any(_is_end(message.error()) for message in told) or any(
                (message.offset() or 0) + 1 >= self.end for message in told if message.error() is None
            )
            if records:
                yield records

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()


def _is_end(error: KafkaError | None) -> bool:
    return error is not None and error.code() == KafkaError._PARTITION_EOF  # noqa: SLF001 - the library's own code
