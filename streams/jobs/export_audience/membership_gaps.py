"""What the memberships of a partition have missed: events to be read once more, and whether they are still there."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from schemas.jobs.export_audience import ExportAudience
from schemas.records.states import Coverage, StartPosition
from streams.errors import JobFailed
from streams.jobs.export_audience.membership_topics import InputPartition, Inputs, MembershipTopics

log = logging.getLogger(__name__)

#: Audiences, sorted; None stands for all there are.
Audiences = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Gap:
    """The events from `first` to before `end` are missing; then the partition tells of these audiences.

    `end` is -1 where the job has read nothing yet. It is not `whole` where some of them are gone.
    """

    partition: int
    first: int
    end: int
    audiences: Audiences
    whole: bool = True


class Told(Protocol):
    """What the records of the state say of its partitions."""

    @property
    def coverage(self) -> Mapping[int, Coverage]:
        """By partition, what is told of."""
        ...

    @property
    def undated(self) -> Collection[int]:
        """Partitions with records that say no position."""
        ...


class Gaps:
    """Finds the gaps of partitions, given how input and state stand."""

    def __init__(self, job: ExportAudience, standing: Inputs, told: Told, door: MembershipTopics) -> None:
        self._job, self._standing, self._told, self._door = job, standing, told, door
        self._wanted: Audiences = tuple(sorted(job.audiences)) or None

    def of(self, partition: int) -> Gap:
        """What the memberships of a partition have missed of the events that the job has read.

        Raises:
            JobFailed: the job needs to know of audiences that were not kept, and the input does not tell of them any
                more.

        """
        place = self._standing.places[partition]
        said = self._told.coverage.get(partition)
        if place.committed is None:
            return Gap(partition, -1, -1, self._wanted)
        if said is None and partition in self._told.undated:
            # An earlier version wrote them, which told of all audiences of the job.
            return Gap(partition, place.committed, place.committed, self._wanted)
        if said is None or said.next_offset < 0 or not self._covered(said):
            return self._whole(partition, place, place.committed, said)
        first = said.next_offset if same_topic(said.topic_id, self._standing.topic_id) else 0
        if first < (lost := min(place.low, place.committed)):
            log.warning(
                "memberships_unknown topic=%s partition=%d from=%d to=%d: deleted, so nobody knows who entered or left",
                *(self._job.topics[0], partition, first, lost),
            )
        whole = said.whole and first >= lost
        return Gap(partition, min(first, place.committed), place.committed, self._both(said), whole)

    def _whole(self, partition: int, place: InputPartition, end: int, said: Coverage | None) -> Gap:
        """All that the job has ever read of a partition."""
        start = self._starts.get(partition)
        first = 0 if start is None or start.end_offset > place.high else start.start_offset
        whole = first >= end or not (place.low > first or self._is_compacted)
        if not whole:
            if self._job.shares_tags:
                raise JobFailed(self._not_told(partition, place, said))
            log.warning(
                "addresses_unknown job=%s partition=%d: the input does not tell of all who entered any more; whoever "
                "is not told of leaves by the address that their exit names",
                *(self._job.name, partition),
            )
        return Gap(partition, min(max(first, place.low), end), end, self._wanted, whole)

    def _not_told(self, partition: int, place: InputPartition, said: Coverage | None) -> str:
        topic = self._job.topics[0]
        why = "it is compacted" if self._is_compacted else f"partition {partition} begins at offset {place.low}"
        anew = "rename the job, so that it begins anew with what is there"
        if said is None and self._job.remembers:
            option = "keep_members" if self._job.keep_members else "remember_address"
            return (
                f"job '{self._job.name}': so far it was not noted by which address people are in audiences that share "
                f"a tag, and {topic} does not tell any more, because {why}; {anew}, or leave out `{option}`"
            )
        kept = ", ".join(() if said is None else said.audiences or ("all",)) or "none"
        by_which = " and by which address" if self._job.remembers else ""
        return (
            f"job '{self._job.name}': audiences that share a tag have changed, and so far it was noted who is in "
            f"{kept}{by_which}; {topic} does not tell of the others any more, because {why}; {anew}, or give it back "
            "the audiences it had"
        )

    def _covered(self, said: Coverage) -> bool:
        """Whether memberships tell of all audiences that share a tag."""
        needed = self._job.sharing
        return said.audiences is None or (needed is not None and needed <= set(said.audiences))

    def _both(self, said: Coverage) -> Audiences:
        """The audiences that memberships told of and will tell of: others are told of no longer."""
        if said.audiences is None or self._wanted is None:
            return self._wanted if said.audiences is None else said.audiences
        return tuple(sorted(set(said.audiences) & set(self._wanted)))

    @cached_property
    def _starts(self) -> dict[int, StartPosition]:
        return self._door.starts()

    @cached_property
    def _is_compacted(self) -> bool:
        return self._door.is_compacted()


def same_topic(one: str, other: str) -> bool:
    """Whether two ids may be of one topic: some brokers give none."""
    return one == other or "" in (one, other)
