"""Where a repair is ordered, and its progress is told: the door of whoever orders."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from pydantic import ValidationError

from schemas.config.kafka import KafkaSettings
from schemas.jobs.export_audience import ExportAudience
from schemas.records.outcomes import Outcome
from schemas.records.repairs import RepairMark, RepairOrder, RepairProgress
from schemas.records.states import JobState
from streams.errors import StreamsError
from streams.jobs.export_audience.repair.orders import (
    latest_mark_record,
    mark_record,
    order_record,
    orders_done,
    read_latest_mark,
    read_progress,
)
from streams.jobs.export_audience.topics import REPAIRS_MS, on_demand, repairs
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import NOWHERE, OutOfRange, read_in_thread, read_topic
from streams.kafka.producer import OutgoingRecord
from streams.kafka.threads import in_own_thread
from streams.kafka.topic_making import NotMade, grow, make
from streams.kafka.topics import OwnTopics, TopicNames
from streams.pipeline.offsets import Partition

Write = Callable[[Iterable[OutgoingRecord]], Awaitable[None]]
#: How many orders of each partition there are.
Ordered = Counter[Partition]
Heard = Callable[["Standing"], None]

#: A process that has been silent for so long is taken for dead.
SILENT_AFTER = timedelta(seconds=60)
ENDED = ("stopped", "failed")
LOOK_SECONDS = 1.0
#: So many orders are written at once.
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job and its repairs stand: its processes that live, and how far the orders of each partition are done.

    `mark` is the last repair that was begun, or given up.
    """

    processes: tuple[JobState, ...]
    progress: Mapping[Partition, RepairProgress]
    mark: RepairMark | None = None

    def outcomes(self, repair_id: str) -> Counter[Outcome]:
        """What became of the people of a repair so far."""
        total = Counter[Outcome]()
        for said in self.progress.values():
            total.update(said.outcomes if said.repair_id == repair_id else {})
        return total


class OrderBook:
    """The orders of one job. `write` returns once the brokers have it; raises as `Writer.write`."""

    def __init__(
        self, job: ExportAudience, kafka: KafkaSettings, settings: dict[str, Any], topics: TopicAdmin, write: Write
    ) -> None:
        self._job, self._kafka, self._settings, self._topics, self._write = job, kafka, settings, topics, write
        names = TopicNames(kafka.topic_prefix)
        self.topic, self._states = repairs(names, job.name), names.job_states
        #: How many partitions there are to order in, as far as is known.
        self._room = 0
        self._heard = _Heard()

    async def begin(self, repair_id: str, by: str) -> None:
        """Begin a repair, for which the topic is made where it is missing; what was ordered before is given up.

        Raises:
            StreamsError: the topic cannot be made.

        """
        await in_own_thread(self._make, "repair")
        await self._mark(RepairMark(repair_id=repair_id, job=self._job.name, what="begun", by=by, at=datetime.now(UTC)))

    async def give_up(self, repair_id: str, by: str) -> bool:
        """Have nothing more be carried out; whether anything was ever ordered."""
        if not await in_own_thread(lambda: self._topics.counts([self.topic]), "repair"):
            return False
        await self._mark(
            RepairMark(repair_id=repair_id, job=self._job.name, what="stopped", by=by, at=datetime.now(UTC))
        )
        return True

    async def order(self, orders: Iterable[RepairOrder]) -> Ordered:
        """Write orders down; how many there are of each partition. Raises as `begin`."""
        ordered, each = Ordered(), iter(orders)
        while some := await in_own_thread(lambda: list(islice(each, AT_ONCE)), "repair"):
            if max(one.partition for one in some) >= self._room:  # the input was given more since it began
                await in_own_thread(self._make, "repair")
            ordered.update((one.topic, one.partition) for one in some)
            await self._write([order_record(self.topic, one) for one in some])
        return ordered

    async def standing(self) -> Standing:
        """How the job and its repairs stand now; waits for the brokers."""
        return await read_in_thread(self._standing)

    async def carried_out(self, repair_id: str, ordered: Ordered, heard: Heard) -> Standing:
        """Return once all of these are carried out, and all that were ordered before them; `heard` is told meanwhile.

        Raises:
            StreamsError: no process of the job is left to carry them out, or somebody has given them up; or the brokers
                may have deleted them by now.

        """
        gone_at = time.monotonic() + REPAIRS_MS / 1000
        while True:
            standing = await self.standing()
            done = orders_done(standing.progress, repair_id)
            if all(done.get(place, 0) >= count for place, count in ordered.items()):
                return standing
            if (mark := standing.mark) is not None and mark.repair_id != repair_id:
                raise StreamsError(
                    f"the repair was given up by {mark.by} at {mark.at:%Y-%m-%d %H:%M:%S}Z: "
                    f"{'another one began' if mark.what == 'begun' else 'it was to stop'}"
                )
            if not standing.processes:
                raise StreamsError(
                    f"no process of '{self._job.name}' is left: what is ordered waits until one runs, for a day at most"
                )
            if time.monotonic() > gone_at:
                raise StreamsError("what was ordered was not carried out for so long that it is deleted: begin again")
            heard(standing)
            await asyncio.sleep(LOOK_SECONDS)

    async def _mark(self, mark: RepairMark) -> None:
        count = (await in_own_thread(lambda: self._topics.counts([self.topic]), "repair")).get(self.topic, 0)
        # First where it takes effect: whoever waits hears of it when it has.
        await self._write([mark_record(self.topic, number, mark) for number in range(count)])
        await self._write([latest_mark_record(self._states, mark)])

    def _make(self) -> None:
        existing = self._topics.partitions()
        (one,) = on_demand(self._job, OwnTopics(self._job, self._kafka, existing))
        self._room = max(one.partitions, existing.get(self.topic, 0))
        if self.topic in existing:
            if existing[self.topic] < one.partitions:
                grow(self._topics, self._kafka, self.topic, one.partitions)
            return
        reason: object = "kafka.topics.create is false"
        if self._kafka.topics.create:
            try:
                make(self._topics, one)
            except NotMade as refused:
                reason = refused
            else:
                return
        raise StreamsError(f"topic {self.topic} is missing: create it with {one.settings}; {reason}")

    def _standing(self, still_wanted: Callable[[], bool]) -> Standing:
        if self._states not in self._topics.counts([self._states]):
            return Standing((), {})
        try:
            self._listen(still_wanted)
        except OutOfRange:  # it was made anew
            self._heard = _Heard()
            self._listen(still_wanted)
        heard, now = self._heard, datetime.now(UTC)
        living = [
            one for one in heard.processes.values() if one.state not in ENDED and now - one.updated_at < SILENT_AFTER
        ]
        return Standing(tuple(living), dict(heard.progress), heard.mark)

    def _listen(self, still_wanted: Callable[[], bool]) -> None:
        """Take in what was written since: it is asked every second, and all of it may be a lot."""
        heard, name = self._heard, self._job.name
        for message in read_topic(self._settings, self._states, [0], still_wanted, heard.first):
            key, value = message.key() or b"", message.value()
            if (said := read_progress(name, key, value)) is not None:
                heard.progress[said.topic, said.partition] = said
            elif (latest := read_latest_mark(name, key, value)) is not None:
                heard.mark = latest
            elif key.startswith(f"{name}/".encode()):
                heard.processes.pop(key, None)
                if value is not None and (state := _state(value)) is not None:
                    heard.processes[key] = state
            heard.next_offset = (message.offset() or 0) + 1


@dataclass(slots=True)
class _Heard:
    """What the topic of states tells of a job, and the first record of it that was not read."""

    next_offset: int = 0
    progress: dict[Partition, RepairProgress] = field(default_factory=dict)
    processes: dict[bytes, JobState] = field(default_factory=dict)
    mark: RepairMark | None = None

    @property
    def first(self) -> Mapping[int, int]:
        """Where to read on."""
        return {0: self.next_offset} if self.next_offset else NOWHERE


def _state(value: bytes) -> JobState | None:
    try:
        return JobState.model_validate_json(value)
    except ValidationError:  # what else is kept under the job's name
        return None
