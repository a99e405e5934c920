"""What the brokers say of a job's partitions and of its group, asked over one connection that is kept."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from streams.errors import NotAllowed
from streams.kafka.admin import NO_ID, PATIENCE_WITH_A_CLIENT
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.refusals import Asked, brokers_of, raise_in_words
from streams.kafka.retry import REQUEST_SECONDS, is_time_out
from streams.pipeline.offsets import Partition

#: A record is waited for no longer; one that cannot be had says nothing.
RECORD_SECONDS = 2.0
#: What asks for the first offset and for the end of a partition, where else a timestamp stands.
FIRST, END = -2, -1


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that is there: its id (empty where the brokers give none) and its number of partitions."""

    id: str
    partitions: int


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the job's group, and what it owns."""

    id: str
    owned: frozenset[Partition]


@dataclass(frozen=True, slots=True)
class Group:
    """A group; what its members own means something only while it is `stable`."""

    stable: bool
    members: list[Member]


class GroupProbe:
    """Asks where a job stands. Every question blocks for one or two round trips, and raises KafkaException.

    Consumers ask, and not an admin client: its questions about offsets and groups end the whole process when their
    answer comes late (confluentinc/librdkafka#4605).
    """

    def __init__(self, group_id: str, settings: dict[str, Any]) -> None:
        self._group_id, self._settings = group_id, settings
        self._admin, self._brokers = AdminClient(settings), brokers_of(settings)
        self._consumers: dict[str, Consumer] = {}
        self._waited = 0
        self._asking = Lock()

    @contextmanager
    def _question(self) -> Iterator[None]:
        """Ask one question at a time, by new clients where an answer was no good, or none came again and again."""
        with self._asking:
            try:
                yield
            except KafkaException as error:
                # What they complain of is heard only when it is asked for; and time-outs may come of a refusal.
                self._admin.poll(0)
                refusal = self._refusal(error)
                self._waited += 1
                if not is_time_out(error) or self._waited == PATIENCE_WITH_A_CLIENT:
                    self._close()
                    self._admin, self._waited = AdminClient(self._settings), 0
                if refusal is not None:
                    raise refusal from error
                raise

    def _refusal(self, error: KafkaException) -> NotAllowed | None:
        asked = Asked(self._brokers, group=self._group_id)
        heard = [consumer.poll(0) for consumer in self._consumers.values()]
        errors = [error.args[0], *(message.error() for message in heard if message is not None)]
        return next(filter(None, (asked.refused(one) for one in errors if one is not None)), None)

    def topics(self, names: Collection[str]) -> dict[str, Topic]:
        """Those of the topics that are there."""
        found = {}
        with self._question():
            asked = self._admin.describe_topics(TopicCollection(list(names)), request_timeout=REQUEST_SECONDS)
            for name, told in asked.items():
                try:
                    topic = told.result()
                except KafkaException as error:
                    if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                        continue
                    raise_in_words(Asked(self._brokers, topic=name), error)
                given = "" if topic.topic_id is None else str(topic.topic_id)
                found[name] = Topic("" if given == NO_ID else given, len(topic.partitions))
        return found

    def partition_positions(self, partitions: Iterable[Partition]) -> list[PartitionPosition]:
        """Where the job stands on these partitions."""
        wanted = [TopicPartition(topic, number) for topic, number in sorted(partitions)]
        if not wanted:
            return []
        with self._question():
            told = self._consumer("read_committed").committed(wanted, timeout=REQUEST_SECONDS)
            committed = {key: offset for key, offset in _offsets(told).items() if offset >= 0}
            lows = self._at(wanted, FIRST, "read_uncommitted")
            # The end of what may be read first: what comes in between must not look like an open transaction.
            highs = self._at(wanted, END, "read_committed")
            ends = self._at(wanted, END, "read_uncommitted")
        return [
            PartitionPosition(*key, lows[key], highs[key], committed.get(key), ends[key])
            for key in ((place.topic, place.partition) for place in wanted)
        ]

    def by_time(self, times: Mapping[Partition, int]) -> dict[Partition, int | None]:
        """The first record of each partition that is not older than a time in Unix milliseconds; None: all are."""
        wanted = [TopicPartition(*key, time) for key, time in times.items()]
        with self._question():
            told = _offsets(self._consumer("read_uncommitted").offsets_for_times(wanted, timeout=REQUEST_SECONDS))
        return {key: offset if offset >= 0 else None for key, offset in told.items()}

    def close(self) -> None:
        """Close its connections."""
        with self._asking:
            self._close()

    def _close(self) -> None:
        for consumer in self._consumers.values():
            consumer.close()
        self._consumers.clear()

    def timestamps(self, offsets: Mapping[Partition, int]) -> dict[Partition, int]:
        """The timestamps of these records, as far as they are there and come soon."""
        found: dict[Partition, int] = {}
        if not offsets:
            return found
        little = {"fetch.message.max.bytes": 1024, "queued.min.messages": 1, "fetch.wait.max.ms": 100}
        ours = {"group.id": self._group_id, "enable.auto.commit": False, "enable.partition.eof": True}
        reading = {"isolation.level": "read_uncommitted", "auto.offset.reset": "earliest"}
        consumer = Consumer({**self._settings, **ours, **little, **reading})
        try:
            consumer.assign([TopicPartition(*key, offset) for key, offset in offsets.items()])
            left = set(offsets)
            while left and (messages := consumer.consume(len(left), RECORD_SECONDS)):
                for message in messages:
                    key = (message.topic(), message.partition())
                    if key in left and message.error() is None and message.offset() == offsets[key]:
                        found[key] = message.timestamp()[1]
                    if key in left:
                        left.remove(key)
                        consumer.pause([TopicPartition(*key)])
        finally:
            consumer.close()
        return found

    def _at(self, wanted: Iterable[TopicPartition], what: int, level: str) -> dict[Partition, int]:
        asked = [TopicPartition(place.topic, place.partition, what) for place in wanted]
        return _offsets(self._consumer(level).offsets_for_times(asked, timeout=REQUEST_SECONDS))

    def _consumer(self, level: str) -> Consumer:
        """What asks at an isolation level; it joins no group."""
        if level not in self._consumers:
            ours = {"group.id": self._group_id, "enable.auto.commit": False, "isolation.level": level}
            self._consumers[level] = Consumer({**self._settings, **ours})
        return self._consumers[level]


def _offsets(told: Iterable[TopicPartition]) -> dict[Partition, int]:
    offsets = {}
    for place in told:
        if place.error is not None:
            raise KafkaException(place.error)
        offsets[place.topic, place.partition] = place.offset
    return offsets


def partition_positions(
    group_id: str, settings: dict[str, Any], partitions: Mapping[str, int]
) -> list[PartitionPosition]:
    """Where a group stands on every partition of these topics, asked once; `partitions` says how many each has."""
    wanted = [(topic, number) for topic, count in partitions.items() for number in range(count)]
    look = GroupProbe(group_id, settings)
    try:
        return look.partition_positions(wanted)
    finally:
        look.close()
