"""Processes restarted one after the other with another configuration each time, while events flow."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from tests.faults.arena import Arena, Row
from tests.faults.duet import Crew, Duet, duet
from tests.faults.model import AUDIENCES, Model
from tests.integration.harness import SimulatorThread, until

#: What there was before a job began, or before a topic was added to it.
PAST = 200
EVENTS = 100
NAMED: tuple[str | None, ...] = ("p0", "p1", "p2", "p3")
NAMELESS: tuple[str | None, ...] = (None, None, None, None)
ADDED_AUDIENCE = "silver"
#: From the adding of partitions until all that is in them has been acted upon.
NOTICED_SECONDS = 30.0


class Roll:
    """Processes that are replaced in their places, and what both jobs must have done all the while."""

    def __init__(
        self, made: Duet, infobip: SimulatorThread, chance: random.Random, names: Sequence[str | None]
    ) -> None:
        self.seen: Counter[str] = Counter()
        self._rolls = 0
        self.model = Model(chance, people=100)
        self._made, self._infobip, self._chance = made, infobip, chance
        made.put(self.model.newcomers(PAST), counts=False)
        self.crew = Crew(made, len(names), names)
        self.go_on()
        self.settle()

    def go_on(self) -> None:
        """Have events flow."""
        self._made.put(self.model.next(EVENTS))

    def settle(self) -> float:
        """Wait until all is as it must be; how long that took."""
        began = time.monotonic()
        self.model.settle(self._made, self._infobip)
        return time.monotonic() - began

    def replace_all(self, meanwhile: Callable[[], None]) -> None:
        """Stop or kill one process after the other in the middle of its work, and start it as is configured now."""
        for place, worker in enumerate(self.crew.workers):
            self.go_on()
            killed = (place + self._rolls) % 2 == 0
            self.seen["killed" if killed else "stopped"] += 1
            if killed:
                worker.kill()
            else:
                assert worker.stop() == 0, f"it did not end well, see {worker.log}"
            self.crew.workers[place] = self.crew.start(place)
            meanwhile()
        self._rolls += 1

    def finish(self) -> None:
        """Nobody may have been forgotten by those who start now; then all must have been told of."""
        self.crew.renew()
        self._made.put(self.model.everybody_leaves())
        self.settle()
        self.crew.stop()
        self.model.check(self._made, self._infobip)


def restarted_in_turn(arena: Arena) -> Row:
    """A topic, an audience and partitions are added, by processes with a name that outlives them, and without."""
    chance = arena.chance("rolling")
    seen, events, messages, found = Counter[str](), 0, 0, [0.0]
    few = NAMED[:1] + NAMELESS[:1]
    for names in [few] if arena.short else [NAMED, NAMELESS, NAMED[:2] + NAMELESS[:2]]:
        with duet(arena, existing_members=False) as (infobip, made):
            roll = Roll(made, infobip, chance, names)
            add_topic(made, roll)
            if not arena.short:
                add_audience(made, roll)
                found.append(add_partitions(made, roll))
            roll.finish()
        seen += roll.seen
        events, messages = events + roll.model.number, messages + len(roll.model.messages)
    what = "a topic" if arena.short else "a topic, an audience, partitions"
    return Row(
        f"{seen.total()} restarts (stopped {seen['stopped']}, killed {seen['killed']}), adding {what}, "
        "of processes with an instance_id and without",
        f"{events:,} events, {messages:,} messages: none of the past, none twice, none lost"
        + ("" if arena.short else f"; new partitions read within {max(found):.0f} s"),
    )


def add_topic(made: Duet, roll: Roll) -> None:
    """A topic with a past is added to the send, whose members are not messaged; whoever comes later is."""
    added = made.make_topic(f"{made.name}.more")
    made.put(roll.model.newcomers(PAST), added, counts=False)
    made.jobs[1]["topics"] = [made.topic, added]

    def meanwhile() -> None:
        until(lambda: len(made.begins(added)) == made.partitions, f"it is told where {added} begins")
        made.put(roll.model.count(roll.model.newcomers(EVENTS), exported=False), added)

    roll.replace_all(meanwhile)
    roll.settle()


def add_audience(made: Duet, roll: Roll) -> None:
    """An audience is added under the shared tag; while some do not know it yet, nobody enters it."""
    made.change_both(audiences=[*AUDIENCES, ADDED_AUDIENCE])
    roll.replace_all(roll.go_on)
    roll.model.audiences = (*AUDIENCES, ADDED_AUDIENCE)
    roll.go_on()
    roll.settle()


def add_partitions(made: Duet, roll: Roll) -> float:
    """The input gets more partitions while all run, and profiles move; then all are restarted once more."""
    made.add_partitions(made.partitions + 2)
    began = time.monotonic()
    roll.go_on()
    roll.settle()
    took = time.monotonic() - began
    made.change_both(flush={"max_events": 80, "max_seconds": 0.5})
    roll.replace_all(partial(made.put, []))
    roll.settle()
    assert took <= NOTICED_SECONDS, f"new partitions were read after {took:.0f} s only"
    return took
