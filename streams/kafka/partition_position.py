"""Where a job stands on a partition, as the brokers say."""

from dataclasses import dataclass

from streams.pipeline.offsets import Partition


@dataclass(frozen=True, slots=True)
class PartitionPosition:
    """One partition: its first offset, how far it may be read, and what the job has committed there (None: nothing).

    `end` is where the next record will be, if that is not `high`: an open transaction holds back what is between.
    """

    topic: str
    partition: int
    low: int
    high: int
    committed: int | None
    end: int | None = None

    @property
    def lag(self) -> int:
        """Events there are to read and not yet committed; never less than none."""
        return max(0, self.high - max(self.committed or 0, self.low))

    @property
    def log_end(self) -> int:
        """Where the next record will be."""
        return self.high if self.end is None else max(self.high, self.end)

    @property
    def key(self) -> Partition:
        """The partition's name."""
        return self.topic, self.partition
