"""What the brokers say of a job's partitions and of its group, asked over one connection that is kept."""

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from schemas.jobs import AudienceJob
from streams.agents.cursor import Partition
from streams.agents.kafka import NO_ID, REQUEST_SECONDS
from streams.agents.start import Place

#: A record is waited for no longer; one that cannot be had says nothing.
RECORD_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that is there: its id (empty where the brokers give none) and its number of partitions."""

    id: str
    partitions: int


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the job's group, by the instance id it has if any, and what it owns."""

    id: str
    instance_id: str | None
    owned: frozenset[Partition]


@dataclass(frozen=True, slots=True)
class Group:
    """A group; what its members own means something only while it is `stable`."""

    stable: bool
    members: list[Member]


class Look:
    """Asks where a job stands. Every question blocks for one or two round trips, and raises KafkaException."""

    def __init__(self, group_id: str, settings: dict[str, Any]) -> None:
        self._group_id, self._settings = group_id, settings
        self._admin, self._groups = AdminClient(settings), AdminClient(settings)
        # The admin client would tell what is committed, too, and crashes the process where it asks a broker that is
        # not the group's coordinator (any more): confluentinc/librdkafka#5040.
        self._consumer = Consumer({**settings, "group.id": group_id, "enable.auto.commit": False})

    def close(self) -> None:
        """Ask no more."""
        self._consumer.close()

    def topics(self, names: Collection[str]) -> dict[str, Topic]:
        """Those of the topics that are there."""
        asked = self._admin.describe_topics(TopicCollection(list(names)), request_timeout=REQUEST_SECONDS)
        found = {}
        for name, told in asked.items():
            try:
                topic = _answer(told)
            except KafkaException as error:
                if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    continue
                raise
            given = "" if topic.topic_id is None else str(topic.topic_id)
            found[name] = Topic("" if given == NO_ID else given, len(topic.partitions))
        return found

    def places(self, partitions: Iterable[Partition]) -> list[Place]:
        """Where the job stands on these partitions."""
        wanted = [TopicPartition(topic, number) for topic, number in sorted(partitions)]
        if not wanted:
            return []
        committed = self._committed(wanted)
        lows = self._offsets(wanted, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED)
        # The end of what may be read first: what comes in between must not look like an open transaction.
        highs = self._offsets(wanted, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED)
        ends = self._offsets(wanted, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED)
        return [
            Place(*key, lows[key], highs[key], committed.get(key), ends[key])
            for key in ((place.topic, place.partition) for place in wanted)
        ]

    def by_time(self, times: Mapping[Partition, int]) -> dict[Partition, int | None]:
        """The first record of each partition that is not older than a time in Unix milliseconds; None: all are."""
        asked = self._admin.list_offsets(
            {TopicPartition(*key): OffsetSpec.for_timestamp(time) for key, time in times.items()},
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=REQUEST_SECONDS,
        )
        offsets = {(place.topic, place.partition): _answer(told).offset for place, told in asked.items()}
        return {key: offset if offset >= 0 else None for key, offset in offsets.items()}

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

    def group(self) -> Group:
        """The job's group as it is now."""
        try:
            asked = self._groups.describe_consumer_groups([self._group_id], request_timeout=REQUEST_SECONDS)
            group = _answer(asked[self._group_id])
        except KafkaException:
            # A client that has lost a group's coordinator may never find it again.
            self._groups = AdminClient(self._settings)
            raise
        members = [
            Member(
                one.member_id,
                one.group_instance_id,
                frozenset((place.topic, place.partition) for place in one.assignment.topic_partitions),
            )
            for one in group.members
        ]
        return Group(group.state == ConsumerGroupState.STABLE, members)

    def _committed(self, wanted: list[TopicPartition]) -> dict[Partition, int]:
        told = self._consumer.committed(wanted, timeout=REQUEST_SECONDS)
        for place in told:
            if place.error is not None:
                raise KafkaException(place.error)
        return {(place.topic, place.partition): place.offset for place in told if place.offset >= 0}

    def _offsets(self, wanted: list[TopicPartition], spec: OffsetSpec, level: IsolationLevel) -> dict[Partition, int]:
        asked = self._admin.list_offsets(
            dict.fromkeys(wanted, spec), isolation_level=level, request_timeout=REQUEST_SECONDS
        )
        return {(place.topic, place.partition): _answer(told).offset for place, told in asked.items()}


def places(job: AudienceJob, settings: dict[str, Any], partitions: dict[str, int]) -> list[Place]:
    """Where the job stands on every partition of its input, asked once."""
    wanted = [(topic, number) for topic in job.topics for number in range(partitions.get(topic, 0))]
    look = Look(job.group_id, settings)
    try:
        return look.places(wanted)
    finally:
        look.close()


def _answer(told: "Future[Any]") -> Any:
    """What was answered; where a client waits for a coordinator, it keeps nobody waiting for longer than asked."""
    try:
        return told.result(2 * REQUEST_SECONDS)
    except TimeoutError as error:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT)) from error  # noqa: SLF001 - the library's own code
