"""Where a join begins to read: behind what is in its state, which is taken over with the partitions it belongs to."""

import asyncio
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from streams.agents.join_partition import JoinPartition, StateTopic, open_partition
from streams.errors import JobFailed
from streams.kafka.group_probe import GroupProbe, Topic
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.retry import retry_until_available
from streams.kafka.topics import counted
from streams.pipeline.decode import Record
from streams.pipeline.join_entries import Reached
from streams.pipeline.joins import Join
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)

#: Copies that are read back at once: each takes a core.
RESTORES_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class JoinSource:
    """What a job joins, and where it keeps it; a `Subscriber`.

    `topics` are read, and so is `relay`. `state` is compacted and has as many partitions as `relay`, which say over how
    many the job is spread. `flushes` is where it tells what it did. `since_seconds` before its first start is where it
    begins. Copies are in `directory`.
    """

    name: str
    group_id: str
    inputs: Sequence[str]
    relay: str
    state: str
    flushes: str
    since_seconds: float
    directory: Path

    @property
    def topics(self) -> Sequence[str]:
        """All that is read."""
        return (*self.inputs, self.relay)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where reading begins, what the topics are, and where each partition ended then."""

    offsets: Mapping[Partition, int]
    topics: Mapping[str, Topic]
    ends: Mapping[Partition, int]
    total: int
    unread: frozenset[Partition] = frozenset()


class JoinPositions:
    """The partitions of a join's state that this process has; it says where reading begins, as `StartPositions`."""

    def __init__(self, source: JoinSource, join: Join, settings: dict[str, Any]) -> None:
        self.look = GroupProbe(source.group_id, settings)
        self._source, self._join, self._settings = source, join, settings
        #: By their numbers, those that are open.
        self.opened: dict[int, JoinPartition] = {}
        self.ends: Mapping[Partition, int] = {}
        self.partitions = 0
        self._called_off = Event()
        self._expired: dict[Partition, int] = {}

    def stand(self) -> list[PartitionPosition]:
        """Where the job stands on all it reads. Blocks for some round trips; raises KafkaException."""
        topics = self.look.topics(self._source.topics)
        return self.look.partition_positions(
            (name, number) for name, topic in topics.items() for number in range(topic.partitions)
        )

    async def begin(self, committed: Mapping[Partition, int | None]) -> Begun:
        """Take over the state that goes with partitions; what the group has `committed` counts for nothing.

        Waits for the brokers however long they are away. Raises as `open_partition`, and JobFailed where the topics of
        the state do not go together.
        """
        await self.close()
        self._called_off.clear()
        topics, standing = await retry_until_available(partial(self._look, committed))
        topic = self._state_topic(topics)
        self.partitions = topic.partitions
        numbers = sorted({number % topic.partitions for _, number in committed})
        turns = asyncio.Semaphore(RESTORES_AT_ONCE)
        opening = (self._open(topic, number, topics, turns) for number in numbers)
        # All are waited for, so that none is opened behind the back of whoever closes them.
        for failure in await asyncio.gather(*opening, return_exceptions=True):
            if failure is not None:
                raise failure
        offsets = await retry_until_available(partial(self._offsets, standing, topics))
        self.ends = {place.key: place.high for place in standing}
        return Begun(offsets, topics, self.ends, sum(one.partitions for one in topics.values()))

    def log_ends(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """Where these partitions end now. Blocks for some round trips; raises KafkaException."""
        return {place.key: place.high for place in self.look.partition_positions(partitions)}

    def _look(self, partitions: Collection[Partition]) -> tuple[dict[str, Topic], list[PartitionPosition]]:
        topics = self.look.topics([*self._source.topics, self._source.state])
        return topics, self.look.partition_positions(partitions)

    def _state_topic(self, topics: Mapping[str, Topic]) -> StateTopic:
        source = self._source
        state, relay = topics.get(source.state), topics.get(source.relay)
        if state is None or relay is None or state.partitions != relay.partitions:
            has = {
                name: "none" if one is None else counted(one.partitions)
                for name, one in ((source.state, state), (source.relay, relay))
            }
            told = " and ".join(f"{name} ({said})" for name, said in has.items())
            raise JobFailed(f"{told} must both be there, with the same number of partitions")
        return StateTopic(
            job=source.name,
            name=source.state,
            relay=source.relay,
            flushes=source.flushes,
            id=state.id,
            partitions=state.partitions,
            directory=source.directory,
        )

    async def _open(
        self, topic: StateTopic, number: int, topics: Mapping[str, Topic], turns: asyncio.Semaphore
    ) -> None:
        async with turns:
            one = await open_partition(self._join, topic, number, self._settings, self._called_off.is_set)
        one.topic_ids = {name: each.id for name, each in topics.items()}
        self.opened[number] = one

    def _offsets(self, standing: Sequence[PartitionPosition], topics: Mapping[str, Topic]) -> dict[Partition, int]:
        """Where to begin on each partition."""
        found: dict[Partition, int] = {}
        fresh: dict[Partition, PartitionPosition] = {}
        for place in standing:
            reached = self.opened[place.partition % self.partitions].reached
            topic_id = topics[place.topic].id if place.topic in topics else ""
            begun = _begun(place, reached, topic_id, self._source.name)
            if begun is None and place.topic != self._source.relay and not _is_known(place.topic, topic_id, reached):
                fresh[place.key] = place
            else:
                found[place.key] = place.low if begun is None else begun
        if not fresh:
            return found
        since = int((time.time() - self._source.since_seconds) * 1000)
        by_time = self.look.by_time(dict.fromkeys(fresh, since))
        log.info(
            "start_agreed job=%s partitions=%d seconds=%.0f", self._source.name, len(fresh), self._source.since_seconds
        )
        # Where all records are older, those begin that come from now on.
        return {**found, **{key: fresh[key].log_end if at is None else at for key, at in by_time.items()}}

    # --- the rest of what a consumer asks -------------------------------------------------------------------------

    async def begun(self, _: Begun) -> None:
        """Keep nothing: positions are in the state."""

    def too_short(self, partition: Partition) -> None:
        """Forget the position, because the log ends before it; what is there is read again, and changes little."""
        one = self.opened.get(partition[1] % (self.partitions or 1))
        if one is not None:
            one.reached.pop(partition, None)

    def expired(self, partition: Partition, first: int, low: int) -> None:
        """Say how many records from `first` on the brokers deleted before they were read; each is told of once."""
        records = low - max(first, self._expired.get(partition, 0))
        if records > 0:
            self._expired[partition] = low
            log.warning(
                "events_expired job=%s topic=%s partition=%d events=%d: deleted by the topic's retention, unread",
                *(self._source.name, *partition, records),
            )

    def read(self, records: Sequence[Record]) -> None:
        """Note nothing."""

    def moved(self, _: Mapping[Partition, int]) -> Mapping[Partition, int]:
        """Nothing is to be kept besides."""
        return {}

    async def keep(self, _: Mapping[Partition, int]) -> None:
        """Keep nothing."""

    # --- letting go -----------------------------------------------------------------------------------------------

    def call_off(self) -> None:
        """Have what is being read back be left as it is, because the partitions are being shared out again."""
        self._called_off.set()

    async def close(self) -> None:
        """Let go of all that is open."""
        opened, self.opened = self.opened, {}
        await asyncio.gather(*(one.aclose() for one in opened.values()))


def _is_known(topic: str, topic_id: str, reached: Mapping[Partition, Reached]) -> bool:
    """Whether other partitions of the topic were read: then all that is in this one came later."""
    return any(name == topic and one.topic_id == topic_id for (name, _), one in reached.items())


def _begun(place: PartitionPosition, reached: Mapping[Partition, Reached], topic_id: str, job: str) -> int | None:
    """Where a partition goes on that was read before; None where it was not, or is another's by now."""
    kept = reached.get(place.key)
    if kept is None:
        return None
    if kept.topic_id != topic_id and kept.topic_id and topic_id:
        told = (job, *place.key, place.low)
        log.warning("topic_recreated job=%s topic=%s partition=%d: it was made anew; begins at %d", *told)
        return place.low
    if kept.offset > place.log_end:
        log.error(
            "log_truncated job=%s topic=%s partition=%d committed=%d end=%d: records that were read are gone; "
            "begins at %d, where later ones may be",
            *(job, *place.key, kept.offset, place.log_end, place.low),
        )
        return place.low
    return max(kept.offset, place.low)
