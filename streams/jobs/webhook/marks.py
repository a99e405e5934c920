"""Up to where a job has begun to call, written down before each call goes out: after a kill none is made a second time.

What lies between the committed offset and the mark may have been called, or not: nobody knows, and so it is not called.
Of some it is known that they were not: windows wait for their turn within a limit, or for an outage to end, while
others go out. Those are told with the mark, so that who takes over after a stop or a rebalance calls them.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from math import inf
from typing import Any

from pydantic import ValidationError

from schemas.records.states import CallMark
from streams.kafka.compacted import read_in_thread, read_topic
from streams.kafka.producer import OutgoingRecord, RecordWriter
from streams.pipeline.decode import Record
from streams.pipeline.offsets import Partition
from streams.pipeline.settle import Settled

log = logging.getLogger(__name__)

#: So many stretches are told of a partition; those before count as called.
SPARED_MAX = 1_000

#: The first and the last offset of a stretch.
Stretch = tuple[int, int]


@dataclass(slots=True)
class Standing:
    """How far the calls of one partition have come; `found` is the mark that was there when the partition came."""

    found: CallMark | None = None
    topic_id: str = ""
    #: The last offset that may have been called, and the latest timestamp of such a record.
    offset: int = -1
    latest: int = -1
    #: Read, and certainly not called yet; and up to where it was read.
    waiting: set[int] = field(default_factory=set)
    read: int = -1

    def may_have_called(self, record: Record, topic_id: str) -> bool:
        """Whether whoever wrote the mark may have called a record."""
        mark = self.found
        if mark is None or record.offset > mark.offset or (mark.topic_id and topic_id and mark.topic_id != topic_id):
            return False
        if record.timestamp is not None and record.timestamp > mark.latest:  # its topic, or the end of its log, is new
            return False
        place = bisect_right(mark.spared, (record.offset, inf)) - 1
        return place < 0 or record.offset > mark.spared[place][1]

    def spared(self) -> list[Stretch]:
        """What lies before the mark and was not called: of what was read, and of what the mark tells that comes."""
        found = [*_stretches(sorted(offset for offset in self.waiting if offset <= self.offset))]
        if self.found is not None and self.offset == self.found.offset:
            found += [(max(first, self.read + 1), last) for first, last in self.found.spared if last > self.read]
        return found[-SPARED_MAX:]


class Marks:
    """The marks of the partitions this process owns.

    `wall_clock` tells Unix seconds, `topic_id` how the brokers identify a topic; '' where they do not.
    """

    def __init__(
        self,
        job: str,
        topic: str,
        settings: dict[str, Any],
        wall_clock: Callable[[], float],
        topic_id: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._job, self._topic, self._settings, self._wall_clock = job, topic, settings, wall_clock
        self._topic_id = topic_id
        self._standing: dict[Partition, Standing] = {}
        #: What has changed since it was written; how often that was wanted, and up to which of these it is written.
        self._changed: set[Partition] = set()
        self._wanted = self._written = 0
        self._turn = asyncio.Lock()

    async def restore(self, partitions: Collection[Partition]) -> None:
        """Read the marks of these partitions back, however long the brokers are away."""
        wanted = {_key(partition): partition for partition in partitions}
        found = await read_in_thread(partial(self._read, wanted)) if wanted else {}
        self._standing = {
            partition: Standing(mark, mark.topic_id, mark.offset, mark.latest) for partition, mark in found.items()
        }
        self._changed.clear()

    @property
    def is_waiting(self) -> bool:
        """Whether it is being read back: that does not take long enough to be told."""
        return False

    def records(self, batch: Any, _: Settled, __: datetime) -> Sequence[OutgoingRecord]:
        """Nothing is left to write of a batch: its marks were written before it was called."""
        for entry in batch.window.entries:
            record = entry.record
            self._of(record).waiting.discard(record.offset)
        return ()

    def admit(self, record: Record) -> bool:
        """Take a record in that nobody can have called before: it waits for its call. False of any other."""
        one = self._of(record)
        one.read = max(one.read, record.offset)
        if one.may_have_called(record, self._topic_id(record.topic)):
            return False
        one.waiting.add(record.offset)
        return True

    async def depart(self, records: Iterable[Record], writer: RecordWriter) -> None:
        """Mark records that are about to be called; acknowledged when it returns."""
        for record in records:
            one, topic_id = self._of(record), self._topic_id(record.topic)
            if topic_id and one.topic_id and topic_id != one.topic_id:  # the offsets of before mean nothing
                one.offset = one.latest = -1
            one.topic_id = topic_id or one.topic_id
            one.waiting.discard(record.offset)
            # A record without a time has the earliest.
            one.offset, one.latest = max(one.offset, record.offset), max(one.latest, record.timestamp or 0)
            self._changed.add((record.topic, record.partition))
        await self._write(writer)

    async def take_back(self, records: Iterable[Record], writer: RecordWriter) -> None:
        """Note that the call of records came to nothing, and will be made again."""
        for record in records:
            partition = (record.topic, record.partition)
            if partition in self._standing:  # it may have gone to another process meanwhile
                self._standing[partition].waiting.add(record.offset)
                self._changed.add(partition)
        await self._write(writer)

    async def _write(self, writer: RecordWriter) -> None:
        """Write what has changed; all who want that while others write are served by the next write."""
        self._wanted += 1
        mine = self._wanted
        async with self._turn:
            if self._written >= mine:
                return
            wanted, changed = self._wanted, self._changed
            self._changed = set()
            try:
                await writer.write([self._mark(partition) for partition in changed if partition in self._standing])
            except BaseException:
                self._changed |= changed
                raise
            self._written = wanted

    def _mark(self, partition: Partition) -> OutgoingRecord:
        one = self._standing[partition]
        mark = CallMark(
            job=self._job,
            offset=one.offset,
            latest=one.latest,
            written_at=self._wall_clock(),
            topic_id=one.topic_id,
            spared=tuple(one.spared()),
        )
        return OutgoingRecord(self._topic, _key(partition), mark.model_dump_json().encode(), 0)

    def _of(self, record: Record) -> Standing:
        return self._standing.setdefault((record.topic, record.partition), Standing())

    def _read(self, wanted: Mapping[bytes, Partition], still_wanted: Callable[[], bool]) -> dict[Partition, CallMark]:
        found: dict[Partition, CallMark] = {}
        for message in read_topic(self._settings, self._topic, [0], still_wanted):
            partition, value = wanted.get(message.key() or b""), message.value()
            if partition is None or value is None:
                continue
            try:
                found[partition] = CallMark.model_validate_json(value)
            except ValidationError:
                log.warning("mark_unreadable topic=%s offset=%d", self._topic, message.offset())
        return found


def _stretches(offsets: Iterable[int]) -> Iterator[Stretch]:
    """Offsets in their order as stretches without a gap."""
    first = last = None
    for offset in offsets:
        if first is None or last is None:
            first = last = offset
        elif offset == last + 1:
            last = offset
        else:
            yield first, last
            first = last = offset
    if first is not None and last is not None:
        yield first, last


def _key(partition: Partition) -> bytes:
    topic, number = partition
    return f"{topic}-{number}".encode()
