"""Our own topics read from their beginning to their end as it is now, without joining any group."""

from collections.abc import Iterator
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

READ_RECORDS = 1000
READ_SECONDS = 1.0
REQUEST_SECONDS = 15.0


def read_topic(settings: dict[str, Any], topic: str, partitions: int) -> Iterator[Message]:
    """Every record that is in the topic now; none where it has no partitions."""
    if partitions == 0:
        return
    consumer = Consumer({**settings, "group.id": "infobip-streams.console", "enable.auto.commit": False})
    try:
        ends = {}
        for number in range(partitions):
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=REQUEST_SECONDS)
            if high > low:
                ends[number] = high
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in ends])
        while ends:
            for message in consumer.consume(READ_RECORDS, READ_SECONDS):
                if message.error() is None and message.offset() < ends.get(message.partition(), 0):
                    yield message
            for place in consumer.position([TopicPartition(topic, number) for number in ends]):
                if place.offset >= ends[place.partition]:
                    del ends[place.partition]
    finally:
        consumer.close()
