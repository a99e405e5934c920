"""What one process sees of a job beyond its own partitions: partitions nobody owns, topics made anew, open ends."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException

from streams.errors import Stalled
from streams.kafka.group_probe import Group, GroupProbe, Topic
from streams.kafka.handler import Subscriber
from streams.kafka.partition_position import PartitionPosition
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
#: The first look after partitions were assigned: a member that comes back under its name is given what it had.
FIRST_LOOK_SECONDS = 1.0
#: Looks in a row that see a partition without an owner; the group's leader needs a moment to hear of a new one.
UNOWNED_LOOKS = 2
#: A transaction that holds up reading for so long is told of, and again after so long.
OPEN_SECONDS, REPEAT_SECONDS = 30.0, 60.0


class Reader(Protocol):
    """The consumer, as far as the lookout needs it."""

    @property
    def partitions(self) -> Collection[Partition] | None: ...  # noqa: D102
    @property
    def topics(self) -> Mapping[str, Topic]: ...  # noqa: D102
    def expired(self, place: PartitionPosition) -> None: ...  # noqa: D102
    async def group(self) -> Group: ...  # noqa: D102
    def rejoin(self) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class View:
    """What one look has seen."""

    topics: Mapping[str, Topic]
    places: list[PartitionPosition]
    group: Group


@dataclass(slots=True)
class AssignmentMonitor:
    """Looks now and then, tells what it sees, and has it mended. `note` takes what `status` is to show, '' for nothing.

    It does not judge whether what this process owns moves: that is the watchdog's.
    """

    job: Subscriber
    look: GroupProbe
    reader: Reader
    note: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    #: In how many looks each partition had no owner.
    _unowned: dict[Partition, int] = field(default_factory=dict)
    #: Since when a partition cannot be read beyond an offset, and when that was told last.
    _open: dict[Partition, tuple[int, float, float | None]] = field(default_factory=dict)
    _missing: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look until cancelled.

        Raises:
            Stalled: a topic was made anew; what was read of the old one means nothing for it.

        """
        seen: Collection[Partition] | None = None
        while True:
            owned = self.reader.partitions
            await asyncio.sleep(LOOK_SECONDS if owned == seen else FIRST_LOOK_SECONDS)
            seen = owned
            try:
                topics, places = await asyncio.to_thread(self._look)
            except KafkaException:
                continue  # the brokers are away, and everybody who needs them says so
            view = View(topics, places, await self._group())
            if self.reader.partitions is not None:
                self.judge(view)

    def _look(self) -> tuple[Mapping[str, Topic], list[PartitionPosition]]:
        topics = self.look.topics(self.job.topics)
        every = [(name, number) for name, topic in topics.items() for number in range(topic.partitions)]
        return topics, self.look.partition_positions(every)

    async def _group(self) -> Group:
        try:
            return await self.reader.group()
        except KafkaError:
            return Group(stable=False, members=[])  # what it would tell is told by a later look

    def judge(self, view: View) -> None:
        """Tell what one look has seen, and see to it; raises as `run` does."""
        for name, topic in self.reader.topics.items():
            now = view.topics.get(name)
            if now is not None and topic.id and now.id and now.id != topic.id:
                raise Stalled(f"topic {name} was deleted and made anew")
        for place in view.places:
            self.reader.expired(place)
        notes = [*self._missing_topics(view), *self._unowned_partitions(view), *self._open_transactions(view.places)]
        self.note("; ".join(notes))

    def _missing_topics(self, view: View) -> Iterable[str]:
        missing = frozenset(self.job.topics) - view.topics.keys()
        for name in sorted(missing - self._missing):
            log.warning("topic_missing job=%s topic=%s: read once it is there again", self.job.name, name)
        self._missing = missing
        return [f"topic {name} is not there" for name in sorted(missing)]

    def _unowned_partitions(self, view: View) -> Iterable[str]:
        if not view.group.stable:
            return []
        owned = frozenset().union(*(member.owned for member in view.group.members))
        unowned = {place.key for place in view.places} - owned
        self._unowned = {key: self._unowned.get(key, 0) + 1 for key in unowned}
        due = sorted(key for key, looks in self._unowned.items() if looks >= UNOWNED_LOOKS)
        for topic, number in due:
            log.warning(
                "partition_unowned job=%s topic=%s partition=%d: sharing out anew", self.job.name, topic, number
            )
        if due:
            self._unowned = {}
            self.reader.rejoin()
        return [f"partition {number} of {topic} is owned by nobody" for topic, number in due]

    def _open_transactions(self, places: Iterable[PartitionPosition]) -> Iterable[str]:
        now, before, self._open = self.clock(), self._open, {}
        notes = []
        for place in places:
            if place.log_end == place.high:
                continue
            high, since, told = before.get(place.key, (place.high, now, None))
            if high != place.high:
                since, told = now, None
            seconds = now - since
            if seconds >= OPEN_SECONDS:
                where = f"partition {place.partition} of {place.topic}"
                notes.append(f"a transaction has been open for {seconds:.0f} s on {where}")
                if told is None or now - told >= REPEAT_SECONDS:
                    told = now
                    log.warning(
                        "transaction_open job=%s topic=%s partition=%d seconds=%.0f: nothing behind it can be read",
                        *(self.job.name, *place.key, seconds),
                    )
            self._open[place.key] = (place.high, since, told)
        return notes
