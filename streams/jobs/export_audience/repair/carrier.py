"""Who carries orders out: the process that owns the partition they are about, beside the events of its job.

Before an order goes, the events are read that came since it was made, and whoever they speak of is left out: the event
has the last word. What comes later shares keys with the order's window and waits for it. How far the orders of a
partition are done is noted behind them, so whoever takes over goes on from there; an order done twice is harmless.
"""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Coroutine, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from typing import Any

from confluent_kafka import KafkaException

from schemas.jobs.export_audience import ExportAudience
from schemas.records.repairs import RepairOrder
from streams.agents.beside import Beside
from streams.agents.window_told import Done
from streams.errors import NotAllowed
from streams.jobs.export_audience.membership_gaps import same_topic
from streams.jobs.export_audience.membership_topics import MembershipTopics
from streams.jobs.export_audience.repair.newer_events import NewerEvents
from streams.jobs.export_audience.repair.order_feed import OrderFeed, StillWanted
from streams.jobs.export_audience.repair.orders import PEOPLE_MAX, progress_record
from streams.jobs.export_audience.repair.pending import Pending
from streams.jobs.export_audience.repair.window import Window, places_of
from streams.kafka.compacted import read_in_thread
from streams.kafka.producer import OutgoingRecord
from streams.kafka.threads import in_own_thread
from streams.observer import UNOBSERVED, JobObserver
from streams.pipeline.offsets import Partition
from streams.together import together

log = logging.getLogger(__name__)

#: Windows of orders in flight: with one, every other call would wait for nobody.
WINDOWS_MAX = 2
#: How soon the first order ever is noticed, and more partitions; and when it is tried again to read orders.
LOOK_SECONDS, AGAIN_SECONDS = 5.0, 30.0
#: So often it is looked whether the topic of orders is another one by now: who deletes it tells no reader.
WATCH_SECONDS = 15.0
#: How orders stand before the first repair.
NOWHERE = (0, "")
#: So often a window is offered before the records of its partitions are held for it.
OFFERS = 3


class GivenUp(Exception):
    """What is ordered is not to be done any more."""


class Carrier:
    """Carries out what is ordered of one job's partitions, as long as they are this process's.

    `doors` are the ways to the job's inputs, by their names; `states` is the topic in which progress is noted; the
    `observer` is told how many people are left.
    """

    def __init__(
        self,
        job: ExportAudience,
        feed: OrderFeed,
        doors: Mapping[str, MembershipTopics],
        states: str,
        observer: JobObserver = UNOBSERVED,
    ) -> None:
        self._job, self._feed, self._doors, self._states = job, feed, doors, states
        self._observer = observer

    async def run(self, beside: Beside) -> None:
        """Carry out orders until cancelled. What keeps orders from being read keeps no event waiting."""
        while True:
            partitions = beside.partitions
            changed = asyncio.create_task(beside.changed(partitions))
            session = asyncio.create_task(self._serve(beside, partitions))
            try:
                await asyncio.wait({changed, session}, return_when=asyncio.FIRST_COMPLETED)
                if session.done():
                    pause = LOOK_SECONDS
                    try:
                        session.result()
                    except (KafkaException, NotAllowed) as error:
                        pause = AGAIN_SECONDS
                        log.warning("repairs_unheard job=%s reason=%s", self._job.name, error)
                    await asyncio.wait({changed}, timeout=pause)
            finally:
                for task in (changed, session):
                    task.cancel()
                await asyncio.gather(changed, session, return_exceptions=True)

    async def _serve(self, beside: Beside, partitions: frozenset[Partition]) -> None:
        """Serve these partitions, until their number or that of the orders' changes, or these are another topic's."""
        if not partitions:
            await asyncio.Event().wait()
        standing = await self._other_than(NOWHERE, LOOK_SECONDS)
        count, topic_id = standing
        served = {place for place in partitions if place[1] < count}
        progress = await read_in_thread(self._feed.progress)
        # What was noted of a topic that was deleted says nothing of the offsets of another one.
        known = {
            place: said for place, said in progress.items() if place in served and same_topic(said.topic_id, topic_id)
        }
        pending = Pending(known, self._observer.ordered, topic_id)
        starts = dict.fromkeys((number for _, number in served), 0)
        for number in starts:
            starts[number] = min(pending.next_offset(place) for place in served if place[1] == number)
        works: list[Coroutine[Any, Any, object]] = [self._carry_on(beside, _Session(pending, {}))]
        if starts:
            works.append(self._follow(starts, served, pending))
        look = LOOK_SECONDS if len(served) < len(partitions) else WATCH_SECONDS
        works.append(self._other_than(standing, look))
        try:
            await together(works)
        finally:
            pending.end()

    async def _other_than(self, known: tuple[int, str], seconds: float) -> tuple[int, str]:
        """How many partitions orders have and what the brokers call their topic, as soon as that is not this."""
        while True:
            if (found := await read_in_thread(lambda _: self._feed.standing())) != known:
                return found
            await asyncio.sleep(seconds)

    async def _follow(self, starts: Mapping[int, int], served: AbstractSet[Partition], pending: Pending) -> None:
        loop = asyncio.get_running_loop()

        def read(still_wanted: StillWanted) -> None:
            for found, caught_up in self._feed.follow(starts, still_wanted):
                loop.call_soon_threadsafe(partial(pending.take, found, served, caught_up=caught_up))

        await read_in_thread(read)

    async def _carry_on(self, beside: Beside, session: "_Session") -> None:
        """Send windows off one after the other, and note each when it and all before it are done."""
        under_way: deque[tuple[Window, asyncio.Task[Done]]] = deque()
        while True:
            if not under_way:
                await session.pending.some()
            if len(under_way) < WINDOWS_MAX and (heads := session.pending.next(PEOPLE_MAX)):
                orders = await read_in_thread(lambda _, heads=heads: self._feed.orders(heads))  # type: ignore[misc]
                window = Window(self._job, heads, orders)
                try:
                    task = await self._sent_off(beside, session, window)
                except GivenUp:
                    continue
                if task is None:
                    return
                under_way.append((window, task))
                continue
            window, task = under_way.popleft()
            await asyncio.wait({task})
            if task.cancelled():  # it is carried out again by whoever owns the partitions then
                return
            await beside.write(self._noted(window, session.pending))

    async def _sent_off(self, beside: Beside, session: "_Session", window: Window) -> "asyncio.Task[Done] | None":
        """Send a window off; None where its partitions are this process's no more. Raises GivenUp."""
        places = {head.place for head in window.heads}
        offers = 0
        while True:
            await beside.resumed()
            if not beside.partitions >= places:
                return None
            if any(map(session.pending.gave_up, window.heads)):
                raise GivenUp
            offers += 1
            if offers <= OFFERS:
                task = await self._offer(beside, session, window, places)
            else:
                with beside.hold(beside.partitions):
                    task = await self._offer(beside, session, window, places)
            if task is not None:
                return task

    async def _offer(
        self, beside: Beside, session: "_Session", window: Window, places: AbstractSet[Partition]
    ) -> "asyncio.Task[Done] | None":
        void = {number for number, order in enumerate(window.orders) if order is not None and self._void(beside, order)}
        newer = await self._newer(session, window, void)
        window.choose(newer, void)
        # Of what is void nothing has to be known but that the partition is ours.
        known = {place: newer[place].end for place in newer.keys() & beside.partitions}
        return beside.send_off(window, {**dict.fromkeys(places, sys.maxsize), **known})

    def _void(self, beside: Beside, order: RepairOrder) -> bool:
        """Whether nobody here can tell who of an order's people newer events speak of."""
        ours = beside.topic_ids.get(order.topic, "")
        if not same_topic(order.topic_id, ours):
            return True  # it speaks of offsets of another topic
        # Whoever ordered had another configuration: of a topic that is not read here it is not known what came since.
        return any(topic not in self._doors for topic, _ in (*places_of(order), (order.topic, order.partition)))

    async def _newer(
        self, session: "_Session", window: Window, void: AbstractSet[int]
    ) -> Mapping[Partition, NewerEvents]:
        """Whom events speak of by now that came since each of the orders was made that are not void."""
        as_of: dict[Partition, int] = {}
        for number, (head, order) in enumerate(zip(window.heads, window.orders, strict=True)):
            if order is None or number in void:
                continue
            for place, compared in {**places_of(order), head.place: order.as_of}.items():
                as_of[place] = min(as_of.get(place, compared), compared)
        found: dict[Partition, NewerEvents] = {}
        for place, first in as_of.items():
            known = session.newer.get(place)
            if known is None or known.as_of != first:
                known = session.newer[place] = NewerEvents(self._job, first)
            found[place] = known
        await in_own_thread(partial(self._read_on, found), "repair")
        return found

    def _read_on(self, newer: Mapping[Partition, NewerEvents]) -> None:
        for (topic, number), (low, high) in self._feed.ends(newer).items():
            events = newer[topic, number]
            if not low <= events.as_of <= high:
                events.void = True  # events that came since are deleted, or the topic is another one
            if not events.void and events.end < high:
                for records in self._doors[topic].read_events(number, events.end, high, lambda: True):
                    events.read(records)
            events.end = max(events.end, high)

    def _noted(self, window: Window, pending: Pending) -> list[OutgoingRecord]:
        said = [
            pending.done(head, outcomes, self._job.name)
            for head, outcomes in zip(window.heads, window.outcomes, strict=True)
        ]
        return [progress_record(self._states, one) for one in said]


@dataclass(frozen=True, slots=True)
class _Session:
    pending: Pending
    newer: dict[Partition, NewerEvents]
