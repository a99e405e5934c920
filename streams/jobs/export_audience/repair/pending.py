"""The orders of a process's partitions that are not carried out yet, by their headers: their people are not held."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

from schemas.records.outcomes import Outcome
from schemas.records.repairs import RepairProgress
from streams.jobs.export_audience.repair.orders import Head, Mark
from streams.pipeline.offsets import Partition


class Pending:
    """Orders in their order, and how far each partition has come; `tell` is told of how many people they are.

    `topic_id` is what the brokers call the topic that they stand in.
    """

    def __init__(
        self, progress: Mapping[Partition, RepairProgress], tell: Callable[[int], None], topic_id: str = ""
    ) -> None:
        self._progress, self._tell, self._topic_id = dict(progress), tell, topic_id
        self._orders: dict[Partition, deque[Head]] = {}
        self._marks: dict[int, int] = {}
        self._there = asyncio.Event()
        self._caught_up = False

    def next_offset(self, place: Partition) -> int:
        """The first order of a partition that is not known to be carried out."""
        said = self._progress.get(place)
        return 0 if said is None else said.offset

    def take(self, found: Iterable[Head | Mark], served: AbstractSet[Partition], *, caught_up: bool) -> None:
        """Take in what stands in the topic: a mark gives up the orders before it in its partition."""
        for one in found:
            if isinstance(one, Mark):
                self._marks[one.partition] = one.offset
                for place in [place for place in self._orders if place[1] == one.partition]:
                    del self._orders[place]
            elif one.place in served and one.offset >= self.next_offset(one.place):
                self._orders.setdefault(one.place, deque()).append(one)
        self._tell_of_people()
        # What is given up further on must not be begun.
        self._caught_up = self._caught_up or caught_up
        if self._caught_up and self._orders:
            self._there.set()

    def end(self) -> None:
        """Tell of nobody any more: the partitions are another's by now, or are served anew."""
        self._tell(0)
        self._tell = lambda _: None

    def gave_up(self, head: Head) -> bool:
        """Whether an order was given up since it was next."""
        return head.offset < self._marks.get(head.place[1], 0)

    async def some(self) -> None:
        """Return when there is an order to carry out."""
        while not (self._caught_up and self._orders):
            self._there.clear()
            await self._there.wait()

    def next(self, most: int) -> list[Head]:
        """The next orders that can go together: of one repair, action and tag, and of so many people at most."""
        if not self._caught_up:
            return []
        chosen: list[Head] = []
        people = 0
        for orders in self._orders.values():
            while orders and people + orders[0].people <= max(most, orders[0].people if not chosen else 0):
                head = orders[0]
                if chosen and _effect(head) != _effect(chosen[0]):
                    break
                chosen.append(orders.popleft())
                people += head.people
        self._orders = {place: orders for place, orders in self._orders.items() if orders}
        return chosen

    def _tell_of_people(self) -> None:
        self._tell(sum(head.people for orders in self._orders.values() for head in orders))

    def done(self, head: Head, outcomes: Mapping[Outcome, int], job: str) -> RepairProgress:
        """Note that an order is carried out, as are all before it in its partition; what is to be noted of that."""
        before = self._progress.get(head.place)
        same = before if before is not None and before.repair_id == head.repair_id else None
        total = Counter[Outcome](same.outcomes if same is not None else {})
        total.update(outcomes)
        topic, number = head.place
        said = RepairProgress(
            job=job,
            repair_id=head.repair_id,
            topic=topic,
            partition=number,
            offset=head.offset + 1,
            orders=1 if same is None else same.orders + 1,
            outcomes=dict(total),
            at=datetime.now(UTC),
            topic_id=self._topic_id,
        )
        self._progress[head.place] = said
        self._tell_of_people()
        return said


def _effect(head: Head) -> tuple[str, str, str]:
    return head.repair_id, head.action, head.tag
