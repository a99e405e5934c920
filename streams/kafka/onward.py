"""Some partitions read from given offsets on, by whoever is a member of no group."""

from collections.abc import Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from streams.kafka.compacted import END_WAIT_MS, READING_GROUP, unless_refused
from streams.pipeline.offsets import Partition

RECORDS_MAX = 1000
READY_KILOBYTES = 8192
STAYING_WAIT_MS = 500


class Onward:
    """Committed records from these offsets on; used by one thread at a time.

    Where the log begins later, or ends earlier, it is read from its beginning. While the brokers are away nothing
    comes. Partitions that are added later are not read. Whoever `stays` has the brokers hold questions for what comes
    next longer, which costs them less, and tells the end half a second later.
    """

    def __init__(self, settings: dict[str, Any], places: Mapping[Partition, int], *, stays: bool = False) -> None:
        self._settings = settings
        #: Those partitions whose end was not met yet.
        self.ahead = set(places)
        self._consumer = Consumer(
            {
                **settings,
                "group.id": READING_GROUP,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "queued.max.messages.kbytes": READY_KILOBYTES,
                "fetch.wait.max.ms": STAYING_WAIT_MS if stays else END_WAIT_MS,
            }
        )
        #: The next offset of each partition.
        self.reached: dict[Partition, int] = dict(places)
        self._consumer.assign([TopicPartition(topic, number, offset) for (topic, number), offset in places.items()])

    @property
    def caught_up(self) -> bool:
        """Whether the end of each partition was met: all that was there when reading began has been read."""
        return not self.ahead

    def read(self, seconds: float) -> list[Message]:
        """The next records; waits for them for so long at most. Raises NotAllowed where they are refused."""
        found = []
        for message in self._consumer.consume(RECORDS_MAX, seconds):
            error, partition = message.error(), (message.topic() or "", message.partition() or 0)
            if error is None:
                self.reached[partition] = (message.offset() or 0) + 1
                found.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the library's own code
                self.ahead.discard(partition)
            else:
                unless_refused(error, self._settings, partition[0])
        return found

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()
