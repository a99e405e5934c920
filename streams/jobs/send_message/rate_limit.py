"""How fast a job may send: its messages take turns, in one process and over all, and no restart makes a burst.

Which slots of time are whose follows from the partitions (slots.py). Until when its slots are used up is written down
for each partition before anything is sent in them: whoever owns it next waits as long.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from math import inf
from typing import Any

from pydantic import ValidationError

from schemas.records.states import SpeedClock
from streams.calls.call import Call, Reply
from streams.calls.pacing import UNPACED, PacedPerform, Pacing, Perform
from streams.calls.waiting import known_wait
from streams.jobs.send_message.time_slots import TimeSlots
from streams.kafka.compacted import read_in_thread, read_topic
from streams.kafka.producer import OutgoingRecord, RecordWriter
from streams.pipeline.offsets import Partition
from streams.pipeline.settle import Settled

log = logging.getLogger(__name__)

#: Messages are spaced this much wider than the limit asks, because the network does not keep distances.
HEADROOM = 0.012
#: Who is late by no more than this does not make those behind it late: it is less than the headroom of ten seconds.
LATE_SECONDS = 0.05
#: What is written down covers so many seconds more, so that it is written once a second and not for each message.
AHEAD_SECONDS = 1.0
#: And so many at most in which brokers take long to acknowledge it; longer, and they were away.
WRITE_SECONDS_MAX = 5.0
#: The longest nap before looking again whether the partitions have changed.
NAP_SECONDS = 1.0


class SendRateLimiter:
    """The clock of one job in this process.

    `everything` asks the brokers for all partitions of the job's input. The clocks and `sleep` are there for tests.
    """

    def __init__(
        self,
        job: str,
        topic: str,
        per_second: float,
        settings: dict[str, Any],
        everything: Callable[[], Collection[Partition]],
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._job, self._topic, self._settings = job, topic, settings
        self._everything = everything
        self._clock, self._wall_clock, self._sleep = clock, wall_clock, sleep
        #: What one message takes.
        self._width = (1 + HEADROOM) / per_second
        self._partitions: list[Partition] = []
        self._slots = TimeSlots((), (), self._width)
        #: What the wall clock said beyond the steady one on assignment: since then nobody's setting it matters.
        self._offset = 0.0
        self._free_at = self._written_until = -inf
        #: How long the brokers took to acknowledge it last time: what is written must outlast its writing.
        self._write_seconds = 0.0
        self._line = asyncio.Lock()
        self._head: object = None

    async def restore(self, partitions: Collection[Partition]) -> None:
        """Take over partitions, and wait as long as whoever owned them before would have."""
        self._partitions, self._slots = sorted(partitions), TimeSlots((), (), self._width)
        self._offset = self._wall_clock() - self._clock()
        self._free_at = self._written_until = -inf
        if not self._partitions:
            return
        everything, clocks = await read_in_thread(partial(self._read, frozenset(map(_key, self._partitions))))
        now = self._wall_clock()
        # Never longer than whoever wrote it meant to: the clock it went by may have been wrong.
        waits = [min(clock.not_before - now, clock.not_before - clock.written_at) for clock in clocks]
        self._free_at = max(self._free_at, self._now() + max(waits, default=-inf))
        self._slots = TimeSlots(self._partitions, everything, self._width)

    @property
    def is_waiting(self) -> bool:
        """Whether it is being read back: that does not take long enough to be told."""
        return False

    def records(self, _: object, __: Settled, ___: datetime) -> Sequence[OutgoingRecord]:
        """Nothing is left to write of a batch: what its messages took of the limit was written before they went."""
        return ()

    def paced(self, perform: PacedPerform, writer: RecordWriter) -> Perform:
        """What performs calls: sends when their time has come, try by try; questions at once.

        `writer` is what the time that is used up is written down with.
        """

        async def perform_in_time(call: Call, sent: Callable[[], None]) -> Reply:
            if call.operation.purpose != "send":
                return await perform(call, sent, UNPACED)
            me = object()
            pace = Pacing(partial(self._turn, me, call.items), partial(self._depart, me, call.items, writer))
            try:
                return await perform(call, sent, pace)
            finally:
                self._leave(me)

        return perform_in_time

    @known_wait("the time of its messages within the speed limit")
    async def _turn(self, me: object, messages: int) -> None:
        """Return when so many messages may go, first come first served; nobody else goes until these have departed."""
        await self._line.acquire()
        self._head = me
        await self._opening(messages)

    async def _depart(self, me: object, messages: int, writer: RecordWriter) -> None:
        """Use up the time of these messages, once it is written down that it is; they may have been held up since."""
        # Whoever was held up keeps a connection here until the next moment.
        while (until := self._slots.end(await self._opening(messages), messages)) > self._written_until:
            await self._write_down(until, writer)
        self._free_at = until
        self._leave(me)

    def _leave(self, me: object) -> None:
        if self._head is me:
            self._head = None
            self._line.release()

    @known_wait("the time of its messages within the speed limit")
    async def _opening(self, messages: int) -> float:
        """Wait for the moment at which messages may go, and return it: it may be over by a little."""
        late = max(0.0, LATE_SECONDS - (messages - 1) * self._width)
        while True:
            at = self._slots.first(max(self._free_at, self._now() - late))
            if (wait := at - self._now()) <= 0:
                return at
            await self._sleep(min(wait, NAP_SECONDS))

    async def _write_down(self, until: float, writer: RecordWriter) -> None:
        """Write down that the time of our partitions is used up until then, and for some seconds more."""
        partitions, written_at, asked_at = self._partitions, self._wall_clock(), self._clock()
        until += AHEAD_SECONDS + min(2 * self._write_seconds, WRITE_SECONDS_MAX)
        clock = SpeedClock(job=self._job, not_before=written_at + until - self._now(), written_at=written_at)
        value = clock.model_dump_json().encode()
        await writer.write([OutgoingRecord(self._topic, _key(one), value, 0) for one in partitions])
        self._write_seconds = self._clock() - asked_at
        if partitions is self._partitions:
            self._written_until = until

    def _now(self) -> float:
        return self._clock() + self._offset

    def _read(
        self, wanted: frozenset[bytes], still_wanted: Callable[[], bool]
    ) -> tuple[Collection[Partition], list[SpeedClock]]:
        """All partitions of the job, and all that is written down for those that are wanted.

        Not only what was written last: a process that was away for long may have written behind its successor.
        """
        everything, clocks, since = self._everything(), [], self._wall_clock() - LATE_SECONDS
        for message in read_topic(self._settings, self._topic, [0], still_wanted):
            key, value = message.key(), message.value()
            if key not in wanted or value is None:
                continue
            clock = self._clock_of(key, value)
            if clock is not None and clock.not_before > since:  # there are many more, and they are over
                clocks.append(clock)
        return everything, clocks

    def _clock_of(self, key: bytes, value: bytes) -> SpeedClock | None:
        try:
            return SpeedClock.model_validate_json(value)
        except ValidationError:
            log.warning("clock_unreadable topic=%s key=%s", self._topic, key.decode())
            return None


def _key(partition: Partition) -> bytes:
    topic, number = partition
    return f"{topic}-{number}".encode()
