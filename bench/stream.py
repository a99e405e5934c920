"""The stream that every subject reads: published once, with a group for each of them."""

import time
import uuid
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from confluent_kafka import KafkaError, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from streams.demo import samples


@dataclass(frozen=True, slots=True)
class Stream:
    """A topic that is full."""

    broker: str
    topic: str
    partitions: int
    events: int

    def group(self) -> str:
        """Return the name of a group that has read nothing yet."""
        return f"bench-{uuid.uuid4().hex[:8]}"


def publish(broker: str, events: int, partitions: int = 8) -> Stream:
    """Publish so many people's entry to a new topic, keyed by profile."""
    stream = Stream(broker, f"bench-{uuid.uuid4().hex[:8]}", partitions, events)
    settings = {"bootstrap.servers": broker}
    admin = AdminClient(settings)
    admin.create_topics([NewTopic(stream.topic, partitions, 1)])[stream.topic].result(30)
    _produce(settings, stream.topic, samples.enters(events))
    return stream


def trickle(stream: Stream, people: range, per_second: float) -> list[float]:
    """Publish these people's entries evenly, and give the times that their records bear, in seconds."""
    producer = Producer({"bootstrap.servers": stream.broker, "linger.ms": 0})
    producer.list_topics(stream.topic, 30)
    times = array("d", bytes(8 * len(people)))
    began = time.monotonic()
    for place, number in enumerate(people):
        while (left := began + place / per_second - time.monotonic()) > 0:
            producer.poll(left)

        def published(error: KafkaError | None, message: Message, place: int = place) -> None:
            assert error is None, error
            times[place] = message.timestamp()[1] / 1000

        event = samples.event(number, "enter")
        producer.produce(stream.topic, orjson.dumps(event), event["profile_id"], on_delivery=published)
    unsent = producer.flush(60)
    assert unsent == 0, f"{unsent} events could not be published"
    return times.tolist()


def _produce(settings: dict[str, str], topic: str, events: Iterable[dict[str, Any]]) -> None:
    producer = Producer({**settings, "linger.ms": 20})
    for event in events:
        value = orjson.dumps(event)
        while True:
            try:
                producer.produce(topic, key=event["profile_id"], value=value)
                break
            except BufferError:
                producer.poll(0.5)
    unsent = producer.flush(60)
    assert unsent == 0, f"{unsent} events could not be published"
