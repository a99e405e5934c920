"""What every process does with its windows: notes who is to be in which list, and hears when that is so.

A window's members are written and acknowledged, then a mark behind them. The one process that makes the calls reads
both, and tells once all before the mark is in the lists; only then the window is settled and its offsets committed.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from confluent_kafka import Message

from streams.calls.waiting import waiting_for
from streams.jobs.sync_cohort import records
from streams.jobs.sync_cohort.plan import CohortBatch, settled
from streams.jobs.sync_cohort.records import Kept, Unreadable
from streams.kafka.producer import OutgoingRecord, RecordWriter
from streams.kafka.tail import tail
from streams.pipeline.settle import Settled

log = logging.getLogger(__name__)


class Keeper:
    """One process's windows, from one start of the job to its end."""

    def __init__(self, settings: dict[str, Any], members: str, lists: str) -> None:
        self._settings, self._members, self._lists = settings, members, lists
        self._session, self._number, self._done = uuid4().hex, 0, 0
        #: Whoever comes first writes first, so that windows are written in the order in which they were cut.
        self._line = asyncio.Lock()
        self._ready, self._moved = asyncio.Event(), asyncio.Condition()
        #: Why ids were refused that are wanted, by audience and id.
        self._refused: dict[tuple[str, str], str] = {}

    async def deliver(self, batch: CohortBatch, writer: RecordWriter) -> Settled:
        """Note what a window says, and return once it is in the lists, however long that takes."""
        if not batch.members:
            return settled(batch, {})
        async with self._line:
            await writer.write(self._records(batch.members))
            self._number += 1
            number = self._number
            await writer.write(self._records([records.mark(self._session, number)]))
        with waiting_for("its turn with Infobip's lists"):
            async with self._moved:
                await self._moved.wait_for(lambda: self._ready.is_set() and self._done >= number)
        return settled(batch, self._refused)

    async def follow(self) -> None:
        """Hear what is in the lists, until cancelled.

        Raises:
            NotAllowed: the brokers do not let us read.

        """
        async with tail(self._settings, self._lists) as reading:
            while True:
                self.hear(await reading.read())
                if reading.caught_up:
                    self._ready.set()
                async with self._moved:
                    self._moved.notify_all()

    def hear(self, messages: Iterable[Message]) -> None:
        """Take over what is told of ids, and of windows of ours."""
        for message in messages:
            try:
                parts, said = records.read(message.key(), message.value())
                self._hear_one(parts, said)
            except Unreadable:
                log.warning("record_unreadable topic=%s offset=%d: passed over", self._lists, message.offset())

    def _hear_one(self, parts: Any, said: Any) -> None:
        match parts, said:
            case [records.ENTRY, audience, member_id], {"refused": str(why)}:
                self._refused[audience, member_id] = why
            case [records.ENTRY, audience, member_id], _:
                self._refused.pop((audience, member_id), None)
            case [records.DONE, self._session], {"number": int(number)}:
                self._done = max(self._done, number)

    def _records(self, kept: Iterable[Kept]) -> list[OutgoingRecord]:
        return [OutgoingRecord(self._members, one.key, one.value) for one in kept]
