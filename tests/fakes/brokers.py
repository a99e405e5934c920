"""Brokers as a test has them: topics and records in memory, and a diary of what was done to them."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.kafka.group_probe import Topic
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.offsets import Partition

T = TypeVar("T")

#: Where our own topics are read back.
READERS = (
    "streams.agents.start_positions",
    "streams.agents.state_reporter",
    "streams.jobs.export_audience.configuration.remembered",
    "streams.jobs.import_contacts.importer",
    "streams.jobs.import_contacts.seen_versions",
    "streams.jobs.send_message.start",
)
#: Where threads are begun for what blocks, which nothing does here.
ASKERS = ("streams.kafka.retry", "streams.agents.watchdog")


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it is read back."""

    written: OutgoingRecord
    at: int

    def key(self) -> bytes | None:
        return self.written.key

    def value(self) -> bytes | None:
        return self.written.value

    def topic(self) -> str:
        return self.written.topic

    def offset(self) -> int:
        return self.at


@dataclass
class Brokers:
    """Stands in for whoever asks brokers for topics, reads them, or writes; `away` says when nobody answers."""

    topics: dict[str, int] = field(default_factory=lambda: {"memberships": 2})
    events: int = 10
    away: Callable[[], bool] = lambda: False
    #: Whether the one partition that makes its owner work is this process's.
    leads: bool = True
    records: list[OutgoingRecord] = field(default_factory=list)
    #: What was done, in order: topics made, records written, and whatever a test adds.
    diary: list[str] = field(default_factory=list)
    brokers: str = "kafka:9092"

    def of(self, topic: str) -> list[OutgoingRecord]:
        """The records of a topic."""
        return [record for record in self.records if record.topic == topic]

    # --- topics -----------------------------------------------------------------------------------------------------

    def partitions(self) -> dict[str, int]:
        self._answer()
        return dict(self.topics)

    def hidden(self, _: Iterable[str]) -> list[str]:
        return []

    def settings(self, names: Collection[str]) -> dict[str, dict[str, str] | None]:
        return {name: {} for name in names}

    def create(self, name: str, partitions: int, _: Mapping[str, str], *, validate_only: bool = False) -> bool:
        assert not validate_only
        self._answer()
        self.topics[name] = partitions
        self.diary.append(f"create {name}")
        return True

    # --- where a job stands -----------------------------------------------------------------------------------------

    def probe(self, _: str, __: Mapping[str, Any]) -> "Probe":
        return Probe(self)

    # --- records ----------------------------------------------------------------------------------------------------

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        for record in records:
            self.records.append(record)
            self.diary.append(f"write {record.topic} {(record.key or b'').decode()}")

    def read(
        self, _: Mapping[str, Any], topic: str, partitions: Collection[int], __: Callable[[], bool] | None = None
    ) -> Iterator[Stored]:
        self._answer()
        yield from (Stored(one, at) for at, one in enumerate(self.of(topic) if partitions else ()))

    # --- transactions, which are written at once ----------------------------------------------------------------------

    async def open(self) -> None:
        self.diary.append("open transactions")

    async def aclose(self) -> None:
        self.diary.append("close transactions")

    def _answer(self) -> None:
        if self.away():
            raise KafkaException(KafkaError(KafkaError._TRANSPORT, "nobody is there"))


@dataclass(frozen=True, slots=True)
class Probe:
    """Tells where a job stands that has committed nothing."""

    brokers: Brokers

    def topics(self, names: Collection[str]) -> dict[str, Topic]:
        there = self.brokers.partitions()
        return {name: Topic(f"id of {name}", there[name]) for name in names if name in there}

    def partition_positions(self, partitions: Iterable[Partition]) -> list[PartitionPosition]:
        return [PartitionPosition(*one, 0, self.brokers.events, None) for one in sorted(partitions)]


@contextmanager
def in_place_of_kafka(brokers: Brokers) -> Iterator[None]:
    """Have everything that a job asks of brokers before it reads answered by these, without a thread."""

    async def at_once(step: Callable[[], T], _: str = "") -> T:
        return step()

    class Leader:
        """Leads, or waits for it in vain."""

        def __init__(self, *_: Any) -> None:
            pass

        async def run_as_leader(self, work: Callable[[], Any]) -> Any:
            if not brokers.leads:
                await asyncio.Event().wait()
            return await work()

    with pytest.MonkeyPatch.context() as patch:
        for module in ASKERS:
            patch.setattr(f"{module}.in_own_thread", at_once)
        for module in READERS:
            patch.setattr(f"{module}.read_topic", brokers.read)
        patch.setattr("streams.agents.start_positions.GroupProbe", brokers.probe)
        patch.setattr("streams.jobs.import_contacts.importer.TransactionalProducer", lambda *_: brokers)
        patch.setattr("streams.agents.leader.Leadership", Leader)
        yield
