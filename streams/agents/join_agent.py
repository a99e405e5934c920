"""How a record that is joined travels: read, gathered, absorbed into its key's state, and committed with what follows.

Each partition of the state has a lane: its records in their order, and its turns one after the other. Keys that are due
are woken only once everything is read that was there when the lane began, because it may say why there is nothing to
wake them for; and not all at once, because after an outage there may be days of them.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from streams.agents.join import joined
from streams.agents.join_partition import JoinPartition
from streams.agents.join_positions import JoinPositions
from streams.agents.pauses import PauseSwitch
from streams.errors import StreamsError
from streams.kafka.retry import retry_until_available
from streams.observer import UNOBSERVED, JobObserver
from streams.pipeline.decode import Record
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)

#: Records of one transaction; and those of a lane that wait for the next, after which fetching is paused.
TURN_RECORDS, LANE_RECORDS = 1000, 2000
#: Keys woken in one transaction, and in a second on each partition.
TURN_WAKES, WAKES_PER_SECOND = 500, 1000.0
#: Between the beginnings of two transactions that are not full, and between two looks for keys that are due.
LINGER_SECONDS, LOOK_SECONDS = 0.1, 0.5
#: How often the group is told how far all is read: positions are in the state, and this is for those who look on.
COMMIT_SECONDS = 1.0
#: What is on its way is waited for so long when partitions are taken away, and when the process ends.
REVOKE_SECONDS, STOP_SECONDS, LAST_COMMIT_SECONDS = 8.0, 15.0, 3.0

Commit = Callable[[Mapping[Partition, int]], Awaitable[None]]
#: Behind the last record of each partition that was handed out, and where the next fetch begins.
Fetched = Callable[[], Mapping[Partition, tuple[int, int]]]


@dataclass(slots=True, eq=False)
class Lane:
    """One partition of the state at work. `ends` are where its inputs ended when it began."""

    partition: JoinPartition
    ends: Mapping[Partition, int]
    inbox: deque[Record] = field(default_factory=deque)
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    emptied: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: bool = False
    working: bool = False
    caught_up: bool = False
    wakes_from: float = 0.0

    @property
    def full(self) -> bool:
        """Whether no more records are to be taken in."""
        return len(self.inbox) >= LANE_RECORDS

    def put(self, records: Sequence[Record]) -> None:
        """Take records in."""
        self.inbox.extend(records)
        self.filled.set()

    def cut(self) -> list[Record]:
        """Take out those of the next turn."""
        records = list(islice(self.inbox, TURN_RECORDS))
        for _ in records:
            self.inbox.popleft()
        if not self.inbox:
            self.filled.clear()
        self.emptied.set()
        return records

    def wakes(self, now: float, fetched: Mapping[Partition, tuple[int, int]]) -> int:
        """How many keys may be woken now, in seconds of a steady clock."""
        self.caught_up = self.caught_up or self._is_caught_up(fetched)
        return TURN_WAKES if self.caught_up and now >= self.wakes_from else 0

    def woke(self, keys: int, now: float) -> None:
        """Note keys that were woken, so that the next have to wait."""
        self.wakes_from = max(now, self.wakes_from) + keys / WAKES_PER_SECOND if keys else self.wakes_from

    def _is_caught_up(self, fetched: Mapping[Partition, tuple[int, int]]) -> bool:
        """Whether all is absorbed that was there; behind the last record may be markers, which nobody is handed."""
        if self.inbox:
            return False
        reached = self.partition.reached
        for key, end in self.ends.items():
            own = reached[key].offset if key in reached else 0
            behind, position = fetched.get(key, (0, 0))
            if own < end and not (position >= end and own >= behind):
                return False
        return True


class JoinAgent:
    """One job's records, from the topics it joins into its state; a `Handler`.

    `fetched` says how far reading has come, and `commit` tells the group. `observer` is told of each transaction.
    """

    def __init__(
        self,
        job: str,
        positions: JoinPositions,
        commit: Commit,
        fetched: Fetched,
        observer: JobObserver = UNOBSERVED,
        pause: PauseSwitch | None = None,
    ) -> None:
        self._observer = observer
        self._job, self._positions, self._commit, self._fetched = job, positions, commit, fetched
        self._pause = pause or PauseSwitch()
        self._lanes: dict[int, Lane] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._accepting = asyncio.Event()
        self._told: dict[Partition, int] = {}
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        #: What the brokers call each topic now.
        self.topic_ids: Mapping[str, str] = {}

    async def run(self) -> None:
        """Tell the group how far all is read, until cancelled; raises what ended a lane."""
        tasks = [asyncio.create_task(self._tell()), asyncio.create_task(self._heed())]
        try:
            await asyncio.wait([*tasks, self._failure], return_when=asyncio.FIRST_COMPLETED)
            for ended in (*tasks, self._failure):
                if ended.done():
                    ended.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _heed(self) -> None:
        """Wake the lanes when the job is paused or resumed."""
        while True:
            await self._pause.changed()
            for lane in self._lanes.values():
                lane.filled.set()

    def waits(self, partition: Partition) -> bool:
        """Whether it is known what a partition waits for: a transaction, or somebody who has paused the job."""
        lane = self._lane_of(partition[1])
        return self._pause.paused or lane is None or lane.working

    # --- what the consumer tells ----------------------------------------------------------------------------------

    async def read(self, records: Sequence[Record], still_ours: Callable[[], bool]) -> None:
        """Take in records of one partition in offset order; waits while its lane is full, which pauses fetching."""
        await self._accepting.wait()
        lane = self._lane_of(records[0].partition)
        while lane is not None and lane.full and self._accepting.is_set() and still_ours():
            lane.emptied.clear()
            await lane.emptied.wait()
        if lane is not None and self._accepting.is_set() and still_ours() and not lane.stopping:
            lane.put(records)

    async def assigned(self, partitions: Collection[Partition], unread: Collection[Partition] = ()) -> None:
        """Begin to take in records of these partitions."""
        del unread
        self._told = {}
        for number, one in self._positions.opened.items():
            ends = joined({key: self._positions.ends[key] for key in partitions}, number, self._positions.partitions)
            self._lanes[number] = lane = Lane(one, ends)
            self._tasks.append(asyncio.create_task(self._work(lane)))
            self._tasks[-1].add_done_callback(self._ended)
        self._accepting.set()

    def suspend(self) -> None:
        """Take in nothing until partitions are assigned."""
        self._accepting.clear()

    async def revoked(self, *, lost: bool = False) -> None:
        """Finish the transactions that are on their way, drop the rest, and let go of the partitions."""
        del lost  # whoever has them now has fenced what is on its way
        self._positions.call_off()
        await self._end_lanes(REVOKE_SECONDS)

    async def stop(self) -> None:
        """Finish the transactions that are on their way, and tell how far all is read."""
        self._accepting.clear()
        lanes = list(self._lanes.values())
        await self._drain(lanes, STOP_SECONDS)
        try:
            await asyncio.wait_for(self._commit(self._moved(lanes)), LAST_COMMIT_SECONDS)
        except (TimeoutError, StreamsError) as error:  # it only shows how far all is read
            log.warning("positions_not_kept job=%s reason=%s", self._job, type(error).__name__)
        await self._end_lanes(0)

    async def aclose(self) -> None:
        """Let go of everything, whatever it is at."""
        await self._end_lanes(0)
        await self._positions.close()

    # --- lanes ----------------------------------------------------------------------------------------------------

    async def _work(self, lane: Lane) -> None:
        while not lane.stopping:
            if self._pause.paused:
                await self._rest(lane)
                continue
            began = time.monotonic()
            records = lane.cut()
            wakes = lane.wakes(began, self._fetched())
            if records or wakes:
                self._works(lane, working=True)
                done = await lane.partition.take(records, int(time.time() * 1000), wakes)
                self._works(lane, working=False)
                if done:
                    # What was relayed was counted where it came from, and notes to other keys are no events.
                    relay = lane.partition.topic.relay
                    joins = sum(record.topic != relay for record in records)
                    self._observer.settled([("joined", joins)], time.monotonic() - began)
                    self._observer.committed()
                lane.woke(done.woken, time.monotonic())
            await self._breathe(lane, began)

    def _works(self, lane: Lane, *, working: bool) -> None:
        lane.working = working
        self._observer.in_flight(sum(one.working for one in self._lanes.values()))

    async def _rest(self, lane: Lane) -> None:
        """Return when the job is resumed; what came meanwhile is read before any key is woken."""
        while self._pause.paused and not lane.stopping:
            lane.filled.clear()
            await lane.filled.wait()
        if not lane.stopping:
            lane.ends = await retry_until_available(partial(self._positions.log_ends, [*lane.ends]))
            lane.caught_up = False
        lane.filled.set()

    async def _breathe(self, lane: Lane, began: float) -> None:
        """Wait for records, or for the next look at what is due; and so long that transactions are worth it."""
        if len(lane.inbox) >= TURN_RECORDS or lane.stopping:
            return
        try:
            await asyncio.wait_for(lane.filled.wait(), LOOK_SECONDS)
        except TimeoutError:
            return
        if not lane.stopping:
            await asyncio.sleep(max(0.0, began + LINGER_SECONDS - time.monotonic()))

    def _lane_of(self, number: int) -> Lane | None:
        return self._lanes.get(number % self._positions.partitions) if self._positions.partitions else None

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """Have a lane's failure end the job."""
        if not task.cancelled() and (error := task.exception()) is not None and not self._failure.done():
            self._failure.set_exception(error)

    async def _drain(self, lanes: Collection[Lane], seconds: float) -> None:
        for lane in lanes:
            lane.stopping = True
            lane.filled.set()
            lane.emptied.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _end_lanes(self, seconds: float) -> None:
        self._accepting.clear()
        lanes, self._lanes = list(self._lanes.values()), {}
        await self._drain(lanes, seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if lanes:
            await self._positions.close()

    # --- what the group is told -----------------------------------------------------------------------------------

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            if moved := self._moved(self._lanes.values()):
                self._told.update(moved)
                await self._commit(moved)

    def _moved(self, lanes: Collection[Lane]) -> dict[Partition, int]:
        return {
            key: lane.partition.reached[key].offset
            for lane in lanes
            for key in lane.ends
            if key in lane.partition.reached and self._told.get(key) != lane.partition.reached[key].offset
        }
