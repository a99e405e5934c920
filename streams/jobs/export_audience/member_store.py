"""Who is in which audience by which address, for jobs that keep their members: on disk, because it need not fit memory.

The truth is a compacted topic, as `membership_store.py` has it. What this process knows of it is a copy on disk, which
follows the topic: what this process writes itself comes back to it there, and so does what others write, whose profiles
may share an address with ours. Until then an overlay in memory tells of what was folded here. So the copy is never
ahead of the topic, and whoever is killed finds nothing on disk that is not written.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import TimeoutError as NotYet
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock

from schemas.jobs.export_audience import ExportAudience
from streams.jobs.export_audience.entered import Entered
from streams.jobs.export_audience.folded import ExportBatch
from streams.jobs.export_audience.member_copy import FORM, MemberCopy, Written
from streams.jobs.export_audience.member_overlay import Looked, Overlay
from streams.jobs.export_audience.member_restoring import OVERLAY_MAX, CalledOff, Restoration, Restored, moved
from streams.jobs.export_audience.membership_records import Position, coverage, membership, takeover
from streams.jobs.export_audience.membership_store import NANOSECONDS, STILL_SECONDS, Write
from streams.jobs.export_audience.membership_topics import Inputs, MembershipTopics, StillWanted
from streams.jobs.export_audience.plan import Exporter
from streams.kafka.compacted import OutOfRange, read_in_thread
from streams.kafka.local_store import open_store
from streams.kafka.producer import OutgoingRecord
from streams.kafka.threads import in_own_thread
from streams.pipeline.offsets import Partition
from streams.pipeline.settle import Settled
from streams.pipeline.window import Window

log = logging.getLogger(__name__)

#: An acknowledgement is waited for so long before it is asked whether it is wanted still.
WRITE_SECONDS = 1.0


class MemberStore:
    """The members of all partitions; those of ours are written by this process."""

    def __init__(
        self,
        job: ExportAudience,
        topic: str,
        door: MembershipTopics,
        write: Write,
        exporter: Exporter,
        directory: Path,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.topic, self._clock, self._directory = topic, clock, directory
        self._job, self._door, self._write, self._exporter = job, door, write, exporter
        self._copy: MemberCopy | None = None
        self._identity = ""
        self._overlay = Overlay()
        self._standing = Inputs("", 0, 0, {})
        self._restored = Restored(scattered=False, covers={})
        self._came_further_at: float | None = None
        #: Whoever follows for an earlier one is not wanted any more.
        self._generation, self._begun, self._opening = 0, asyncio.Event(), Lock()
        self._settled = asyncio.Event()

    # --- what a window is folded over -----------------------------------------------------------------------------

    def known_in(self, window: Window) -> Entered:
        """What is known of whom a window tells of; blocks as a disk does, for some milliseconds."""
        return self.known_of(entry.profile_id for entry in window.entries)

    def known_of(self, profiles: Iterable[str]) -> Entered:
        """What is known of these profiles; it can also be asked who is inside by an address, once that is expected."""
        return Entered() if self._copy is None else Looked.at(profiles, self._copy, self._overlay)

    async def ready(self) -> None:
        """Return once the copy is not far behind what was written: what is beyond it is held in memory."""
        while len(self._overlay.written) > OVERLAY_MAX:
            self._settled.clear()
            await self._settled.wait()

    def learn(self, batch: ExportBatch) -> None:
        """Take over what a folded window says."""
        if batch.memberships:
            last = {entry.profile_id: entry.record for entry in batch.window.entries}
            for profile, entries in batch.memberships.items():
                self._overlay.put(profile, entries, last[profile].partition, last[profile].offset)

    def records(self, batch: ExportBatch, settled: Settled, _: datetime) -> list[OutgoingRecord]:
        """What a delivered batch changed, and how far the state of its partitions tells of their events."""
        records: list[OutgoingRecord] = []
        found: Mapping[str, frozenset[str]] = settled.notes or {}
        for profile, entries in found.items():
            # Unless a later window has said something else since.
            if self._overlay.get(profile) == batch.memberships.get(profile):
                self._overlay.correct(profile, entries)
        if batch.memberships:
            records += self._changed({**batch.memberships, **found}, batch.window)
            self._overlay.written.update(batch.memberships)
        return [*records, *self._marks(batch.window.ranges)]

    def _changed(self, changes: Mapping[str, frozenset[str]], window: Window) -> list[OutgoingRecord]:
        """The changes as records, by the last event of each profile; a profile in no audience becomes a tombstone."""
        last = {entry.profile_id: entry.record for entry in window.entries}
        before = self._copy.known([*changes]) if self._restored.scattered and self._copy is not None else {}
        records = []
        for profile, entries in changes.items():
            event = last[profile]
            epoch = self._restored.covers[event.partition].epoch
            position = Position(self._standing.topic_id, event.partition, event.offset, epoch)
            records.append(membership(self.topic, event.partition, profile, entries, position, entered=True))
            records += moved(self.topic, {profile: before.get(profile, {})}, event.partition, position)
        return records

    def _marks(self, ranges: Mapping[Partition, tuple[int, int]]) -> list[OutgoingRecord]:
        """How far the state of each partition tells of its events, once those of a window are in it."""
        records, covers = [], self._restored.covers
        for (_, number), (_, last) in ranges.items():
            if (said := covers.get(number)) is not None and last >= said.next_offset:
                covers[number] = said = said.model_copy(update={"next_offset": last + 1})
                records.append(coverage(self.topic, number, said))
        return records

    # --- partitions come and go -----------------------------------------------------------------------------------

    @property
    def is_waiting(self) -> bool:
        """Whether it is being read back, and comes further: which may take as long as the whole input takes to read."""
        return self._came_further_at is not None and time.monotonic() < self._came_further_at + STILL_SECONDS

    async def restore(self, partitions: Collection[Partition]) -> None:
        """Bring what is known of members up to date, to the end as it is now, however long the brokers are away.

        Raises:
            JobFailed: it was not kept so far, and the input does not tell of it any more; or nothing can be kept on
                disk.
            Stalled: what is on disk is damaged.

        """
        wanted = sorted(number for _, number in partitions)
        self._generation += 1
        self._overlay, self._restored = Overlay(), Restored(scattered=False, covers={})
        self._settled.set()
        if not wanted:
            return
        try:
            standing = await read_in_thread(partial(self._look, wanted))
            epoch = self._clock() // NANOSECONDS
            await self._write([takeover(self.topic, number, epoch) for number in wanted])
            loop = asyncio.get_running_loop()
            restored = await read_in_thread(partial(self._restore, wanted, standing, epoch, loop, self._generation))
        finally:
            self._came_further_at = None
        self._restored, self._standing = restored, standing
        self._begun.set()
        log.info("membership_restored topic=%s partitions=%d", self.topic, len(wanted))

    async def follow(self) -> None:
        """Keep the copy up to date until cancelled, however long the brokers are away; then let go of it.

        Raises as `restore`.
        """
        try:
            while True:
                await self._begun.wait()
                self._begun.clear()
                await read_in_thread(partial(self._follow, self._generation, asyncio.get_running_loop()))
        finally:
            self._generation += 1
            await in_own_thread(self._close, "members")

    def _settle(self, generation: int, written: Sequence[Written]) -> None:
        """Let go of what the copy tells of by now."""
        if generation == self._generation:
            epochs = {number: said.epoch for number, said in self._restored.covers.items()}
            self._overlay.forget(written, epochs)
            self._settled.set()

    # --- in a thread ----------------------------------------------------------------------------------------------

    def _look(self, wanted: list[int], still_wanted: StillWanted) -> Inputs:
        """How input and state stand, which is given as many partitions."""
        self._came_further()
        standing = self._door.look(wanted, still_wanted)
        if standing.state_partitions < standing.partitions:
            self._door.grow(standing.partitions)
        return standing

    def _restore(
        self,
        wanted: list[int],
        standing: Inputs,
        epoch: int,
        loop: asyncio.AbstractEventLoop,
        generation: int,
        still_wanted: StillWanted,
    ) -> Restored:
        def write(records: Sequence[OutgoingRecord]) -> None:
            writing = asyncio.run_coroutine_threadsafe(self._awaited(records), loop)
            while True:
                try:
                    return writing.result(WRITE_SECONDS)
                except NotYet:
                    if writing.done() or still_wanted():
                        continue
                    raise CalledOff from None

        reading = Restoration(
            self._job, self.topic, self._door, self._exporter, write, self._came_further, still_wanted
        )
        copy = self._opened(f"{FORM}/{self.topic}/{standing.state_id}", generation)
        try:
            reading.read_on(copy, standing)
        except OutOfRange as reason:
            log.warning("store_ahead job=%s reason=%s: records were lost; read back", self._job.name, reason)
            copy.discard()
            copy = self._opened(self._identity, generation)
            reading.read_on(copy, standing)
        return reading.run(copy, wanted, standing, epoch)

    async def _awaited(self, records: Sequence[OutgoingRecord]) -> None:
        await self._write(records)

    def _opened(self, identity: str, generation: int) -> MemberCopy:
        """The copy of this topic; an empty one where there is none that is good."""
        with self._opening:
            if generation != self._generation:
                raise CalledOff
            if (copy := self._copy) is not None and copy.is_open:
                if identity == self._identity and not copy.is_old:
                    return copy
                copy.discard()  # its topic was made anew; or this process has stood by for a day
            self._copy, self._identity = MemberCopy(open_store(self._directory, identity)), identity
            return self._copy

    def _close(self) -> None:
        with self._opening:
            if self._copy is not None:
                self._copy.close()

    def _follow(self, generation: int, loop: asyncio.AbstractEventLoop, still_wanted: StillWanted) -> None:
        def wanted() -> bool:
            return still_wanted() and generation == self._generation

        copy, standing = self._copy, self._standing
        if copy is None:
            return
        numbers = range(max(standing.state_partitions, standing.partitions))
        begins = copy.next_offsets
        for records in self._door.follow_state({number: begins.get(number, 0) for number in numbers}, wanted):
            written = copy.take(records)
            loop.call_soon_threadsafe(self._settle, generation, written)

    def _came_further(self) -> None:
        self._came_further_at = time.monotonic()
