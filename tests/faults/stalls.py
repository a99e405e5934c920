"""Something inside the service hangs for ever, without a word."""

from functools import partial

from tests.faults.arena import Arena, Row
from tests.faults.history import History
from tests.faults.subject import HANGS
from tests.integration.harness import Corridor, Worker, until

#: A loop that hangs cannot be mended from inside: the process ends, and whoever supervises it starts it again.
ENDS_THE_PROCESS = "hang_in_loop"


def consumer_stuck(arena: Arena) -> Row:
    """In turn a call, the agent, the consumer's thread and the event loop hang, while events flow."""
    chance, events = arena.chance("stuck"), 0
    pace = ":quick" if arena.short else ""
    for point in HANGS:
        with arena.scene() as (infobip, made):
            history = History(chance)
            worker = made.start(point=f"{point}:3{pace}")
            until(partial(_noticed, point, worker, made, history), f"somebody notices {point}", 240)
            if point == ENDS_THE_PROCESS:
                assert worker.process.wait(30) == 1
                worker = made.start()
            until(partial(_all_done, made), f"all events committed after {point}", 240)
            assert worker.stop() == 0
            history.check(made, infobip)
            events += history.events
    ways = ", ".join(point.removeprefix("hang_in_") for point in HANGS)
    return Row(
        f"hung for ever in: {ways}", f"{events:,} events, none lost; each noticed, told and started anew by itself"
    )


def _noticed(point: str, worker: Worker, made: Corridor, history: History) -> bool:
    made.publish(history.next(20))
    return worker.said("process_stalled" if point == ENDS_THE_PROCESS else "job_stalled")


def _all_done(made: Corridor) -> bool:
    return made.lag() == 0
