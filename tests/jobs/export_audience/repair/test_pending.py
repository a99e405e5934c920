"""Which orders are carried out next, and which not at all."""

import asyncio
from collections.abc import Iterable
from typing import Any

from schemas.records.repairs import RepairProgress
from streams.jobs.export_audience.repair.orders import Head, Mark
from streams.jobs.export_audience.repair.pending import Pending
from tests.fakes.infobip import NOW
from tests.jobs.export_audience.repair.repairing import REPAIR

FIRST, SECOND = ("memberships", 0), ("memberships", 1)


def head(offset: int, place: tuple[str, int] = FIRST, **changes: Any) -> Head:
    said = {"repair_id": REPAIR, "action": "add", "tag": "VIP", "people": 400, **changes}
    return Head(place, offset, **said)


def pending(
    *found: Head | Mark,
    progress: Iterable[RepairProgress] = (),
    caught_up: bool = True,
    told: list[int] | None = None,
) -> Pending:
    told = [] if told is None else told

    async def make() -> Pending:
        return Pending({(one.topic, one.partition): one for one in progress}, told.append)

    made = asyncio.run(make())
    made.take(found, {FIRST, SECOND}, caught_up=caught_up)
    return made


def test_orders_of_one_effect_go_together_as_far_as_a_call_has_room() -> None:
    made = pending(head(1), head(1, SECOND), head(2), head(2, SECOND, action="remove"))
    assert made.next(1000) == [head(1), head(2)]
    assert made.next(1000) == [head(1, SECOND)]
    assert made.next(1000) == [head(2, SECOND, action="remove")]
    assert made.next(1000) == []


def test_an_order_with_more_people_than_are_asked_for_goes_alone() -> None:
    assert pending(head(1, people=1000), head(2)).next(100) == [head(1, people=1000)]


def test_a_mark_gives_up_what_was_ordered_before_in_its_partition() -> None:
    made = pending(head(1), head(1, SECOND), Mark(0, 2), head(3))
    assert (made.gave_up(head(1)), made.gave_up(head(3)), made.gave_up(head(1, SECOND))) == (True, False, False)
    assert made.next(300) == [head(1, SECOND)]
    assert made.next(300) == [head(3)]


def test_nothing_begins_before_the_end_is_met_where_it_may_be_given_up() -> None:
    made = pending(head(1), caught_up=False)
    assert made.next(1000) == []
    made.take([Mark(0, 2)], {FIRST}, caught_up=True)
    assert made.next(1000) == []


def test_others_orders_and_what_is_done_are_left_out() -> None:
    done = RepairProgress(
        job="vip", repair_id=REPAIR, topic="memberships", partition=0, offset=5, orders=2, outcomes={}, at=NOW
    )
    made = pending(head(4), head(5), head(5, ("other", 0)), progress=[done])
    assert made.next_offset(FIRST) == 5
    assert made.next(1000) == [head(5)]


def test_progress_adds_up_over_a_repair_and_begins_anew_with_the_next() -> None:
    made = pending()
    made.done(head(3), {"repaired_added": 3}, "vip")
    second = made.done(head(4), {"repaired_added": 1, "superseded": 2}, "vip")
    assert (second.offset, second.orders, second.outcomes) == (5, 2, {"repaired_added": 4, "superseded": 2})
    third = made.done(head(9, repair_id="another"), {}, "vip")
    assert (third.offset, third.orders, third.outcomes) == (10, 1, {})


def test_how_many_people_are_left_is_told() -> None:
    told: list[int] = []
    made = pending(head(1), head(2), told=told)
    for one in made.next(1000):
        made.done(one, {}, "vip")
    assert (told[0], told[-1]) == (800, 0)


def test_whoever_does_not_serve_partitions_any_more_tells_of_nobody() -> None:
    told: list[int] = []
    made = pending(head(1), told=told)
    made.end()
    made.take([head(2)], {FIRST}, caught_up=True)  # what a thread had read meanwhile
    assert told == [400, 0]
