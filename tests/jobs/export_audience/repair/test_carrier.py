"""Who carries orders out: what is newer comes first, what is out of date is void, and what is done is noted."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest

from schemas.records.outcomes import Flush
from schemas.records.repairs import RepairOrder, RepairProgress
from streams.agents.membership import MembershipAgent
from streams.calls.call import Reply
from streams.jobs.export_audience.repair import carrier
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
    topic_id: str = "orders"

    def standing(self) -> tuple[int, str]:
        return 1, self.topic_id

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
            carrying = Carrier(self.world.job, feed, {TOPIC: self.brokers}, "states")
            tasks = [asyncio.create_task(agent.run()), asyncio.create_task(carrying.run(agent.beside))]
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


def test_an_order_that_goes_by_a_topic_that_is_not_read_here_is_void() -> None:
    elsewhere = order(person("ann"), as_of=5, action="remove", everywhere=((TOPIC, 0, 5), ("others", 0, 0)))
    played = scene(elsewhere, order(person("bob"), as_of=5))
    played.run(is_noted(2))
    assert [flush.outcomes for flush in played.flushes] == [{"superseded": 1}, {"repaired_added": 1}]
    assert [call.operation.name for call in played.world.calls] == ["add_tag"]


def test_what_was_noted_of_a_topic_of_orders_that_was_deleted_is_not_gone_by() -> None:
    played = scene(order(person("ann"), as_of=5))
    played.feed.noted[PLACE] = RepairProgress(
        job="vip", repair_id="former", topic=TOPIC, partition=0, offset=9, orders=9, outcomes={},
        at=order().ordered_at, topic_id="deleted",
    )  # fmt: skip
    played.run(is_noted(1))
    assert (played.progress[-1].offset, played.progress[-1].topic_id) == (1, "orders")


def test_a_topic_of_orders_that_is_made_anew_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "WATCH_SECONDS", 0.01)
    monkeypatch.setattr(carrier, "LOOK_SECONDS", 0.01)
    played = scene(*(order(person(name), as_of=5) for name in ("ann", "bob", "zoe")))

    async def remake(_: MembershipAgent) -> None:
        await until(lambda: is_noted(3)(played))
        played.feed.noted[PLACE] = played.progress[-1]
        played.feed.ordered = [order(person("eve"), as_of=5, repair_id="another")]
        played.feed.topic_id = "anew"

    played.run(lambda _: any(one.topic_id == "anew" for one in played.progress), remake)
    assert (played.progress[-1].offset, played.progress[-1].orders) == (1, 1)


def test_answers_without_sense_end_an_order_and_neither_the_job_nor_the_next() -> None:
    ann = person("ann", profile_id="u-9")
    played = scene(order(ann, action="fields", as_of=5), order(person("bob"), as_of=5))
    played.world.infobip.meets = lambda call: Reply(200, {}) if call.operation.name == "upsert_persons" else None
    played.run(is_noted(2))
    assert played.progress[-1].outcomes == {"rejected": 1, "repaired_added": 1}
    (letter,) = [one for one in played.world.written if one.topic.endswith("dead_letters")]
    assert orjson.loads(letter.value or b"")["key"] == "u-9"


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
