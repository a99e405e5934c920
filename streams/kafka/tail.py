"""A topic of one partition read whole, and then on as it grows, by whoever is a member of no group."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from functools import partial
from threading import Event, Lock
from typing import Any, TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.kafka.compacted import READING_GROUP, taken, unless_refused
from streams.kafka.retry import REQUEST_SECONDS, retry_for_a_while
from streams.kafka.threads import in_own_thread

T = TypeVar("T")

RECORDS_MAX = 1000
POLL_SECONDS = 0.2
READY_KILOBYTES = 8192


class Tail:
    """Committed records in their order, from the first one on."""

    def __init__(self, consumer: Consumer, settings: dict[str, Any], topic: str) -> None:
        self._consumer, self._settings, self._topic, self._using = consumer, settings, topic, Lock()
        self._closing = Event()
        #: Where the topic ended when reading began; None where the brokers did not say.
        self._end: int | None = None
        #: Whether the end of the topic was met: all that was there when reading began has been read.
        self.caught_up = False

    async def begin(self) -> None:
        """Begin with the first record, once it was asked for a while where the topic ends.

        The library tells of an end half a second after it was met; and of a topic whose leader it does not know yet,
        for it may have been made just now, it looks for one after another second.
        """
        place = TopicPartition(self._topic, 0)
        ask = partial(self._consumer.get_watermark_offsets, place, timeout=REQUEST_SECONDS)
        ask_again = partial(retry_for_a_while, ask, lambda: not self._closing.is_set())
        with contextlib.suppress(KafkaException):  # reading waits for the brokers, and hears why it waits
            low, self._end = await in_own_thread(partial(self._alone, ask_again), "tail")
            self.caught_up = low == self._end
        self._consumer.assign([TopicPartition(self._topic, 0, OFFSET_BEGINNING)])

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
                self.caught_up |= self._end is not None and message.offset() + 1 >= self._end
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the library's own code
                self.caught_up = True
        return found

    async def close(self) -> None:
        """Let go of the consumer, once a thread that was left behind has done so."""
        self._closing.set()
        await asyncio.shield(in_own_thread(partial(self._alone, self._consumer.close), "tail"))

    def _consume(self) -> list[Message]:
        with self._using:
            return taken(self._consumer, RECORDS_MAX, POLL_SECONDS)

    def _alone(self, step: Callable[[], T]) -> T:
        with self._using:
            return step()


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
        await reading.begin()
        yield reading
    finally:
        await reading.close()
