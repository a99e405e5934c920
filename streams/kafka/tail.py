"""A topic of one partition read whole, and then on as it grows, by whoever is a member of no group."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from functools import partial
from threading import Lock
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from streams.kafka.compacted import READING_GROUP, unless_refused
from streams.kafka.threads import in_own_thread

RECORDS_MAX = 1000
POLL_SECONDS = 0.2
READY_KILOBYTES = 8192


class Tail:
    """Committed records in their order, from the first one on."""

    def __init__(self, consumer: Consumer, settings: dict[str, Any], topic: str) -> None:
        self._consumer, self._settings, self._topic, self._using = consumer, settings, topic, Lock()
        #: Whether the end of the topic was met: all that was there when reading began has been read.
        self.caught_up = False

    async def read(self) -> list[Message]:
        """The next records; none where none came for a while. Waits while the brokers are away.

        Raises:
            NotAllowed: they do not let us read.

        """
        found = []
        for message in await in_own_thread(self._consume, "tail"):
            error = message.error()
            unless_refused(error, self._settings, self._topic)
            if error is None:
                found.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the library's own code
                self.caught_up = True
        return found

    async def close(self) -> None:
        """Let go of the consumer, once a thread that was left behind has done so."""
        await asyncio.shield(in_own_thread(partial(self._alone, self._consumer.close), "tail"))

    def _consume(self) -> list[Message]:
        with self._using:
            found: list[Message] = self._consumer.consume(RECORDS_MAX, POLL_SECONDS)
            return found

    def _alone(self, step: Any) -> None:
        with self._using:
            step()


@contextlib.asynccontextmanager
async def tail(settings: dict[str, Any], topic: str) -> AsyncGenerator[Tail, None]:
    """Read a topic that is there from its beginning."""
    consumer = Consumer(
        {
            **settings,
            "group.id": READING_GROUP,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "queued.max.messages.kbytes": READY_KILOBYTES,
        }
    )
    reading = Tail(consumer, settings, topic)
    try:
        consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        yield reading
    finally:
        await reading.close()
