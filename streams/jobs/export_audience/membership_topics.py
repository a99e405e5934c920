"""What the state of a job asks of the brokers: its input as it is, its own records, and events once more."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition
from pydantic import ValidationError

from schemas.config.kafka import KafkaSettings
from schemas.jobs.export_audience import ExportAudience
from schemas.records.states import StartPosition
from streams.jobs.export_audience.membership_records import Read
from streams.jobs.export_audience.topics import members
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import READ_RECORDS, READ_SECONDS, READING_GROUP, read_topic, unless_refused
from streams.kafka.retry import REQUEST_SECONDS, retry_for_a_while
from streams.kafka.topic_making import grow
from streams.kafka.topics import TopicNames

StillWanted = Callable[[], bool]
#: A batch of what others write is waited for so long, or until it is full.
FOLLOW_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class InputPartition:
    """A partition of the input: its first offset, its end, and the next that the job reads (None: it has read none)."""

    low: int
    high: int
    committed: int | None


@dataclass(frozen=True, slots=True)
class Inputs:
    """The input and the state as they are now; `places` are those partitions of the input that were asked for."""

    topic_id: str
    partitions: int
    state_partitions: int
    places: Mapping[int, InputPartition]


class MembershipTopics(Protocol):
    """Everything here may block for as long as brokers take, and raises KafkaException when they do not answer."""

    def look(self, partitions: Collection[int], still_wanted: StillWanted, /) -> Inputs:
        """How input and state stand."""
        ...

    def grow(self, partitions: int, /) -> None:
        """Give the state more partitions; raises JobFailed where that is not allowed."""
        ...

    def read_state(self, partitions: Collection[int], still_wanted: StillWanted, /) -> Iterator[Read]:
        """All records of these partitions of the state."""
        ...

    def follow_state(self, places: Mapping[int, int], still_wanted: StillWanted, /) -> Iterator[list[Read]]:
        """What is written to partitions of the state from these offsets on, for as long as it is wanted."""
        ...

    def read_events(self, partition: int, first: int, end: int, still_wanted: StillWanted, /) -> Iterator[list[Read]]:
        """The events of a partition of the input from an offset to before another, as far as they are there."""
        ...

    def starts(self) -> dict[int, StartPosition]:
        """Where the job began, by partition, as far as that was written down."""
        ...

    def is_compacted(self) -> bool:
        """Whether the input keeps only the last event of each key."""
        ...


class KafkaMembershipTopics:
    """The door to real brokers, for one job whose input is one topic."""

    def __init__(
        self,
        kafka: KafkaSettings,
        settings: dict[str, Any],
        topics: TopicAdmin,
        job: ExportAudience,
        state: str,
        states: str,
    ) -> None:
        self._kafka, self._settings, self._topics, self._job = kafka, settings, topics, job
        self._source, self._state, self._states = job.topics[0], state, states

    def look(self, partitions: Collection[int], still_wanted: StillWanted) -> Inputs:
        """How input and state stand."""
        existing = self._topics.partitions()
        ids = self._topics.ids([self._source])
        consumer = Consumer({**self._settings, "group.id": self._job.group_id, "enable.auto.commit": False})
        places = {}
        try:
            wanted = [TopicPartition(self._source, number) for number in partitions]
            ask = partial(consumer.committed, wanted, timeout=REQUEST_SECONDS)
            for known in retry_for_a_while(ask, still_wanted) if wanted else ():
                place = TopicPartition(known.topic, known.partition)
                ends = partial(consumer.get_watermark_offsets, place, timeout=REQUEST_SECONDS)
                low, high = retry_for_a_while(ends, still_wanted)
                places[known.partition] = InputPartition(low, high, known.offset if known.offset >= 0 else None)
        finally:
            consumer.close()
        count = max([existing.get(self._source, 0), *(number + 1 for number in partitions)])
        return Inputs(ids.get(self._source, ""), count, existing.get(self._state, 0), places)

    def grow(self, partitions: int) -> None:
        """Give the state more partitions; raises JobFailed where that is not allowed."""
        grow(self._topics, self._kafka, self._state, partitions)

    def read_state(self, partitions: Collection[int], still_wanted: StillWanted) -> Iterator[Read]:
        """All records of these partitions of the state."""
        return map(_read, read_topic(self._settings, self._state, partitions, still_wanted))

    def follow_state(self, places: Mapping[int, int], still_wanted: StillWanted) -> Iterator[list[Read]]:
        """What is written to partitions of the state from these offsets on, for as long as it is wanted."""
        ours = {"group.id": READING_GROUP, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
        consumer = Consumer({**self._settings, **ours})
        try:
            consumer.assign([TopicPartition(self._state, number, offset) for number, offset in places.items()])
            while still_wanted():
                read = []
                for message in consumer.consume(READ_RECORDS, FOLLOW_SECONDS):
                    error = message.error()
                    unless_refused(error, self._settings, self._state)
                    if error is None:
                        read.append(_read(message))
                if read:
                    yield read
        finally:
            consumer.close()

    def read_events(self, partition: int, first: int, end: int, still_wanted: StillWanted) -> Iterator[list[Read]]:
        """The events of a partition of the input, those of transactions that were committed."""
        ours = {"group.id": READING_GROUP, "enable.auto.commit": False, "enable.partition.eof": True}
        settings = {**self._settings, **ours, "auto.offset.reset": "earliest", "isolation.level": "read_committed"}
        consumer = Consumer(settings)
        try:
            consumer.assign([TopicPartition(self._source, partition, first)])
            while still_wanted():
                read, at_end = [], False
                for message in consumer.consume(READ_RECORDS, READ_SECONDS):
                    error = message.error()
                    unless_refused(error, self._settings, self._source)
                    if error is None and message.offset() < end:
                        read.append(_read(message))
                    over = error is None and message.offset() + 1 >= end
                    at_end |= over or (error is not None and error.code() == KafkaError._PARTITION_EOF)  # noqa: SLF001 - the library's own code
                if read:
                    yield read
                if at_end:
                    return
        finally:
            consumer.close()

    def starts(self) -> dict[int, StartPosition]:
        """Where the job began, by partition, as far as that was written down."""
        if self._states not in self._topics.partitions():  # no job has ever run
            return {}
        begins = f"{self._job.name}/start/{self._source}-".encode()
        found = {}
        for message in read_topic(self._settings, self._states, [0]):
            value = message.value()
            if value is None or not (message.key() or b"").startswith(begins):
                continue
            try:
                start = StartPosition.model_validate_json(value)
            except ValidationError:  # told of where it is needed to begin
                continue
            if start.topic == self._source:
                found[start.partition] = start
        return found

    def is_compacted(self) -> bool:
        """Whether the input keeps only the last event of each key; False where we may not know."""
        settings = self._topics.settings([self._source])[self._source]
        return "compact" in (settings or {}).get("cleanup.policy", "")


def doors_of(
    kafka: KafkaSettings, settings: dict[str, Any], topics: TopicAdmin, job: ExportAudience, names: TopicNames
) -> dict[str, KafkaMembershipTopics]:
    """The doors to each of a job's inputs, by its name."""
    state = members(names, job)
    return {
        topic: KafkaMembershipTopics(
            kafka, settings, topics, job.model_copy(update={"topics": (topic,)}), state, names.job_states
        )
        for topic in job.topics
    }


def _read(message: Message) -> Read:
    _, timestamp = message.timestamp()
    return Read(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        message.key(),
        message.value(),
        message.headers(),
        timestamp,
    )
