"""Which audiences each profile is in, kept in a compacted topic: for jobs whose audiences share a tag.

The state of a partition of the input is kept in the partition of the same number: read back on assignment, changed when
a window is folded, and acknowledged before that window's offsets are committed. Replaying events over a state that has
already seen them gives the same state, because it holds sets.

Why it is whole whatever has happened meanwhile: who is given a partition first writes that down, and what an earlier
owner writes behind it does not count. Each partition says which audiences it tells of, and up to which event.
What it missed, because the job did not need it then, is made up for from the input. Once partitions are added, profiles
may move: from then on all partitions are read back, and the record of a profile moves with its next event.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain, islice

from schemas.jobs.export_audience import ExportAudience
from schemas.records.states import Coverage
from streams.jobs.export_audience.entered import ByAddress
from streams.jobs.export_audience.folded import ExportBatch
from streams.jobs.export_audience.membership_elsewhere import Elsewhere
from streams.jobs.export_audience.membership_gaps import Gap, Gaps, Told, same_topic
from streams.jobs.export_audience.membership_records import (
    Gathered,
    Position,
    Read,
    coverage,
    membership,
    takeover,
)
from streams.jobs.export_audience.membership_state import State
from streams.jobs.export_audience.membership_topics import Inputs, MembershipTopics, StillWanted
from streams.jobs.export_audience.plan import Exporter
from streams.kafka.compacted import read_in_thread
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.decode import Record
from streams.pipeline.offsets import Partition
from streams.pipeline.settle import Settled
from streams.pipeline.window import OpenWindow, Window

log = logging.getLogger(__name__)

WINDOW_EVENTS = 1000
RECORDS_AT_ONCE = 2000
#: Reading back that has not come further for so long stands still.
STILL_SECONDS = 60.0
#: In a microsecond.
NANOSECONDS = 1000

Write = Callable[[Iterable[OutgoingRecord]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Restored:
    """A state as it was read back: what it rests on, and the records to write before anybody goes by it."""

    state: State
    standing: Inputs
    scattered: bool
    covers: dict[int, Coverage]
    records: Iterator[OutgoingRecord]
    #: Partitions of others whose records were read, too, each with where the next one will be.
    elsewhere: dict[int, int]


class MembershipStore:
    """The state of the partitions this process owns."""

    def __init__(
        self,
        job: ExportAudience,
        topic: str,
        door: MembershipTopics,
        write: Write,
        exporter: Exporter,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.topic, self._clock = topic, clock
        self._job, self._door, self._write, self._exporter = job, door, write, exporter
        self._state = self._empty()
        self._standing = Inputs("", 0, 0, {})
        self._scattered = False
        self._covers: dict[int, Coverage] = {}
        self._came_further_at: float | None = None
        self._elsewhere = Elsewhere(topic, door)

    @property
    def audiences(self) -> dict[str, frozenset[str]]:
        """The audiences each profile is in."""
        return self._state.audiences

    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        """The same, as a window is folded over it."""
        return self._state.known

    @property
    def profiles(self) -> int:
        """How many profiles are in some audience."""
        return len(self._state.audiences)

    @property
    def is_waiting(self) -> bool:
        """Whether it is being read back, and comes further: which may take as long as the whole input takes to read."""
        return self._came_further_at is not None and time.monotonic() < self._came_further_at + STILL_SECONDS

    async def restore(self, partitions: Iterable[Partition]) -> None:
        """Read the state of these partitions back, to the end as it is now, however long the brokers are away.

        Raises:
            JobFailed: it was not kept so far, and the input does not tell of it any more.

        """
        wanted = sorted(number for _, number in partitions)
        self._elsewhere.forget()
        self._state, self._covers = self._empty(), {}
        if not wanted:
            return
        try:
            standing = await read_in_thread(partial(self._look, wanted))
            epoch = self._clock() // NANOSECONDS
            await self._write([takeover(self.topic, number, epoch) for number in wanted])
            restored = await read_in_thread(partial(self._restore, wanted, standing, epoch))
            while records := list(islice(restored.records, RECORDS_AT_ONCE)):
                await self._write(records)
                self._came_further()
                await asyncio.sleep(0)
        finally:
            self._came_further_at = None
        self._state, self._standing, self._scattered = restored.state, restored.standing, restored.scattered
        self._covers = restored.covers
        self._elsewhere.begin(restored.state, restored.elsewhere)
        log.info("membership_restored topic=%s partitions=%d profiles=%d", self.topic, len(wanted), self.profiles)

    async def follow(self) -> None:
        """Take over what other processes note of their partitions, where profiles may share an address.

        Until cancelled, however long the brokers are away.
        """
        await self._elsewhere.follow()

    def known_in(self, _: Window) -> Mapping[str, frozenset[str]]:
        """What is known, as a window is folded over it: of everybody."""
        return self.known

    def learn(self, batch: ExportBatch) -> None:
        """Take over what a folded window says."""
        self._put(batch.memberships)

    def _put(self, changes: Mapping[str, frozenset[str]]) -> None:
        for profile, audiences in changes.items():
            self._state.put(profile, audiences)
        self._state.shrink()

    def correct(self, said: Mapping[str, frozenset[str]], found: Mapping[str, frozenset[str]]) -> None:
        """Take over what a delivered window found out, unless a later one has said something else since."""
        self._put({who: one for who, one in found.items() if self.audiences.get(who) == said.get(who)})

    def records(self, batch: ExportBatch, settled: Settled, _: datetime) -> list[OutgoingRecord]:
        """What a delivered batch changed, and how far the state of its partitions tells of their events."""
        records = []
        found: Mapping[str, frozenset[str]] = settled.notes or {}
        if batch.memberships:
            self.correct(batch.memberships, found)
            last = {entry.profile_id: entry.record for entry in batch.window.entries}
            records += self._changed({**batch.memberships, **found}, last)
        return [*records, *self._marks(batch.window.ranges)]

    def _changed(self, changes: Mapping[str, frozenset[str]], last: Mapping[str, Record]) -> list[OutgoingRecord]:
        """The changes as records, by the last event of each profile; a profile in no audience becomes a tombstone."""
        records = []
        for profile, audiences in changes.items():
            event = last[profile]
            epoch = self._covers[event.partition].epoch
            position = Position(self._standing.topic_id, event.partition, event.offset, epoch)
            records.append(self._membership(event.partition, profile, audiences, position))
            if self._scattered:
                records += self._moved(self._state, profile, position)
        return records

    def _marks(self, ranges: Mapping[Partition, tuple[int, int]]) -> list[OutgoingRecord]:
        """How far the state of each partition tells of its events, once those of a window are in it."""
        records = []
        for (_, number), (_, last) in ranges.items():
            if (said := self._covers.get(number)) is not None and last >= said.next_offset:
                self._covers[number] = said = said.model_copy(update={"next_offset": last + 1})
                records.append(coverage(self.topic, number, said))
        return records

    # --- in a thread ----------------------------------------------------------------------------------------------

    def _look(self, wanted: list[int], still_wanted: StillWanted) -> Inputs:
        """How input and state stand, which is given as many partitions."""
        self._came_further()
        standing = self._door.look(wanted, still_wanted)
        if standing.state_partitions < standing.partitions:
            self._door.grow(standing.partitions)
        return standing

    def _restore(self, wanted: list[int], standing: Inputs, epoch: int, still_wanted: StillWanted) -> Restored:
        gathered = Gathered(self.topic, entered=self._job.remembers)
        gathered.take(self._watched(self._door.read_state(wanted, still_wanted)))
        scattered = is_scattered(standing, gathered, wanted)
        others = set(range(max(standing.state_partitions, standing.partitions))) - set(wanted)
        if scattered is not False or self._job.remembers:
            gathered.take(self._watched(self._door.read_state(sorted(others), still_wanted)))
            scattered = bool(is_scattered(standing, gathered, gathered.coverage))
        epochs = {number: gathered.epoch(number, epoch) for number in wanted}
        state, mending = self._empty(), gathered.memberships(epochs)
        for profile, audiences in mending.audiences.items():
            state.put(profile, audiences)
        state.homes.update(mending.homes if scattered else {})
        gaps = [*map(Gaps(self._job, standing, gathered, self._door).of, wanted)]
        changed: dict[str, Position] = {}
        for gap in gaps:
            for profile in self._catch_up(gap, state, still_wanted):
                changed[profile] = Position(standing.topic_id, gap.partition, gap.end - 1, epochs[gap.partition])
        covers = {gap.partition: coverage_after(gap, standing, epochs, scattered=scattered) for gap in gaps}
        records = chain(
            mending.records,
            self._changes(state, changed, scattered=scattered),
            (coverage(self.topic, number, said) for number, said in covers.items()),
        )
        followed = others if self._job.remembers else set()
        elsewhere = {number: gathered.ends.get(number, 0) for number in followed}
        return Restored(state, standing, scattered, covers, records, elsewhere)

    def _catch_up(self, gap: Gap, state: State, still_wanted: StillWanted) -> set[str]:
        """Fold the events of a gap as if they were read now, but send nothing; whose audiences changed."""
        changed: set[str] = set()
        if gap.first >= gap.end:
            return changed
        began, events = time.monotonic(), 0
        window = OpenWindow(self._job.wants, WINDOW_EVENTS)

        def fold(cut: Window) -> None:
            folded = self._exporter.fold(cut, state.known)
            for profile, audiences in folded.memberships.items():
                state.put(profile, audiences)
            changed.update(folded.memberships)

        for read in self._door.read_events(gap.partition, gap.first, gap.end, still_wanted):
            records: Sequence[Record] = read
            events += len(records)
            while records:
                records = records[window.take(records, 0.0) :]
                if window.full:
                    fold(window.cut())
            self._came_further()
        fold(window.cut())
        seconds = time.monotonic() - began
        told = (self._job.name, gap.partition, gap.first, gap.end, events, seconds)
        log.info("membership_made_up_for job=%s partition=%d from=%d to=%d events=%d seconds=%.1f", *told)
        return changed

    def _changes(self, state: State, changed: Mapping[str, Position], *, scattered: bool) -> Iterator[OutgoingRecord]:
        for profile, position in changed.items():
            audiences = state.audiences.get(profile, frozenset())
            yield self._membership(position.partition, profile, audiences, position)
            if scattered:
                yield from self._moved(state, profile, position)

    def _moved(self, state: State, profile: str, position: Position) -> Iterator[OutgoingRecord]:
        """Note that the record of a profile stands where its events come from now; it stands nowhere else any more."""
        home = state.homes.pop(profile, position.partition)
        if home != position.partition:
            yield self._membership(home, profile, frozenset(), position)
        if profile in state.audiences:
            state.homes[profile] = position.partition

    def _membership(
        self, partition: int, profile: str, audiences: frozenset[str], position: Position
    ) -> OutgoingRecord:
        return membership(self.topic, partition, profile, audiences, position, entered=self._job.remembers)

    def _empty(self) -> State:
        return State(by_address=ByAddress() if self._job.remembers else None)

    def _watched(self, records: Iterable[Read]) -> Iterator[Read]:
        for number, record in enumerate(records):
            if number % RECORDS_AT_ONCE == 0:
                self._came_further()
            yield record

    def _came_further(self) -> None:
        self._came_further_at = time.monotonic()


def is_scattered(standing: Inputs, told: Told, partitions: Iterable[int]) -> bool | None:
    """Whether profiles may have moved between partitions; None where some of these do not tell."""
    marks = [told.coverage.get(number) for number in partitions]
    if told.undated and standing.state_partitions != standing.partitions:
        return True
    if any(mark is not None and _has_moved(mark, standing) for mark in marks):
        return True
    return None if None in marks else False


def _has_moved(mark: Coverage, standing: Inputs) -> bool:
    same = mark.partitions == standing.partitions and same_topic(mark.topic_id, standing.topic_id)
    return mark.scattered or not same


def coverage_after(gap: Gap, standing: Inputs, epochs: Mapping[int, int], *, scattered: bool) -> Coverage:
    """What a partition tells of once its gap is made up for."""
    return Coverage(
        audiences=gap.audiences,
        topic_id=standing.topic_id,
        next_offset=gap.end,
        partitions=standing.partitions,
        scattered=scattered,
        epoch=epochs[gap.partition],
        whole=gap.whole,
    )
