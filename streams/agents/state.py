"""What an agent asks of the state that a kind of job keeps beside its input, in a topic of its own."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from streams.kafka.producer import OutgoingRecord
from streams.pipeline.offsets import Partition
from streams.pipeline.settle import Settled


class PartitionState(Protocol):
    """What is known of the partitions that this process reads."""

    async def restore(self, partitions: Collection[Partition]) -> None:
        """Take over partitions, and let go of all others. Waits for the brokers, however long they are away.

        Raises:
            JobFailed: it cannot be had back, and without it the job must not go on.

        """
        ...

    def records(self, batch: Any, settled: Settled, now: datetime) -> Sequence[OutgoingRecord]:
        """What a delivered batch changes, as records: they are acknowledged before its offsets are committed."""
        ...

    @property
    def is_waiting(self) -> bool:
        """Whether it is being read back and comes further, which may take as long as the whole input does."""
        ...
