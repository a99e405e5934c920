"""Our own topics read from their beginning to their end as it is now, without joining any group."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import Any, TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.calls.waiting import alive
from streams.kafka.refusals import Asked, brokers_of
from streams.kafka.retry import EARLY_SECONDS, FATAL, REQUEST_SECONDS, always, retry_for_a_while, retry_until_available

T = TypeVar("T")

READ_RECORDS = 1000
#: Whether there is anything is waited for so long.
READ_SECONDS = 0.1
#: After so long without anything it is asked whether there still is a topic: who deletes one tells no reader.
SILENT_SECONDS = 10.0
GONE = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001 - the library's own codes begin with an underscore
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    }
)
#: What the brokers know those who read so by; nobody is a member, and nothing is committed.
READING_GROUP = "infobip-streams.reading"
#: The brokers hold a question for what comes next so long, ms: the end of a partition is told by its answer.
END_WAIT_MS = 20
#: The end of a partition is told: its last offsets may hold no record, for compaction and transactions leave gaps.
_OURS = {
    "group.id": READING_GROUP,
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "fetch.wait.max.ms": END_WAIT_MS,
}


def read_topic(
    settings: dict[str, Any], topic: str, partitions: Collection[int], wanted: Callable[[], bool] = always
) -> Iterator[Message]:
    """Every record that is in these partitions of the topic now; ends early once nobody wants them any more.

    Raises:
        KafkaException: the brokers do not tell where the partitions end, or these are gone in the midst of it. Else it
            waits for the records.
        NotAllowed: they do not let us read.

    """
    if not partitions:
        return
    consumer = Consumer({**settings, **_OURS, "auto.offset.reset": "earliest"})
    try:
        ends = {}
        for number in partitions:
            place = TopicPartition(topic, number)
            with _asking(consumer, settings, topic):
                low, high = retry_for_a_while(
                    partial(consumer.get_watermark_offsets, place, timeout=REQUEST_SECONDS), wanted
                )
            if high > low:
                ends[number] = high
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in ends])
        heard_at = time.monotonic()
        while ends and wanted():
            if messages := taken(consumer, READ_RECORDS, READ_SECONDS):
                heard_at = time.monotonic()
            elif time.monotonic() >= heard_at + SILENT_SECONDS:
                _see_that_they_are_there(consumer, topic, ends)
                heard_at = time.monotonic()
            for message in messages:
                number, error = message.partition(), message.error()
                unless_refused(error, settings, topic)
                end = ends.get(number, 0)
                if error is None and message.offset() < end:
                    yield message
                if _is_end(error) or (error is None and message.offset() + 1 >= end):
                    ends.pop(number, None)
    finally:
        consumer.close()


def _see_that_they_are_there(consumer: Consumer, topic: str, partitions: Collection[int]) -> None:
    """Raise KafkaException where one of them is gone; brokers that do not answer are waited for."""
    for number in partitions:
        try:
            consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=REQUEST_SECONDS)
        except KafkaException as error:
            if error.args[0].code() in GONE:
                raise


def taken(consumer: Consumer, most: int, seconds: float) -> list[Message]:
    """What has come, as soon as anything has; nothing where nothing came for so long. Blocks until then.

    The library itself would wait for as many as are asked for, and so for all of the time at the end of a topic.
    """
    first = consumer.poll(seconds)
    return [] if first is None else [first, *consumer.consume(most - 1, 0)]


def read_at(settings: dict[str, Any], topic: str, places: Collection[tuple[int, int]]) -> Iterator[Message]:
    """The records at these partitions and offsets, in order, without reading others; what is not there is left out.

    Raises:
        KafkaException: the brokers do not answer in time. The partitions must exist.

    """
    consumer = Consumer({**settings, **_OURS})
    try:
        for number, offset in sorted(places):
            place = TopicPartition(topic, number)
            with _asking(consumer, settings, topic):
                low, high = retry_for_a_while(partial(consumer.get_watermark_offsets, place, timeout=REQUEST_SECONDS))
            if low <= offset < high:
                consumer.assign([TopicPartition(topic, number, offset)])
                message = _first(consumer, settings, topic)
                if message is not None and message.offset() == offset:
                    yield message
    finally:
        consumer.close()


def _first(consumer: Consumer, settings: Mapping[str, Any], topic: str) -> Message | None:
    """The next record of the one partition that is assigned; None at its end."""
    deadline = time.monotonic() + EARLY_SECONDS
    while time.monotonic() < deadline:
        message = consumer.poll(READ_SECONDS)
        error = None if message is None else message.error()
        if _is_end(error):
            return None
        unless_refused(error, settings, topic)
        if message is not None and error is None:
            return message
    raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - the library's own code


def unless_refused(error: KafkaError | None, settings: Mapping[str, Any], topic: str) -> None:
    """Raise NotAllowed, or KafkaException, where waiting for records is in vain."""
    if error is None or error.code() not in FATAL:
        return
    asked = Asked(brokers_of(settings), "READ", topic=topic, group=READING_GROUP)
    raise asked.refused(error) or KafkaException(error)


@contextmanager
def _asking(consumer: Consumer, settings: Mapping[str, Any], topic: str) -> Iterator[None]:
    """Ask where a partition ends; where that is not answered, hear why. Raises as `unless_refused`."""
    try:
        yield
    except KafkaException as error:
        unless_refused(error.args[0], settings, topic)
        heard = consumer.poll(0)
        unless_refused(None if heard is None else heard.error(), settings, topic)
        raise


def _is_end(error: KafkaError | None) -> bool:
    return error is not None and error.code() == KafkaError._PARTITION_EOF  # noqa: SLF001 - the library's own code


async def read_in_thread(read: Callable[[Callable[[], bool]], T]) -> T:
    """Read in a thread, however long the brokers are away; the reader asks now and then whether it is still wanted.

    What it gives is only taken over from here: a thread cannot be cancelled, and a late one must change nothing.
    """
    called_off = Event()

    def wanted() -> bool:
        alive()
        return not called_off.is_set()

    try:
        return await retry_until_available(partial(read, wanted))
    finally:
        called_off.set()
