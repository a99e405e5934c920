"""A sum read back, and what was told since: little is read, however much there is."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from threading import Lock
from typing import Any

from confluent_kafka import Message

from schemas.records.summaries import Counted
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_topic
from streams.kafka.onward import Onward
from streams.kafka.retry import always
from streams.kafka.topics import TopicNames
from streams.summaries.sums import Sums, Unreadable

log = logging.getLogger(__name__)

READ_SECONDS = 0.1


class Reading:
    """A sum that was read back, and goes on with what is told: one thread's at a time.

    `topics` are those that are counted: flush records, dead letters, or both.
    """

    def __init__(
        self, settings: dict[str, Any], names: TopicNames, topics: Collection[str], sums: Sums, *, stays: bool
    ) -> None:
        self._settings, self._names, self._topics, self._stays = settings, names, topics, stays
        self.sums = sums
        #: Held while the sum changes, for whoever looks at it from another thread.
        self.changing = Lock()
        self._ids: Mapping[str, str] = {}
        self._onward: Onward | None = None

    def begin(self, admin: TopicAdmin) -> None:
        """Go on where the sum ends; a partition that is new, or of a topic that was made anew, from its beginning.

        To be called again when partitions may have been added. Raises KafkaException, NotAllowed.
        """
        existing = {name: number for name, number in admin.see(self._topics).items() if number}
        before, self._ids = self._ids, admin.ids(existing)
        places = {
            (topic, number): _offset(self.sums.counted.get((topic, number)), self._ids.get(topic, ""))
            for topic, partitions in existing.items()
            for number in range(partitions)
        }
        if self._onward is None or places.keys() != self._onward.reached.keys() or self._ids != before:
            self.close()
            self._onward = Onward(self._settings, places, stays=self._stays)

    @property
    def caught_up(self) -> bool:
        """Whether all is counted that was there when it began."""
        return self._onward is None or self._onward.caught_up

    def go_on(self, seconds: float) -> int:
        """Count what is told next, and wait for it for so long at most; how many records. Raises NotAllowed."""
        if self._onward is None:
            return 0
        messages = self._onward.read(seconds)
        with self.changing:
            unreadable = Counter(message.topic() for message in messages if not self._take(message))
            for partition in {(message.topic() or "", message.partition() or 0) for message in messages}:
                self.sums.reached(partition, self._onward.reached[partition], self._ids.get(partition[0], ""))
        for topic, records in unreadable.items():
            told = (topic, records)
            log.warning("records_unreadable topic=%s records=%d: somebody else's, or a newer version's", *told)
        return len(messages)

    def catch_up(self, wanted: Callable[[], bool] = always) -> None:
        """Count all that is there now, or what there is of it until nobody wants it any more."""
        while not self.caught_up and wanted():
            self.go_on(READ_SECONDS)

    def close(self) -> None:
        """Let go of the brokers."""
        if self._onward is not None:
            self._onward.close()
            self._onward = None

    def _take(self, message: Message) -> bool:
        """Count a record; whether it could be read."""
        value = message.value()
        if value is None:
            return True
        try:
            if message.topic() == self._names.flushes:
                self.sums.take_flush(value)
            else:
                self.sums.take_letter(value, f"{message.partition()}-{message.offset()}")
        except Unreadable:
            return False
        return True


def recalled(
    settings: dict[str, Any],
    topic: str,
    partitions: int,
    *,
    parts: bool,
    wanted: Callable[[], bool] = always,
) -> Sums:
    """The sum as it was last kept; without its hours and days where those are not wanted. Raises as `read_topic`."""
    sums, records = Sums(), 0
    for key, value in _latest(read_topic(settings, topic, range(partitions), wanted)).items():
        try:
            sums.recall(key, value, parts=parts)
        except Unreadable:
            records += 1
    if records:
        log.warning("records_unreadable topic=%s records=%d: somebody else's, or a newer version's", topic, records)
    return sums


def _latest(messages: Iterable[Message]) -> dict[bytes, bytes | None]:
    """The last record of each key: what came before it need not be looked into."""
    return {message.key() or b"": message.value() for message in messages}


def _offset(counted: Counted | None, topic_id: str) -> int:
    return 0 if counted is None or counted.topic_id != topic_id else counted.offset


def summed(settings: dict[str, Any], names: TopicNames, admin: TopicAdmin, partitions: Mapping[str, int]) -> Sums:
    """What all jobs did until now, without its hours, days and dead letters.

    Blocks for as long as reading takes. Raises as `read_topic`.
    """
    sums = recalled(settings, names.summaries, partitions.get(names.summaries, 0), parts=False)
    reading = Reading(settings, names, (names.flushes,), sums, stays=False)
    try:
        reading.begin(admin)
        reading.catch_up()
    finally:
        reading.close()
    return sums
