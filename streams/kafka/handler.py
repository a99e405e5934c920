"""What a consumer is given: who handles its records, and who says where it begins."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from streams.kafka.group_probe import Topic
from streams.pipeline.decode import Record
from streams.pipeline.offsets import Partition


class Subscriber(Protocol):
    """Whoever reads topics as a group: a job, or what it is to the brokers."""

    @property
    def name(self) -> str:
        """The job's name."""

    @property
    def group_id(self) -> str:
        """The consumer group."""

    @property
    def topics(self) -> Sequence[str]:
        """The topics that are read."""


class Start(Protocol):
    """Where to begin on partitions that were just assigned, and what the topics were when that was found out."""

    @property
    def offsets(self) -> Mapping[Partition, int]:
        """The first offset to read of each partition."""

    @property
    def topics(self) -> Mapping[str, Topic]:
        """The topics, by name."""

    @property
    def ends(self) -> Mapping[Partition, int]:
        """Where the next record of each partition would have been."""

    @property
    def unread(self) -> Collection[Partition]:
        """Partitions of which nobody can have read anything before."""

    @property
    def total(self) -> int:
        """How many partitions there are, of all processes."""


S = TypeVar("S", bound=Start)


class StartPositions(Protocol[S]):
    """Who says where a job begins, and keeps how far it has come. None of it blocks the loop."""

    async def begin(self, committed: Mapping[Partition, int | None]) -> S:
        """Where to begin; `committed` is what the group has. Waits for the brokers; raises what ends the job."""

    async def begun(self, found: S, /) -> None:
        """Keep where reading begins, which is committed by now. Waits for the brokers to acknowledge it."""

    def too_short(self, partition: Partition) -> None:
        """Note that a partition's log ends before what was to be read next."""

    def expired(self, partition: Partition, first: int, low: int) -> None:
        """Say how many events from `first` on were deleted before they were read."""

    def read(self, records: Sequence[Record]) -> None:
        """Note the last of some records of one partition."""

    def moved(self, committed: Mapping[Partition, int]) -> Mapping[Partition, int]:
        """Those of the offsets that are not kept yet."""

    async def keep(self, committed: Mapping[Partition, int]) -> None:
        """Keep offsets that were committed just now. Raises JobFailed where they cannot be written."""


class Handler(Protocol):
    """Who handles a job's records, and is told which partitions are this process's."""

    #: What the brokers call each topic now.
    topic_ids: Mapping[str, str]

    async def read(self, records: Sequence[Record], still_ours: Callable[[], bool]) -> None:
        """Take in records of one partition in offset order; waits while there is no room, which pauses fetching."""

    async def assigned(self, partitions: Collection[Partition], unread: Collection[Partition] = ()) -> None:
        """Begin to take in records of these partitions. Waits for their state; raises nothing that waiting mends."""

    def suspend(self) -> None:
        """Take in nothing until partitions are assigned."""

    async def revoked(self, *, lost: bool = False) -> None:
        """Finish what is on the wire, unless the partitions are `lost` already; drop the rest. Takes some seconds."""
