"""Processes that stand still for longer than their session, as a machine does that sleeps or is moved, and wake up."""

import time
from functools import partial

from streams.simulator import SimulatorOptions
from tests.faults.arena import Arena, Row, let_pass, until_called
from tests.faults.duet import Crew, Duet, duet
from tests.faults.model import Model
from tests.integration.harness import SimulatorThread, Worker, until

#: A killed or sleeping process is missed after so long, and its successor has to read state back.
MISSED_SECONDS = 14.0
LOOK_SECONDS = 0.5


def processes_paused(arena: Arena) -> Row:
    """Each in its turn sleeps in the middle of its work, while others go on with the same people, and wakes up."""
    chance, pauses = arena.chance("paused"), arena.size(2, 20)
    model, slept, gaps = Model(chance, people=60), list[float](), list[float]()
    # Answers take a while, so that whoever falls asleep has calls to make when it wakes up.
    with duet(arena, SimulatorOptions(limits=None, latency_seconds=0.3)) as (infobip, made):
        crew = Crew(made, arena.size(2, 3))
        made.put(model.next(200))
        model.settle(made, infobip)
        for number in range(pauses):
            seconds = 17.0 if arena.short else chance.uniform(5, 60)
            gap = _sleep(made, infobip, model, crew.workers[number % len(crew.workers)], seconds)
            slept.append(seconds)
            gaps += [gap] if gap is not None else []
            if chance.random() < 0.5:
                model.settle(made, infobip)
            crew.revive()
        model.settle(made, infobip)
        # Whoever starts now believes what is kept in topics: the last word of a sleeper must not be in there.
        crew.renew()
        made.put(model.everybody_leaves())
        model.settle(made, infobip)
        crew.stop()
        model.check(made, infobip)
    return Row(
        f"{pauses} pauses of {min(slept):.0f} to {max(slept):.0f} s in the middle of the work",
        f"{model.number:,} events: people, tags and {len(model.messages):,} messages as in the model, none twice; "
        f"longest take-over {max(gaps):.0f} s; {crew.ended} processes ended and were started again",
    )


def _sleep(made: Duet, infobip: SimulatorThread, model: Model, victim: Worker, seconds: float) -> float | None:
    """Let a process sleep for so long, events of the same people going on; how long its partitions stood still."""
    with until_called(infobip, "upsert_persons", model.chance.randrange(1, 3)):
        made.put(model.next(200))
    victim.pause()
    began, gap = time.monotonic(), None
    while time.monotonic() - began < seconds:
        made.put(model.next(10))
        if gap is None and seconds > MISSED_SECONDS:
            until(partial(_all_done, made, began + seconds), "others take over, or it wakes up", 90)
            gap = time.monotonic() - began
        let_pass(LOOK_SECONDS)
    victim.resume()
    return gap


def _all_done(made: Duet, deadline: float) -> bool:
    return made.behind() == 0 or time.monotonic() > deadline
