"""What a job has committed says nothing any more: its topic was made anew, or its offsets are gone."""

import time
from collections import Counter
from contextlib import suppress
from functools import partial

from tests.faults.arena import Arena, Row, until_called
from tests.faults.duet import Duet, duet
from tests.faults.model import Model, acted_upon, marks
from tests.integration.harness import SimulatorThread, Worker, until

#: From the making of a topic until a running process says that it is another one.
NOTICED_SECONDS = 30.0
EVENTS = 300


def topic_made_anew(arena: Arena) -> Row:
    """The input is deleted and made anew, while a process runs and while none does; its events bring no ids."""
    times = arena.size(2, 10)
    model, noticed, delivered = Model(arena.chance("recreated"), people=100, ids=0.0), list[float](), list[float]()
    with duet(arena) as (infobip, made):
        worker = made.start()
        made.put(model.next(EVENTS))
        model.settle(made, infobip)
        for number in range(times):
            running = number % 2 == 0
            if not running:
                assert worker.stop() == 0
            model.other_people()  # who was in by the old topic stays in: nobody said that they left
            told = made.counted("topic_recreated")
            made.make_anew()
            made_at = time.monotonic()
            # Fewer than before: their offsets were all there before; and more, so that some were not.
            events = model.next(EVENTS // 3 if number % 4 < 2 else 2 * EVENTS)
            made.put(events)
            if not running:
                worker = made.start()
            with suppress(AssertionError):  # told below, with what was lost
                until(partial(_noticed, made, told, infobip, marks(events)), "it is noticed", 2 * NOTICED_SECONDS)
            if running:
                noticed.append(time.monotonic() - made_at)
            model.settle(made, infobip, 60)
            delivered.append(time.monotonic() - made_at)
            assert made.counted("topic_recreated") > told, f"the log does not say topic_recreated, see {worker.log}"
        assert worker.stop() == 0
        model.check(made, infobip)
    assert max(noticed) <= NOTICED_SECONDS, f"noticed after {max(noticed):.0f} s only"
    return Row(
        f"made anew {times} times, every other time with no process running",
        f"{model.number:,} events without ids, none lost, {len(model.messages):,} messages, none twice; "
        f"noticed by a running process within {max(noticed):.0f} s, all delivered within {max(delivered):.0f} s",
    )


def _noticed(made: Duet, told: int, infobip: SimulatorThread, new: set[str]) -> bool:
    return made.counted("topic_recreated") > told or bool(new & acted_upon(infobip))


def offsets_gone(arena: Arena) -> Row:
    """The groups of both jobs are deleted while no process runs, as brokers do by themselves after a week."""
    chance, times = arena.chance("expired"), arena.size(2, 8)
    seen, events, messages = Counter[str](), 0, 0
    for existing in (True,) if arena.short else (True, False):
        model = Model(chance, people=100)
        with duet(arena, existing_members=existing) as (infobip, made):
            if not existing:
                made.put(model.newcomers(EVENTS), counts=False)
            worker = _started(made)
            made.put(model.next(EVENTS))
            for number in range(times):
                forgets = number % 2 == 0
                seen["ended in order, and Infobip forgot the ids" if forgets else "killed"] += 1
                worker = _lose_offsets(made, infobip, model, worker, forgets=forgets)
            assert worker.stop() == 0
            model.check(made, infobip)
        events, messages = events + model.number, messages + len(model.messages)
    told = ", ".join(f"{how}: {count}" for how, count in seen.items())
    return Row(
        f"offsets lost {seen.total()} times ({told})",
        f"{events:,} events, none lost; {messages:,} messages, none twice",
    )


def _started(made: Duet) -> Worker:
    worker = made.start()
    until(partial(made.ready, worker), "it has its partitions")
    return worker


def _lose_offsets(made: Duet, infobip: SimulatorThread, model: Model, worker: Worker, *, forgets: bool) -> Worker:
    """End a process, lose the offsets, publish on, and start another, which must do the rest and nothing else."""
    with until_called(infobip, "send_sms", 2):
        made.put(model.next(EVENTS))
    if forgets:
        model.settle(made, infobip)
        assert worker.stop() == 0
        # No longer known, neither as taken nor to the logs; what was sent stays counted.
        infobip.do(infobip.simulator.outbox._places.clear)
    else:
        worker.kill()
    made.forget_offsets()
    late = model.next(EVENTS // 3)
    made.put(late)
    told = made.counted("offsets_lost")
    worker = made.start()
    model.settle(made, infobip)
    assert marks(event for event in late if event["action"] == "enter") <= acted_upon(infobip)
    assert made.counted("offsets_lost") > told, f"the log does not say offsets_lost, see {worker.log}"
    return worker
