"""Orders that go together: who of their people is left to newer events, and what becomes of the others."""

import logging
from collections import Counter
from collections.abc import Collection, Generator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.jobs.export_audience import ExportAudience
from schemas.records.outcomes import DeadLetter, Outcome
from schemas.records.repairs import RepairOrder, RepairPerson
from streams.agents.window_told import Done
from streams.calls.call import Call, Reply
from streams.errors import JobFailed
from streams.jobs.export_audience.people import PersonResult
from streams.jobs.export_audience.repair.dialogue import Results, carry_out, keys_of
from streams.jobs.export_audience.repair.newer_events import NewerEvents
from streams.jobs.export_audience.repair.orders import Head
from streams.pipeline.offsets import Partition
from streams.pipeline.words import writable

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Window:
    """Orders of one action and tag that go together; what became of the people of each, once it is done."""

    job: ExportAudience
    heads: Sequence[Head]
    orders: Sequence[RepairOrder | None]
    chosen: list[tuple[int, RepairPerson]] = field(default_factory=list)
    outcomes: list[Counter[Outcome]] = field(default_factory=list)

    def choose(self, newer: Mapping[Partition, NewerEvents], void: Collection[int] = ()) -> None:
        """Leave out whoever newer events speak of, and all people of orders that are void, by their numbers."""
        self.chosen, self.outcomes = [], [Counter() for _ in self.orders]
        for number, (head, order) in enumerate(zip(self.heads, self.orders, strict=True)):
            if order is None:
                continue
            if number in void:
                self.outcomes[number]["superseded"] += len(order.people)
                continue
            told = [newer[place] for place in (head.place, *places_of(order))]
            for person in order.people:
                if any(each.speak_of(person) for each in told):
                    self.outcomes[number]["superseded"] += 1
                else:
                    self.chosen.append((number, person))

    @property
    def keys(self) -> AbstractSet[str]:
        """Whom it is about."""
        return set[str]().union(*(keys_of(person) for _, person in self.chosen))

    def deliver(self, held_up: AbstractSet[str], /) -> Generator[list[Call], list[Reply], Done]:
        """Carry it out, but for people of whom an event is still under way: that has the last word, too."""
        left = []
        for number, person in self.chosen:
            if keys_of(person).isdisjoint(held_up):
                left.append((number, person))
            else:
                self.outcomes[number]["superseded"] += 1
        letters = []
        order = next((one for one in self.orders if one is not None), None)
        if left and order is not None:
            results = yield from self._carried_out(order, [person for _, person in left])
            for place, (number, person) in enumerate(left):
                self.outcomes[number][results[place].outcome] += 1
                if results[place].detail is not None:
                    letters.append(self._letter(person, results[place]))
        return Done(sum(self.outcomes, Counter()), letters)

    def _carried_out(
        self, order: RepairOrder, people: Sequence[RepairPerson]
    ) -> Generator[list[Call], list[Reply], Results]:
        """Carry an order out; what Infobip answers without sense ends the order, and neither the job nor its events."""
        try:
            return (yield from carry_out(self.job, order.action, order.tag or "", people))
        except JobFailed as failure:
            log.warning(
                "order_not_carried_out job=%s people=%d reason=%s: they are left as they are",
                *(self.job.name, len(people), failure),
            )
            return dict.fromkeys(range(len(people)), PersonResult("rejected", str(failure)))

    def _letter(self, person: RepairPerson, result: PersonResult) -> DeadLetter:
        return DeadLetter(
            job=self.job.name,
            reason="rejected",
            detail=writable(result.detail) or "",
            topic=None,
            partition=None,
            offset=None,
            key=person.profile_id,
            key_encoding="utf-8",
            value=person.model_dump_json(),
            value_encoding="utf-8",
            headers=(),
            failed_at=datetime.now(UTC),
        )


def places_of(order: RepairOrder) -> Mapping[Partition, int]:
    """The other partitions whose events have to be looked at, each with what was compared of it."""
    return {(topic, number): as_of for topic, number, as_of in order.everywhere}
