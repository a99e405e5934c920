"""How membership events are taken in: read, gathered into windows, and sent off while their partitions are ours."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from math import inf
from typing import Never

from schemas.jobs import AudienceJob
from streams.agents.beside import Beside
from streams.agents.delivery import LAST_COMMIT_SECONDS, Commit, Deliver, Delivery
from streams.agents.inflight import Inflight, let_go_first
from streams.agents.pauses import GRACE_SECONDS, PauseSwitch
from streams.agents.state import PartitionState
from streams.agents.window_names import Tracing
from streams.agents.window_told import WindowsTold
from streams.calls.call import Call, Reply
from streams.calls.pacing import Perform
from streams.errors import JobFailed
from streams.kafka.producer import RecordWriter
from streams.kafka.topics import TopicNames
from streams.observer import UNOBSERVED, JobObserver
from streams.pipeline.decode import Record, decode
from streams.pipeline.first_events import FirstEvents
from streams.pipeline.lanes import Lanes
from streams.pipeline.offsets import Partition
from streams.pipeline.processor import Processor
from streams.pipeline.window import Decode, OpenWindow

#: Full windows launched and not committed: enough for answers of 800 ms at Infobip's limit of 5 requests/s, and no
#: more, because their events are sent again after a kill.
INFLIGHT_WINDOWS_MAX = 8
#: What waits in lanes, for each of what is in flight: with less, partitions that are held up leave the others none.
LANES_PER_WINDOW = 2
REVOKE_SECONDS = 8.0
#: With what else ends a process, less than the half minute that supervisors grant between asking and killing.
STOP_SECONDS = 15.0
#: Longer than the state of any job takes to read back.
RESTORE_SECONDS = 600.0
NAP_SECONDS = 0.035


async def at_once() -> None:
    """Wait for nothing."""


class MembershipAgent:
    """One job's events, from its partitions to Infobip and back to its cursor.

    `state` is what the job keeps beside its input. `perform`, `writer`, `commit` and `deliver` are as `Delivery` has
    them. A window is cut when it is full, or waits the job's `flush.max_seconds`. With `spacing_seconds`
    it waits for company only while it has to: it is cut at once while no other is in flight; so long after the one
    before while all of them are on the wire; and gathers while one waits for its turn, behind which it would wait, too.
    It holds `window_events_max` events at most, by default the job's own.
    `decode` reads the value of a record. `observer` is told of each window. With `tracing` windows have names, and
    whoever takes over asks what was done under them. `ready` returns once a window may be folded.
    """

    def __init__(
        self,
        job: AudienceJob,
        processor: Processor,
        *,
        perform: Perform,
        writer: RecordWriter,
        commit: Commit,
        names: TopicNames,
        state: Sequence[PartitionState] = (),
        spacing_seconds: float = inf,
        window_events_max: int | None = None,
        decode: Decode = decode,
        inflight_windows_max: int = INFLIGHT_WINDOWS_MAX,
        deliver: Deliver | None = None,
        observer: JobObserver = UNOBSERVED,
        pause: PauseSwitch | None = None,
        tracing: Tracing | None = None,
        ready: Callable[[], Awaitable[None]] = at_once,
    ) -> None:
        self._job, self._state = job, state
        self._spacing_seconds, self._cut_at = spacing_seconds, -inf
        window_events = window_events_max or job.flush.max_events
        self._window = OpenWindow(job.wants, window_events, job.name, decode)
        self._lanes = Lanes(window_events, LANES_PER_WINDOW * inflight_windows_max * window_events)
        self._tracing = tracing
        self._first = FirstEvents(job.most_undecodable_percent)
        self._inflight = Inflight(inflight_windows_max, window_events)
        self._accepting, self._suspended_at = asyncio.Event(), time.monotonic()
        self._ready = ready
        self._stopping, self._pause = False, pause or PauseSwitch()
        self._filled, self._emptied = asyncio.Event(), asyncio.Event()
        self._told, self._perform = WindowsTold(job.name, names, writer, state, observer), self._noticed(perform)
        self._delivery = Delivery(
            job.name,
            processor,
            self._inflight,
            perform=self._perform,
            writer=writer,
            commit=commit,
            told=self._told,
            deliver=deliver,
            names=None if tracing is None else tracing.names,
            observer=observer,
            noticed=self._filled.set,
        )
        #: The way to work beside the events.
        self.beside = Beside(self._inflight, self._pause, self._perform, writer, self._told)
        self.beside.let_go = self._refill

    @property
    def topic_ids(self) -> Mapping[str, str]:
        """What the brokers call each topic now."""
        return self._told.topic_ids

    @topic_ids.setter
    def topic_ids(self, ids: Mapping[str, str]) -> None:
        self._told.topic_ids = ids

    async def run(self) -> None:
        """Launch windows and commit offsets until cancelled; raises what no repetition would mend."""
        tasks = [
            asyncio.ensure_future(work) for work in (self._launch(), self._delivery.commit_as_it_moves(), self._heed())
        ]
        try:
            ended, _ = await asyncio.wait([*tasks, self._inflight.failure], return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await self._inflight.drain(only_on_wire=False, seconds=0)

    # --- the way of an event --------------------------------------------------------------------------------------

    async def read(self, records: Sequence[Record], still_ours: Callable[[], bool]) -> None:
        """Take in records of one partition in offset order; waits while there is no room, which pauses fetching.

        Records whose partition was taken away meanwhile are not ours any more: its next owner reads them again, even
        if that is us.
        """
        await self._accepting.wait()
        partition = (records[0].topic, records[0].partition) if records else ("", 0)
        while records and self._accepting.is_set() and still_ours():
            if self._lanes.full or self._pause.paused:
                self._emptied.clear()
                await self._emptied.wait()
                continue
            if self._window.full or self.beside.holds(partition):
                self._lanes.add(records)
                return
            taken = self._window.take(records, time.monotonic())
            self._taken()
            records = records[taken:]
            self._filled.set()

    async def _launch(self) -> None:
        """Launch windows until cancelled. Behind one that fails nothing is taken in or sent: it might be committed."""
        try:
            while True:
                await self._launch_next()
        finally:
            self.suspend()
            self._window.cut()

    async def _launch_next(self) -> None:
        await self._due()
        await self._inflight.acquire_slot()
        await self._ready()
        await self._covered()
        if self._pause.paused:
            self._inflight.release_slot()
        elif self._accepting.is_set():
            window, self._cut_at = self._window.cut(), time.monotonic()
            if (fault := self._first.heard(window)) is not None:
                await self._give_up(fault)
            self._delivery.send_off(window)
            self._refill()
            await let_go_first()
        else:  # the partitions are being taken away: what becomes of the window is decided there
            self._inflight.release_slot()
            await self._accepting.wait()

    def _refill(self) -> None:
        """Have the open window take what waits, but for records of partitions that are held."""
        self._lanes.fill(self._window, self._delivery.offsets.pending, self.beside.holds, time.monotonic())
        self._taken()
        self._filled.set()
        self._emptied.set()

    def _taken(self) -> None:
        """Tell whoever works beside how far records are in windows."""
        for partition, (_, last) in self._window.ranges.items():
            self.beside.taken(partition, last)

    async def _covered(self) -> None:
        """Return when it is noted beside the cursors that the open window may be in flight, or when it must not be."""
        names = None if self._tracing is None else self._tracing.names
        while names is not None and self._accepting.is_set() and not self._pause.paused:
            if names.covers(self._window.ranges):
                return
            if not await names.cover(self._window.ranges):  # the partitions are being shared out again
                await asyncio.sleep(NAP_SECONDS)

    async def _give_up(self, fault: str) -> Never:
        """Finish what is in flight; what was read beyond it is left uncommitted, to be read again by whoever can."""
        self.suspend()
        await self._inflight.drain(only_on_wire=False, seconds=STOP_SECONDS)
        await self._delivery.commit_last()
        raise JobFailed(fault)

    async def _heed(self) -> None:
        """Wake whoever waits when the job is paused or resumed."""
        while True:
            await self._pause.changed()
            self._emptied.set()
            self._filled.set()

    # --- partitions come and go -----------------------------------------------------------------------------------

    async def assigned(self, partitions: Collection[Partition], unread: Collection[Partition] = ()) -> None:
        """Begin to take in records of these partitions, once the state that belongs to them is back.

        Of those that are `unread` it is known that nobody has begun with them before. What stands in its way for good
        ends `run`.
        """
        try:
            for state in self._state:
                await state.restore(partitions)
            known = () if self._tracing is None else await self._tracing.begin(partitions, unread, self._perform)
        except JobFailed as failure:
            if not self._inflight.failure.done():
                self._inflight.failure.set_exception(failure)
            return
        self._delivery.unverified = set(partitions) - set(unread) - set(known)
        if not self._stopping:
            self._accepting.set()
            self.beside.begin(partitions)

    def suspend(self) -> None:
        """Take in nothing until partitions are assigned and their state is back."""
        self._accepting.clear()
        self._lanes.clear()
        self.beside.end()
        self._suspended_at = time.monotonic()
        self._emptied.set()

    async def revoked(self, *, lost: bool = False) -> None:
        """Finish what is on the wire, and the open window unless others still wait; drop the rest: it is read again.

        Of partitions that were lost before we were told everything is dropped: they may be another's by now.
        """
        self.suspend()
        if lost:
            await self._inflight.drain(only_on_wire=False, seconds=0)
        elif self._may_flush and self._inflight.queued == 0 and not self._inflight.full:
            await self._inflight.acquire_slot()
            await self._send_last()
            await self._inflight.drain(only_on_wire=False, seconds=REVOKE_SECONDS)
        else:
            self._window.cut()
            await self._inflight.drain(only_on_wire=True, seconds=REVOKE_SECONDS)
        if not lost:
            await self._delivery.commit_last()
        self._window.cut()
        self._delivery.forget()

    @property
    def _may_flush(self) -> bool:
        """Whether the open window is to be sent; that of a paused job is not, and is read again."""
        return self._window.opened_at is not None and not self._pause.paused

    async def stop(self) -> None:
        """The last flush: everything taken in is sent and committed, for as long as that is reasonable.

        What landed is committed; then it raises what a window in flight failed of.
        """
        self._stopping = True
        self.suspend()
        deadline = time.monotonic() + (GRACE_SECONDS if self._pause.paused else STOP_SECONDS)
        if self._may_flush:
            try:
                await asyncio.wait_for(self._inflight.acquire_slot(), STOP_SECONDS)
            except TimeoutError:
                self._window.cut()  # not sent, so not committed: it is read again
            else:
                await self._send_last()
        self._window.cut()
        left = max(0.0, deadline - time.monotonic())
        await self._inflight.drain(only_on_wire=self._pause.paused, seconds=left)
        await self._delivery.commit_last()
        if self._inflight.failure.done():
            self._inflight.failure.result()

    async def _send_last(self) -> None:
        """Send the open window, for which there is a slot; unless it cannot be noted soon: then it is read again."""
        names, covered = None if self._tracing is None else self._tracing.names, True
        if names is not None:
            try:
                covered = await asyncio.wait_for(names.cover(self._window.ranges), LAST_COMMIT_SECONDS)
            except TimeoutError:
                covered = False
        window = self._window.cut()
        if covered:
            self._delivery.send_off(window)
        else:
            self._inflight.release_slot()

    def waits(self, partition: Partition) -> bool:
        """Whether it is known what holds this partition up.

        That is what its first window in flight waits for; or a window that fills; or, before any window of it, its
        state that comes back, or other partitions' windows that take all places and wait. Or somebody has paused it.
        """
        if self._pause.paused:
            return True
        if (known := self._inflight.waits(partition)) is not None:
            return known
        if self._delivery.offsets.holds(partition):
            return False  # all of its windows have landed, and it ought to be committed
        opened_at = self._window.opened_at
        if opened_at is not None and partition in self._window.ranges:
            due_at = opened_at + self._job.flush.max_seconds
            return time.monotonic() < due_at or (self._inflight.full and self._inflight.any_waits)
        if not self._accepting.is_set():
            looks_back = self._tracing is not None and self._tracing.waits
            restores = looks_back or any(state.is_waiting for state in self._state)
            return restores or time.monotonic() < self._suspended_at + RESTORE_SECONDS
        return self._inflight.full and self._inflight.any_waits

    # --- details --------------------------------------------------------------------------------------------------

    async def _due(self) -> None:
        """Return when the window is full or has waited long enough."""
        while self._pause.paused or not self._window.full:
            opened_at = None if self._pause.paused else self._window.opened_at
            left = None if opened_at is None else self._due_at(opened_at) - time.monotonic()
            if left is not None and left <= 0:
                return
            self._filled.clear()
            try:
                await asyncio.wait_for(self._filled.wait(), left)
            except TimeoutError:
                continue

    def _due_at(self, opened_at: float) -> float:
        """When a window that is not full has waited long enough, as things are now."""
        at = opened_at + self._job.flush.max_seconds
        if self._spacing_seconds == inf or self._inflight.any_waits_for_turn:
            return at
        return min(at, self._cut_at + self._spacing_seconds if self._inflight.flying else opened_at)

    def _noticed(self, perform: Perform) -> Perform:
        """What performs calls, and has looked again whether the open window is due once one is on the wire."""

        async def perform_noticed(call: Call, sent: Callable[[], None]) -> Reply:
            def gone() -> None:
                sent()
                self._filled.set()

            return await perform(call, gone)

        return perform_noticed
