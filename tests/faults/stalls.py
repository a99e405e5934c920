"""Something inside the service hangs for ever, without a word."""

from tests.faults.arena import Arena, Row
from tests.faults.history import History
from tests.faults.subject import HANGS
from tests.integration.harness import until

#: A loop that hangs cannot be mended from inside: the process ends, and whoever supervises it starts it again.
ENDS_THE_PROCESS = "hang_in_loop"


def consumer_stuck(arena: Arena) -> Row:
    """In turn a call, the agent, the consumer's thread and the event loop hang."""
    history = History(arena.chance("stuck"))
    pace = ":quick" if arena.short else ""
    for point in HANGS:
        with arena.scene() as (infobip, made):
            told = History(history.chance)
            worker = made.start(point=f"{point}:3{pace}")
            made.publish(told.next(3000))
            if point == ENDS_THE_PROCESS:
                until(lambda worker=worker: worker.process.poll() is not None, "the process ends")  # type: ignore[misc]
                assert worker.process.returncode == 1
                assert worker.said("process_stalled")
                worker = made.start()
            until(lambda made=made: made.lag() == 0, f"all events committed after {point}", 240)  # type: ignore[misc]
            assert point == ENDS_THE_PROCESS or worker.said("job_stalled"), f"nobody noticed {point}"
            assert worker.stop() == 0
            told.check(made, infobip)
            history.events += told.events
    ways = ", ".join(point.removeprefix("hang_in_") for point in HANGS)
    return Row(
        f"hung for ever in: {ways}",
        f"{history.events:,} events, none lost; each noticed, told and started anew by itself",
    )
