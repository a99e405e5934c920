"""Up to where a job has begun to call, written down before it does: after a kill no call is made a second time.

What lies between the committed offset and the mark may have been called, or not: nobody knows, and so it is not called.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ValidationError

from schemas.records.states import CallMark
from streams.kafka.compacted import read_in_thread, read_topic
from streams.kafka.producer import OutgoingRecord, RecordWriter
from streams.pipeline.decode import Record
from streams.pipeline.offsets import Partition
from streams.pipeline.settle import Settled

log = logging.getLogger(__name__)


class Marks:
    """The marks of the partitions this process owns; `wall_clock` tells Unix seconds."""

    def __init__(self, job: str, topic: str, settings: dict[str, Any], wall_clock: Callable[[], float]) -> None:
        self._job, self._topic, self._settings, self._wall_clock = job, topic, settings, wall_clock
        #: As they were when the partitions came, and as they are now.
        self._found: dict[Partition, CallMark] = {}
        self._now: dict[Partition, tuple[int, int]] = {}

    async def restore(self, partitions: Collection[Partition]) -> None:
        """Read the marks of these partitions back, however long the brokers are away."""
        wanted = {_key(partition): partition for partition in partitions}
        self._found = await read_in_thread(partial(self._read, wanted)) if wanted else {}
        self._now = {partition: (mark.offset, mark.latest) for partition, mark in self._found.items()}

    @property
    def is_waiting(self) -> bool:
        """Whether it is being read back: that does not take long enough to be told."""
        return False

    def records(self, _: object, __: Settled, ___: datetime) -> Sequence[OutgoingRecord]:
        """Nothing is left to write of a batch: its mark was written before it was called."""
        return ()

    def begun(self, record: Record) -> bool:
        """Whether a record may have been called before; one later than all that were was not: its topic is new."""
        mark = self._found.get((record.topic, record.partition))
        if mark is None or record.offset > mark.offset:
            return False
        return record.timestamp is None or record.timestamp <= mark.latest

    async def write(self, spans: Sequence[tuple[str, int, int, int]], writer: RecordWriter) -> None:
        """Mark what is about to be called; acknowledged when it returns.

        By topic and partition: the last offset, and the latest of its records' timestamps in Unix milliseconds.
        """
        records = []
        for topic, number, last, latest in spans:
            partition = (topic, number)
            known = self._now.get(partition, (-1, -1))
            now = (max(last, known[0]), max(latest, known[1]))
            if now == known:
                continue
            self._now[partition] = now
            mark = CallMark(job=self._job, offset=now[0], latest=now[1], written_at=self._wall_clock())
            records.append(OutgoingRecord(self._topic, _key(partition), mark.model_dump_json().encode(), 0))
        if records:
            await writer.write(records)

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


def _key(partition: Partition) -> bytes:
    topic, number = partition
    return f"{topic}-{number}".encode()
