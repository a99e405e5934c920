"""What notices from outside that a job stands still without knowing why."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Protocol

from confluent_kafka import KafkaException

from streams.errors import Stalled
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.threads import in_own_thread
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
#: Looks in a row that see a partition with lag where it was. Looks and not seconds, because a machine may sleep.
STALLED_LOOKS = 6
#: Looks in a row without an assignment; a rebalance waits a minute for a member that does not answer.
UNASSIGNED_LOOKS = 12


class Watchdog:
    """Asks the brokers, by a connection of its own, whether the partitions of a job move.

    `look` tells where the job stands. `owned` are the partitions of this process, None while they are shared out.
    `excused` says whether it is known what a partition waits for: by what holds up this partition, and nobody else's
    trouble. A look that finds it known begins the count anew, for then the partition did not hang. `observe` is told
    where the job stands on its own partitions, with each look.
    """

    def __init__(
        self,
        look: Callable[[], Iterable[PartitionPosition]],
        owned: Callable[[], Collection[Partition] | None],
        excused: Callable[[Partition], bool],
        observe: Callable[[Sequence[PartitionPosition]], None] = lambda _: None,
    ) -> None:
        self._look, self._owned, self._excused, self._observe = look, owned, excused, observe
        self._still: dict[Partition, tuple[int | None, int]] = {}
        self._unassigned = 0

    async def run(self) -> None:
        """Look until cancelled.

        Raises:
            Stalled: the job must be started anew.

        """
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                standing = await in_own_thread(self._look, "watchdog")
            except KafkaException:
                # Nothing moves while the brokers are away, and everybody who needs them says so.
                self._still, self._unassigned = {}, 0
            else:
                self.judge(standing)

    def judge(self, standing: Iterable[PartitionPosition]) -> None:
        """Compare what one look has seen with those before it; raises as `run` does."""
        owned = self._owned()
        self._unassigned = self._unassigned + 1 if owned is None else 0
        if self._unassigned >= UNASSIGNED_LOOKS:
            raise Stalled(f"no partitions were assigned for {self._unassigned * LOOK_SECONDS:.0f} s")
        before, self._still = self._still, {}
        ours = [place for place in standing if place.key in (owned or ())]
        if owned is not None:
            self._observe(ours)
        for place in ours:
            partition = place.key
            if place.lag <= 0 or self._excused(partition):
                continue
            offset, looks = before.get(partition, (place.committed, 0))
            looks = looks + 1 if offset == place.committed else 1
            if looks >= STALLED_LOOKS:
                raise Stalled(
                    f"partition {place.partition} of {place.topic} stands still at offset {place.committed} with "
                    f"{place.lag} events to come, and nothing is known to hold it up"
                )
            self._still[partition] = (place.committed, looks)


class Steps(Protocol):
    """Work that goes step by step, and gives a sign of life with each."""

    @property
    def step(self) -> str:
        """What is done at present, in words that follow `the import`."""

    @property
    def signs(self) -> int:
        """How many signs of life there were."""

    @property
    def waits(self) -> bool:
        """Whether it is known what is waited for."""


class StepWatch:
    """Notices that an import stands still, while the brokers answer whoever asks them by another connection."""

    def __init__(self, ask: Callable[[], Any], steps: Steps) -> None:
        self._ask, self._steps = ask, steps
        self._signs, self._still = -1, 0

    async def run(self) -> None:
        """Look until cancelled.

        Raises:
            Stalled: the import must be started anew.

        """
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await in_own_thread(self._ask, "watchdog")
            except KafkaException:
                self._still = 0  # everybody who needs the brokers says so
            else:
                self.judge()

    def judge(self) -> None:
        """Compare what there is with the look before; raises as `run` does."""
        signs = self._steps.signs
        self._still = 0 if signs != self._signs or self._steps.waits else self._still + 1
        self._signs = signs
        if self._still >= STALLED_LOOKS:
            raise Stalled(
                f"for {self._still * LOOK_SECONDS:.0f} s the import {self._steps.step}, "
                "and nothing is known to hold it up"
            )
