"""Topics read from a moment on, record after record, by whoever is a member of no group."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from confluent_kafka import Consumer, Message, TopicPartition

from streams.kafka.compacted import READING_GROUP, unless_refused
from streams.kafka.retry import REQUEST_SECONDS, retry_until_available
from streams.kafka.threads import in_own_thread

T = TypeVar("T")

RECORDS_MAX = 1000
POLL_SECONDS = 0.2
#: What librdkafka may hold ready, in kilobytes: records are small, and whoever reads is faster.
READY_KILOBYTES = 8192


@contextlib.asynccontextmanager
async def feed(
    settings: dict[str, Any], topics: Collection[str], since: datetime
) -> AsyncGenerator[AsyncGenerator[list[Message], None], None]:
    """Batches of the records of these topics from a moment on; they come for as long as they are asked for.

    Partitions that are added later are not read. While the brokers are away it waits.

    Raises:
        NotAllowed: they do not let us read.

    """
    consumer = Consumer(
        {
            **settings,
            "group.id": READING_GROUP,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "queued.max.messages.kbytes": READY_KILOBYTES,
        }
    )
    using = Lock()
    try:
        places = await retry_until_available(partial(_places, consumer, topics, since))
        await in_own_thread(partial(consumer.assign, places), "feed")
        yield _batches(consumer, settings, using)
    finally:
        # A thread that was left behind may still wait for records: its consumer must not be closed beside it.
        await asyncio.shield(in_own_thread(partial(_alone, using, consumer.close), "feed"))


async def _batches(consumer: Consumer, settings: dict[str, Any], using: Lock) -> AsyncGenerator[list[Message], None]:
    consume = partial(_alone, using, partial(consumer.consume, RECORDS_MAX, POLL_SECONDS))
    while True:
        messages = await in_own_thread(consume, "feed")
        for message in messages:
            unless_refused(message.error(), settings, message.topic() or "")
        yield [message for message in messages if message.error() is None]


def _alone(using: Lock, step: Callable[[], T]) -> T:
    with using:
        return step()


def _places(consumer: Consumer, topics: Collection[str], since: datetime) -> list[TopicPartition]:
    """Where the first record of each partition stands that is not older."""
    at = int(since.timestamp() * 1000)
    wanted = [
        TopicPartition(topic, number, at)
        for topic in topics
        for number in consumer.list_topics(topic, timeout=REQUEST_SECONDS).topics[topic].partitions
    ]
    found = consumer.offsets_for_times(wanted, timeout=REQUEST_SECONDS) if wanted else []
    return [
        TopicPartition(place.topic, place.partition, place.offset if place.offset >= 0 else _end(consumer, place))
        for place in found
    ]


def _end(consumer: Consumer, place: TopicPartition) -> int:
    """Where the next record of a partition will stand: one that comes from now on is read."""
    _, high = consumer.get_watermark_offsets(place, timeout=REQUEST_SECONDS)
    return int(high)
