"""What becomes of a window once it is cut: batch, sent, settled, written, committed.

Why no event of it can be lost: its offset is committed last, after Infobip has answered every call of its window and
the brokers have acknowledged every record that tells of it, and only when the same is true of all events before it in
its partition. Whoever dies in between leaves the offset where it was, and the next owner reads the event again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from streams.agents.inflight import Inflight, InflightWindow
from streams.agents.window_names import WindowNames
from streams.agents.window_told import WindowsTold
from streams.calls.pacing import Perform
from streams.kafka.producer import RecordWriter
from streams.observer import JobObserver
from streams.pipeline.offsets import OffsetTracker, Partition, Span
from streams.pipeline.processor import Batch, Processor
from streams.pipeline.settle import Settled
from streams.pipeline.window import Window, contexts_in

log = logging.getLogger(__name__)

LAST_COMMIT_SECONDS = 3.0
COMMIT_PAUSE_SECONDS = 0.035

Commit = Callable[[Mapping[Partition, int]], Awaitable[None]]
#: Carries a batch out, however long that takes, and returns what became of it; may write records meanwhile.
Deliver = Callable[[Any, RecordWriter], Awaitable[Settled]]


class Delivery:
    """The windows of one job, from when they are cut until their offsets are committed.

    `perform` performs calls, `writer` and `commit` return once brokers have acknowledged. With `deliver` batches are
    carried out by that, and not by a dialogue of the processor's. With `names` windows have names. `noticed` is called
    when there may be room for another window.
    """

    def __init__(
        self,
        job: str,
        processor: Processor,
        inflight: Inflight,
        *,
        perform: Perform,
        writer: RecordWriter,
        commit: Commit,
        told: WindowsTold,
        deliver: Deliver | None,
        names: WindowNames | None,
        observer: JobObserver,
        noticed: Callable[[], None],
    ) -> None:
        self._job, self._processor, self._inflight = job, processor, inflight
        self._perform, self._writer, self._commit, self._told = perform, writer, commit, told
        self._carry_out, self._names, self._observer, self._noticed = deliver, names, observer, noticed
        self.offsets = OffsetTracker()
        #: Partitions of which it is not known what was done beyond their cursor: nothing was read since they came.
        self.unverified: set[Partition] = set()
        self._moved, self._committing = asyncio.Event(), asyncio.Lock()

    def send_off(self, window: Window) -> None:
        """Set out with a window, for which there is a slot; an empty one gives it back."""
        if window.records == 0:
            self._inflight.release_slot()
            return
        if not self.unverified.isdisjoint(window.ranges):
            self.unverified -= window.ranges.keys()
            window = replace(window, may_repeat=True)
        if self._names is not None:
            window = replace(window, name=self._names.launch(window.ranges))
        batch = self._processor.fold(window)
        spans = self.offsets.track(window.ranges, window.room)
        self._inflight.release_rest(window.room)
        task = self._inflight.start(batch.keys, lambda inflight: self._carry(inflight, batch, spans), window.ranges)
        task.add_done_callback(self._landed)
        self._observer.in_flight(self._inflight.count)

    def _landed(self, _: "asyncio.Task[None]") -> None:
        self._noticed()  # the open window may be due sooner when nothing is in flight
        self._observer.in_flight(self._inflight.count)

    async def _carry(self, inflight: InflightWindow, batch: Batch, spans: list[Span]) -> None:
        """Deliver a window: at once what may go, then single profiles that Infobip chokes on, then what waits for such.

        Others go on meanwhile, but the window's offsets stay uncommitted until all of it is told.
        """
        with self._observer.window(lambda: contexts_in(batch.window)):
            await self._carried(inflight, batch, spans)
        for span in spans:
            span.done = True
        self._inflight.release(self.offsets.pass_by())
        self._moved.set()

    async def _carried(self, inflight: InflightWindow, batch: Batch, spans: list[Span]) -> None:
        held_up = await inflight.wait_for_turn()
        now, later = self._processor.part(batch, held_up) if held_up else (batch, None)
        rest = await self._deliver(inflight, now) if now is not None else None
        if rest is not None or later is not None:
            self._step_aside(inflight, [part for part in (rest, later) if part is not None], spans)
        while rest is not None:
            rest = await self._deliver(inflight, rest)
        if later is not None:
            await inflight.wait_for_others()
            while later is not None:
                later = await self._deliver(inflight, later)

    async def _deliver(self, inflight: InflightWindow, batch: Batch) -> Batch | None:
        """Deliver a window, or what is left of one, and write what became of it; what is left then."""
        if self._carry_out is not None:
            settled = await self._carry_out(batch, self._writer)
        else:
            settled = await inflight.converse(self._processor.deliver(batch), self._perform)
        await self._told.tell(inflight, batch, settled)
        rest: Batch | None = settled.rest
        return rest

    def _step_aside(self, inflight: InflightWindow, parts: list[Batch], spans: list[Span]) -> None:
        log.warning("events_stand_aside job=%s events=%d", self._job, sum(part.window.records for part in parts))
        self._inflight.stand_aside(inflight, frozenset().union(*(part.keys for part in parts)))
        for span in spans:
            span.window.aside = True
        self._inflight.release(self.offsets.pass_by())
        self._noticed()

    def forget(self) -> None:
        """Commit nothing of what was sent off: its partitions were taken away."""
        self.offsets.clear()
        self._inflight.release(self.offsets.released())

    async def commit_as_it_moves(self) -> None:
        """Commit what lands until cancelled."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            await self._commit_prefix()
            await asyncio.sleep(COMMIT_PAUSE_SECONDS)

    async def _commit_prefix(self) -> None:
        async with self._committing:
            if offsets := self.offsets.committable():
                await (self._commit(offsets) if self._names is None else self._names.commit(offsets))
                self._observer.committed()
                self._inflight.release(self.offsets.released())

    async def commit_last(self) -> None:
        """Commit what landed, unless the brokers are away: then it is read again, which is harmless."""
        try:
            await asyncio.wait_for(self._commit_prefix(), LAST_COMMIT_SECONDS)
        except TimeoutError:
            log.warning("commit_given_up job=%s seconds=%.0f", self._job, LAST_COMMIT_SECONDS)
