"""Brokers that hold the input and the state of a job in lists, and a worker that reads, crashes and sleeps at will."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.jobs.export_audience import ExportAudience
from schemas.records.states import StartPosition
from streams.jobs.export_audience.member_store import MemberStore
from streams.jobs.export_audience.membership_records import Read
from streams.jobs.export_audience.membership_store import MembershipStore
from streams.jobs.export_audience.membership_topics import InputPartition, Inputs, StillWanted
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.kafka.compacted import NOWHERE, OutOfRange
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.settle import Settled
from streams.pipeline.window import OpenWindow
from tests.fakes.infobip import Infobip
from tests.making import event

TOPIC, STATE = "memberships", "infobip_memberships_vip"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Brokers:
    """A topic with events, its job's state and committed offsets; a door to them."""

    partitions: int = 2
    topic_id: str = "first"
    compacted: bool = False
    events: dict[int, list[Read]] = field(default_factory=dict)
    low: dict[int, int] = field(default_factory=dict)
    committed: dict[int, int] = field(default_factory=dict)
    state: dict[int, list[Read]] = field(default_factory=dict)
    state_partitions: int = 2
    state_id: str = "state"
    begun: dict[int, StartPosition] = field(default_factory=dict)
    reads: list[tuple[int, int, int]] = field(default_factory=list)
    clock: int = 0
    #: What was published: where, and what it says.
    published: list[tuple[int, int, str, str, str]] = field(default_factory=list)

    # --- what the job asks ----------------------------------------------------------------------------------------

    def look(self, partitions: Collection[int], _: StillWanted) -> Inputs:
        places = {
            number: InputPartition(
                self.low.get(number, 0), len(self.events.get(number, ())), self.committed.get(number)
            )
            for number in partitions
        }
        return Inputs(self.topic_id, self.partitions, self.state_partitions, places, self.state_id)

    def grow(self, partitions: int) -> None:
        self.state_partitions = partitions

    def read_state(
        self, partitions: Collection[int], _: StillWanted, first: Mapping[int, int] = NOWHERE
    ) -> Iterator[Read]:
        for number in partitions:
            assert number < self.state_partitions
            if (begin := first.get(number, 0)) > self._end(number):
                raise OutOfRange(f"{begin}")
            yield from [one for one in self.state.get(number, ()) if one.offset >= begin]

    def follow_state(self, places: Mapping[int, int], still_wanted: StillWanted) -> Iterator[list[Read]]:
        read = dict(places)
        while still_wanted():
            for number, offset in read.items():
                fresh = [one for one in list(self.state.get(number, ())) if one.offset >= offset]
                read[number] = self._end(number) if fresh else offset
                if fresh:
                    yield fresh

    def read_events(self, partition: int, first: int, end: int, _: StillWanted) -> Iterator[list[Read]]:
        self.reads.append((partition, first, end))
        there = [one for one in self.events[partition][first:end] if one.offset >= self.low.get(partition, 0)]
        for begin in range(0, len(there), 3):
            yield there[begin : begin + 3]

    def starts(self) -> dict[int, StartPosition]:
        return self.begun

    def is_compacted(self) -> bool:
        return self.compacted

    # --- what happens to them -------------------------------------------------------------------------------------

    def publish(self, profile: str, action: str = "enter", audience: str = "vip") -> None:
        number = sum(profile.encode()) % self.partitions
        log = self.events.setdefault(number, [])
        self.published.append((number, len(log), profile, action, audience))
        log.append(Read(TOPIC, number, len(log), profile.encode(), event(profile, action, audience)))

    def remake(self, partitions: int) -> None:
        """Delete the input and create it again."""
        self.topic_id, self.partitions = f"{self.topic_id}'", partitions
        self.events, self.low, self.committed = {}, {}, {}

    def append(self, records: Iterable[OutgoingRecord]) -> None:
        for one in records:
            assert one.partition is not None
            assert one.partition < self.state_partitions
            self.clock += 1
            log = self.state.setdefault(one.partition, [])
            headers = list(one.headers)
            log.append(Read(STATE, one.partition, self._end(one.partition), one.key, one.value, headers, self.clock))

    def _end(self, number: int) -> int:
        log = self.state.get(number)
        return log[-1].offset + 1 if log else 0

    def everything(self) -> list[Read]:
        """All records of the state."""
        return [one for log in self.state.values() for one in log]

    def compact(self, *, forget: bool) -> None:
        """Keep the last record of each key; with `forget` no tombstones either."""
        for number, log in self.state.items():
            last = {one.key: one for one in log}
            kept = [one for one in log if last[one.key] is one and not (forget and one.value is None)]
            self.state[number] = kept


@dataclass
class Job:
    """One process after the other, each with all partitions; each event is delivered with what is known by then."""

    brokers: Brokers
    job: ExportAudience
    #: Whom windows are delivered to, if to anybody.
    infobip: Infobip | None = None
    #: Whether what comes of windows is written before the process dies.
    writes: bool = True
    #: Whether what is written comes back to the copy on disk at once.
    follows: bool = True
    #: Where members are kept on disk, if they are.
    directory: Path = Path()
    held: MembershipStore | MemberStore | None = None

    def start(self) -> MembershipStore | MemberStore | None:
        """Begin, or begin again with what is committed and kept."""
        exporter = Exporter(self.job, Attributes())
        numbers = range(self.brokers.partitions)
        if not self.brokers.committed:
            self.brokers.committed = dict.fromkeys(numbers, 0)
        self.stop()
        if self.job.keeps_members:
            self.held = self.store(exporter)
            asyncio.run(self.held.restore([(TOPIC, number) for number in numbers]))
        return self.held

    def stop(self) -> None:
        """Let go of what is on disk, as a process does that ends."""
        if isinstance(self.held, MemberStore):
            self.held._close()
        self.held = None

    def store(self, exporter: Exporter) -> MembershipStore | MemberStore:
        """What a process of this job would remember by."""
        known = self.job, STATE, self.brokers, self._write, exporter
        if self.job.keep_members:
            return MemberStore(*known, self.directory, self._clock)
        return MembershipStore(*known, self._clock)

    def _clock(self) -> int:
        self.brokers.clock += 1
        return self.brokers.clock * 1000

    async def _write(self, records: Iterable[OutgoingRecord]) -> None:
        self.brokers.append(records)

    def read(self, most: int = 1000, *, commits: bool = True) -> list[OutgoingRecord]:
        """Read a window of each partition; what is written down of it."""
        written: list[OutgoingRecord] = []
        for number in range(self.brokers.partitions):
            first = self.brokers.committed.get(number, 0)
            records: Sequence[Read] = self.brokers.events.get(number, [])[first : first + most]
            if not records:
                continue
            window = OpenWindow(self.job.wants, most)
            window.take(records, 0.0)
            written += self._fold(window)
            if commits:
                self.brokers.committed[number] = records[-1].offset + 1
        return written

    def _fold(self, open_window: OpenWindow) -> list[OutgoingRecord]:
        window = open_window.cut()
        if self.held is None:
            return []
        exporter = Exporter(self.job, Attributes())
        folded = exporter.fold(window, self.held.known_in(window))
        self.held.learn(folded)
        settled = Settled(window, {}) if self.infobip is None else self.infobip.hold(exporter.deliver(folded))
        if not self.writes:
            return []
        records = self.held.records(folded, settled, NOW)
        self.brokers.append(records)
        if self.follows and isinstance(self.held, MemberStore):
            self.follow()
        return records

    def follow(self) -> None:
        """Have what is written come back to the copy on disk."""
        assert isinstance(self.held, MemberStore)
        assert self.held._copy is not None
        self.held._settle(self.held._generation, self.held._copy.take(self.brokers.everything()))

    def restart(self, **changes: Any) -> MembershipStore | MemberStore | None:
        """Start again, with another configuration if one is given."""
        self.job = ExportAudience.model_validate({**self.job.model_dump(exclude_unset=True), **changes})
        return self.start()

    @property
    def known(self) -> dict[str, set[str]]:
        """Who is in which audiences, as the process knows it."""
        assert self.held is not None
        return {profile: set(audiences) for profile, audiences in self.everybody(self.held).items()}

    def everybody(self, held: MembershipStore | MemberStore) -> Mapping[str, frozenset[str]]:
        """Who is in what, as a process knows it."""
        if isinstance(held, MembershipStore):
            return held.audiences
        names = {(one.key or b"").decode("latin-1") for one in self.brokers.everything()}
        return {name: entries for name, entries in held.known_of(names).items() if entries}
