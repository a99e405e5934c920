"""Who carries orders out: what is newer comes first, what is out of date is void, and what is done is noted."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.records.outcomes import Flush
from schemas.records.repairs import RepairOrder, RepairProgress
from streams.agents.membership import MembershipAgent
from streams.jobs.export_audience.repair.carrier import Carrier
from streams.jobs.export_audience.repair.orders import Head, Mark
from streams.pipeline.offsets import Partition
from tests.agents.membership_world import PLACE, World
from tests.jobs.export_audience.membership_fakes import TOPIC, Brokers
from tests.jobs.export_audience.repair.repairing import REPAIR, order, person
from tests.making import FakeRecord, event, export_job
from tests.waiting import until

Meanwhile = Callable[[MembershipAgent], Awaitable[None]]


@dataclass
class Feed:
    """Orders in a list, which stand in the topic from the start."""

    brokers: Brokers
    ordered: list[RepairOrder | None]
    noted: dict[Partition, RepairProgress] = field(default_factory=dict)

    def partitions(self) -> int:
        return 1

    def progress(self, _: Callable[[], bool]) -> Mapping[Partition, RepairProgress]:
        return self.noted

    def follow(self, starts: Mapping[int, int], wanted: Callable[[], bool]) -> Iterator[tuple[list[Head | Mark], bool]]:
        heads: list[Head | Mark] = [
            Head(PLACE, offset, REPAIR, "add" if one is None else one.action, "VIP", 1)
            for offset, one in enumerate(self.ordered)
            if offset >= starts[0]
        ]
        yield heads, True
        while wanted():
            yield [], True

    def orders(self, heads: list[Head]) -> list[RepairOrder | None]:
        return [self.ordered[head.offset] for head in heads]

    def ends(self, places: Collection[Partition]) -> dict[Partition, tuple[int, int]]:
        return {
            place: (self.brokers.low.get(place[1], 0), len(self.brokers.events.get(place[1], ()))) for place in places
        }


@dataclass
class Scene:
    """A job that reads one partition, and what was ordered of it."""

    world: World
    brokers: Brokers
    feed: Feed

    def run(
        self, done: Callable[["Scene"], bool], meanwhile: Callable[[MembershipAgent], Awaitable[None]] | None = None
    ) -> None:
        """Carry orders out until it is done."""

        async def run() -> None:
            agent = self.world.agent()
            agent.topic_ids = {TOPIC: "first"}
            await agent.assigned([PLACE])
            feed: Any = self.feed
            carrier = Carrier(self.world.job, feed, {TOPIC: self.brokers}, "states")
            tasks = [asyncio.create_task(agent.run()), asyncio.create_task(carrier.run(agent.beside))]
            try:
                if meanwhile is not None:
                    await meanwhile(agent)
                await until(lambda: done(self))
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(run())

    @property
    def progress(self) -> list[RepairProgress]:
        return [
            RepairProgress.model_validate_json(one.value or b"") for one in self.world.written if one.topic == "states"
        ]

    @property
    def flushes(self) -> list[Flush]:
        return [
            Flush.model_validate_json(one.value or b"") for one in self.world.written if one.topic.endswith("flushes")
        ]


def scene(*ordered: RepairOrder | None, events: int = 5, **changes: Any) -> Scene:
    """So many events that came before the orders, each of a profile of its own."""
    brokers = Brokers(partitions=1)
    for number in range(events):
        brokers.publish(f"u-{number}")
    feed = Feed(brokers, list(ordered))
    return Scene(World(export_job(topics=[TOPIC], audiences=["vip"], **changes)), brokers, feed)


def is_noted(orders: int) -> Callable[[Scene], bool]:
    """Whether so many orders are done."""
    return lambda played: any(one.orders == orders for one in played.progress)


def test_orders_are_told_and_noted() -> None:
    played = scene(order(person("ann"), as_of=5), order(person("bob"), action="remove", as_of=5))
    played.run(is_noted(2))
    assert [flush.outcomes for flush in played.flushes] == [{"repaired_added": 1}, {"repaired_removed": 1}]
    assert played.progress[-1].outcomes == {"repaired_added": 1, "repaired_removed": 1}
    assert (played.progress[-1].offset, played.world.commits) == (2, [])


def test_whoever_a_newer_event_speaks_of_is_left_to_it() -> None:
    people = (person("ann"), person("u-3"), person("zoe", profile_id="u-4"))
    played = scene(order(*people, as_of=3))
    played.run(is_noted(1))
    assert played.flushes[0].outcomes == {"superseded": 2, "repaired_added": 1}
    assert [call.items for call in played.world.calls] == [1]


def test_an_order_of_a_topic_that_was_made_anew_is_void() -> None:
    played = scene(order(person("ann"), as_of=5, topic_id="another"))
    played.run(is_noted(1))
    assert played.flushes[0].outcomes == {"superseded": 1}
    assert played.world.calls == []


def test_an_order_is_void_where_events_that_came_since_are_deleted_or_there_are_fewer() -> None:
    deleted, fewer = scene(order(person("ann"), as_of=3)), scene(order(person("ann"), as_of=9))
    deleted.brokers.low[0] = 4
    for played in (deleted, fewer):
        played.run(is_noted(1))
        assert played.flushes[0].outcomes == {"superseded": 1}
        assert played.world.calls == []


def test_an_order_that_cannot_be_read_holds_up_no_other() -> None:
    played = scene(None, order(person("ann"), as_of=5))
    played.run(is_noted(2))
    assert (played.progress[-1].offset, played.progress[-1].orders) == (2, 2)


def test_who_takes_over_goes_on_behind_what_was_noted() -> None:
    played = scene(order(person("ann"), as_of=5), order(person("bob"), as_of=5))
    played.feed.noted[PLACE] = RepairProgress(
        job="vip", repair_id=REPAIR, topic=TOPIC, partition=0, offset=1, orders=1, outcomes={"repaired_added": 1},
        at=order().ordered_at,
    )  # fmt: skip
    played.run(is_noted(2))
    assert [call.body for call in played.world.calls] == [
        {"people": [{"query": {"type": "EMAIL", "identifier": "bob@example.com"}}]}
    ]


def test_people_of_whom_no_partition_tells_are_left_to_newer_events_of_any() -> None:
    played = scene(order(person("u-8"), person("ann"), as_of=5, everywhere=((TOPIC, 0, 5), (TOPIC, 1, 0))))
    entered = played.brokers.events[0][0]
    played.brokers.events[1] = [replace(entered, partition=1, value=event("u-8"))]
    played.run(is_noted(1))
    assert played.flushes[0].outcomes == {"superseded": 1, "repaired_added": 1}


def test_it_goes_although_records_are_taken_all_the_time() -> None:
    played = scene(order(person("ann"), as_of=0), events=0)

    async def busy(agent: MembershipAgent) -> None:
        for offset in range(5000):
            if is_noted(1)(played):
                return
            played.brokers.publish(f"u-{offset}")
            await agent.read([FakeRecord(event(f"u-{offset}"), offset)], lambda: True)
            await asyncio.sleep(0)

    played.run(is_noted(1), busy)
    assert played.flushes[0].outcomes == {"repaired_added": 1}
