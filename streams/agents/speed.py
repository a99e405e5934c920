"""How fast a job may send: one clock for all its messages, kept in a compacted topic so that no restart makes a burst.

A process has the part of the speed that its partitions are of all, as it has of Infobip's limits. Until when it has
used up that part is written down for each of its partitions before it sends: whoever owns them next waits as long.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from pydantic import ValidationError

from schemas.states import SpeedClock
from streams.agents.cursor import Partition
from streams.agents.flights import Perform
from streams.agents.reading import aside, read_topic
from streams.agents.write import Outgoing, Writer
from streams.calls import Call, Reply

log = logging.getLogger(__name__)

#: Messages are spaced this much wider than the limit asks, because the network does not keep distances.
HEADROOM = 0.012
#: What is written down covers so many seconds of sending, so that it is written once a second and not for each message.
LEASE_SECONDS = 1.0
#: The longest nap before looking again whether the share has changed.
NAP_SECONDS = 1.0


class Speed:
    """The clock of one job in this process; times are Unix seconds, for they outlive it."""

    def __init__(self, job: str, topic: str, per_second: float, settings: dict[str, Any], writer: Writer) -> None:
        self._job, self._topic, self._per_second = job, topic, per_second
        self._settings, self._writer = settings, writer
        self._share = 0.0
        self._partitions: list[Partition] = []
        self._next_at = self._leased_until = 0.0
        self._queue = asyncio.Lock()
        self._waiting = 0

    @property
    def waits(self) -> bool:
        """Whether messages wait for their time."""
        return self._waiting > 0

    def share(self, assigned: int, total: int) -> None:
        """Set this process's part of the speed."""
        self._share = assigned / total if total else 0.0

    async def restore(self, partitions: Collection[Partition]) -> None:
        """Wait as long as whoever owned these partitions before would have."""
        self._partitions = sorted(partitions)
        if self._partitions:
            clocks = await aside(partial(self._read, frozenset(map(_key, self._partitions))))
            # A clock that was wrong must not stop the job for longer than the slowest speed would.
            latest = time.time() + max(LEASE_SECONDS, 1 / self._per_second) * len(self._partitions)
            self._next_at = max(self._next_at, min(latest, max(clocks, default=0.0)))

    def paced(self, perform: Perform) -> Perform:
        """What performs calls: sends when their time has come, questions at once."""

        async def perform_in_time(call: Call, sent: Callable[[], None]) -> Reply:
            if call.operation.startswith("send_"):
                await self._turn(call.items)
            return await perform(call, sent)

        return perform_in_time

    async def _turn(self, messages: int) -> None:
        """Return when so many messages may go, first come first served."""
        self._waiting += 1
        try:
            async with self._queue:
                while True:
                    if (wait := self._opens_in()) <= 0:
                        break
                    await asyncio.sleep(min(wait, NAP_SECONDS))
                await self._take(messages)
        finally:
            self._waiting -= 1

    def _opens_in(self) -> float:
        return self._next_at - time.time() if self._share > 0 else NAP_SECONDS

    async def _take(self, messages: int) -> None:
        """Use up the time of so many messages, and write down that it is."""
        now = time.time()
        used_until = max(now, self._next_at) + messages * (1 + HEADROOM) / (self._per_second * self._share)
        if used_until > self._leased_until:
            self._leased_until = max(used_until, now + LEASE_SECONDS)
            clock = SpeedClock(job=self._job, not_before=self._leased_until).model_dump_json().encode()
            await self._writer.write([Outgoing(self._topic, _key(one), clock, 0) for one in self._partitions])
        self._next_at = used_until

    def _read(self, wanted: frozenset[bytes], still_wanted: Callable[[], bool]) -> list[float]:
        clocks: dict[bytes, float] = {}
        for message in read_topic(self._settings, self._topic, [0], still_wanted):
            key, value = message.key(), message.value()
            if key in wanted and value is not None:
                try:
                    clocks[key] = SpeedClock.model_validate_json(value).not_before
                except ValidationError:
                    log.warning("clock_unreadable topic=%s offset=%d", self._topic, message.offset())
        return list(clocks.values())


def _key(partition: Partition) -> bytes:
    topic, number = partition
    return f"{topic}-{number}".encode()
