"""What other processes note of their partitions: profiles of an address need not be in one."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial

from streams.jobs.export_audience.membership_records import COVERS, EPOCH, Read, read_membership
from streams.jobs.export_audience.membership_state import State
from streams.jobs.export_audience.membership_topics import MembershipTopics, StillWanted
from streams.kafka.compacted import read_in_thread

log = logging.getLogger(__name__)


class Elsewhere:
    """Follows the partitions of the state that others own, and takes them over into ours."""

    def __init__(self, topic: str, door: MembershipTopics) -> None:
        self._topic, self._door = topic, door
        self._state, self._places = State(), dict[int, int]()
        self._epochs: dict[int, int] = {}
        #: Whoever reads for an earlier one is not wanted any more.
        self._generation = 0
        self._begun = asyncio.Event()

    def forget(self) -> None:
        """Follow nothing any more."""
        self._generation, self._places = self._generation + 1, {}

    def begin(self, state: State, places: Mapping[int, int]) -> None:
        """Follow these partitions from these offsets on."""
        self._state, self._places = state, dict(places)
        self._begun.set()

    async def follow(self) -> None:
        """Take over what is written, until cancelled."""
        while True:
            await self._begun.wait()
            self._begun.clear()
            if self._places:
                await read_in_thread(partial(self._read, self._places, self._generation, asyncio.get_running_loop()))

    def _read(
        self, places: Mapping[int, int], generation: int, loop: asyncio.AbstractEventLoop, still_wanted: StillWanted
    ) -> None:
        def wanted() -> bool:
            return still_wanted() and generation == self._generation

        for records in self._door.follow_state(places, wanted):
            loop.call_soon_threadsafe(self._take, generation, records)

    def _take(self, generation: int, records: Sequence[Read]) -> None:
        """Note what others say of their profiles, unless all was read back since, or the profile has come to us."""
        if generation != self._generation:
            return
        for record in records:
            if record.key is None or record.key in (COVERS, EPOCH):
                continue
            try:
                profile, audiences, position = read_membership(record)
            except (ValueError, TypeError, AttributeError):
                log.warning("record_unreadable topic=%s offset=%d: passed over", self._topic, record.offset)
                continue
            if position.epoch < self._epochs.get(record.partition, 0):
                continue  # written late, by an earlier owner
            self._epochs[record.partition] = position.epoch
            moved = record.value is None and position.partition not in (-1, record.partition)
            if not moved and self._state.homes.get(profile, record.partition) == record.partition:
                self._state.put(profile, audiences)
