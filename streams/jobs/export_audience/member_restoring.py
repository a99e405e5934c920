"""Members read back when partitions come: the copy brought up to date, what counts made to stand, gaps made up for."""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from schemas.jobs.export_audience import ExportAudience
from schemas.records.states import Coverage
from streams.jobs.export_audience.entered import NOBODY
from streams.jobs.export_audience.member_copy import Known, MemberCopy, latest
from streams.jobs.export_audience.member_overlay import Looked, Overlay
from streams.jobs.export_audience.membership_gaps import Gap, Gaps
from streams.jobs.export_audience.membership_records import Position, coverage, membership
from streams.jobs.export_audience.membership_store import (
    RECORDS_AT_ONCE,
    WINDOW_EVENTS,
    coverage_after,
    is_scattered,
)
from streams.jobs.export_audience.membership_topics import Inputs, MembershipTopics, StillWanted
from streams.jobs.export_audience.plan import Exporter
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.decode import Record
from streams.pipeline.window import OpenWindow, Window

log = logging.getLogger(__name__)

#: Of so many profiles more may be known than the copy tells, besides those of windows in flight: some 7 MB.
OVERLAY_MAX = 10_000
NOTICE_SECONDS = 30.0

#: Writes records, and returns once they are acknowledged.
Write = Callable[[Sequence[OutgoingRecord]], None]


class CalledOff(Exception):
    """Nobody wants it any more: the partitions are being shared out again."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was read back: whether profiles may have moved between partitions, and what each of ours tells of."""

    scattered: bool
    covers: dict[int, Coverage]


@dataclass(frozen=True, slots=True)
class Restoration:
    """Reads members back, in a thread; blocks as the brokers and the disk do, and raises KafkaException.

    `came_further` is called now and then. Once it is not `still_wanted` it raises CalledOff.
    """

    job: ExportAudience
    topic: str
    door: MembershipTopics
    exporter: Exporter
    write: Write
    came_further: Callable[[], None]
    still_wanted: StillWanted

    def read_on(self, copy: MemberCopy, standing: Inputs) -> None:
        """Take in what the copy lacks, to the end of its topic as it is now.

        Raises:
            OutOfRange: the topic does not go as far as the copy, or begins later: records were lost.

        """
        began = noticed = time.monotonic()
        numbers, read = range(max(standing.state_partitions, standing.partitions)), 0
        records = iter(self.door.read_state(numbers, self.still_wanted, copy.next_offsets))
        while some := list(islice(records, RECORDS_AT_ONCE)):
            copy.take(some)
            read += len(some)
            self.came_further()
            if time.monotonic() > noticed + NOTICE_SECONDS:
                noticed = time.monotonic()
                log.info("state_read_back job=%s records=%d", self.job.name, read)
        self._unless_called_off()
        if read > RECORDS_AT_ONCE:
            seconds = time.monotonic() - began
            log.info("state_restored job=%s records=%d seconds=%.1f", self.job.name, read, seconds)

    def run(self, copy: MemberCopy, wanted: Collection[int], standing: Inputs, epoch: int) -> Restored:
        """Make the records of our partitions say what counts, and make up for what they missed.

        Raises:
            JobFailed: the input does not tell any more of what must be known.

        """
        scattered = bool(is_scattered(standing, copy, copy.coverage))
        epochs = {number: copy.epoch(number, epoch) for number in wanted}
        self._write_all(self._mending(copy, epochs))
        gaps = [*map(Gaps(self.job, standing, copy, self.door).of, sorted(wanted))]
        for gap in gaps:
            if gap.first < gap.end:
                position = Position(standing.topic_id, gap.partition, gap.end - 1, epochs[gap.partition])
                self._catch_up(gap, copy, standing, position, scattered=scattered)
        covers = {gap.partition: coverage_after(gap, standing, epochs, scattered=scattered) for gap in gaps}
        self._write_all(coverage(self.topic, number, said) for number, said in covers.items())
        self.read_on(copy, standing)
        return Restored(scattered, covers)

    def _mending(self, copy: MemberCopy, epochs: Mapping[int, int]) -> Iterator[OutgoingRecord]:
        """Records that make the last record of each profile say what counts, so that compaction keeps that.

        Only in partitions that are ours: others may write to the rest meanwhile.
        """
        for profile, known in copy.unsettled():
            if (found := latest(known)) is None:
                continue
            home, counts = found
            for number in known.keys() & epochs.keys():
                kept = known[number]
                if home == number and not kept.on_top:
                    position = kept.position._replace(epoch=epochs[number])
                    yield membership(self.topic, number, profile, kept.audiences, position, entered=True)
                elif home != number and (kept.audiences or not kept.on_top):
                    yield membership(self.topic, number, profile, NOBODY, counts.position)

    def _catch_up(self, gap: Gap, copy: MemberCopy, standing: Inputs, position: Position, *, scattered: bool) -> None:
        """Fold the events of a gap as if they were read now, but send nothing; write what they come to."""
        began, events = time.monotonic(), 0
        window, overlay = OpenWindow(self.job.wants, WINDOW_EVENTS), Overlay()

        def fold(cut: Window) -> None:
            held = Looked.at((entry.profile_id for entry in cut.entries), copy, overlay)
            changes = self.exporter.fold(cut, held).memberships
            for profile, entries in changes.items():
                overlay.put(profile, entries, gap.partition, position.offset)
            at = self.topic, gap.partition
            records = [membership(*at, who, said, position, entered=True) for who, said in changes.items()]
            if scattered:
                records += moved(self.topic, copy.known([*changes]), gap.partition, position)
            self._write_all(records)
            if len(overlay) >= OVERLAY_MAX:
                self.read_on(copy, standing)
                overlay.clear()

        for read in self.door.read_events(gap.partition, gap.first, gap.end, self.still_wanted):
            records: Sequence[Record] = read
            events += len(records)
            while records:
                records = records[window.take(records, 0.0) :]
                if window.full:
                    fold(window.cut())
            self.came_further()
        self._unless_called_off()
        fold(window.cut())
        told = (self.job.name, gap.partition, gap.first, gap.end, events, time.monotonic() - began)
        log.info("membership_made_up_for job=%s partition=%d from=%d to=%d events=%d seconds=%.1f", *told)

    def _write_all(self, records: Iterable[OutgoingRecord]) -> None:
        each = iter(records)
        while some := list(islice(each, RECORDS_AT_ONCE)):
            self._unless_called_off()
            self.write(some)
            self.came_further()

    def _unless_called_off(self) -> None:
        if not self.still_wanted():
            raise CalledOff


def moved(topic: str, known: Mapping[str, Known], partition: int, position: Position) -> Iterator[OutgoingRecord]:
    """Tombstones where the records of profiles stood before their events came from this partition."""
    for profile, each in known.items():
        for number, kept in each.items():
            if number != partition and kept.audiences:
                yield membership(topic, number, profile, NOBODY, position)
