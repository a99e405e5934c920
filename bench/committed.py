"""The contacts of a run, as a consumer sees them that reads committed records only."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from bench.peers.importing.ours import TOPIC
from bench.stream import Stream

AT_ONCE = 5000
LOOK_SECONDS = 0.05


def nobody(broker: str, people: int) -> Stream:
    """Create a topic for so many people's contacts, not compacted for a day: what is written twice must be seen."""
    stream = Stream(broker, f"bench-{uuid.uuid4().hex[:8]}.{TOPIC}", 1, people)
    admin = AdminClient({"bootstrap.servers": broker})
    compact = {"cleanup.policy": "compact", "min.compaction.lag.ms": str(24 * 60 * 60 * 1000)}
    admin.create_topics([NewTopic(stream.topic, 1, 1, config=compact)])[stream.topic].result(30)
    return stream


class Committed:
    """Counts who has come, and who has come twice in the same version; `last` is when somebody new came."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._versions: dict[bytes, int] = {}
        self._repeated: set[bytes] = set()
        self.last = 0.0

    @property
    def people(self) -> int:
        """How many different people have come."""
        return len(self._versions)

    @property
    def repeated(self) -> int:
        """How many people have come again as they were."""
        return len(self._repeated)

    def look(self) -> bool:
        """Read what has come meanwhile; whether there was anything."""
        messages = self._consumer.consume(AT_ONCE, LOOK_SECONDS)
        before = self.people
        for message in messages:
            self._count(message)
        if self.people > before:
            self.last = time.monotonic()
        return bool(messages)

    def settle(self, quiet_seconds: float) -> None:
        """Read on until nothing has come for so long."""
        moved = time.monotonic()
        while time.monotonic() - moved < quiet_seconds:
            if self.look():
                moved = time.monotonic()

    def _count(self, message: Message) -> None:
        assert message.error() is None, message.error()
        key, version = message.key() or b"", hash(message.value())
        if self._versions.get(key) == version:
            self._repeated.add(key)
        self._versions[key] = version


@contextmanager
def committed(stream: Stream) -> Iterator[Committed]:
    """Read the topic from its beginning."""
    consumer = Consumer(
        {
            "bootstrap.servers": stream.broker,
            "group.id": "bench-committed",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 20,  # what is committed is to be seen at once
        }
    )
    consumer.assign([TopicPartition(stream.topic, 0, OFFSET_BEGINNING)])
    try:
        yield Committed(consumer)
    finally:
        consumer.close()
