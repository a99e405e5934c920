"""Events that come in transactions, which commit, abort or stay open; and the markers that these leave behind."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from confluent_kafka import Producer

from tests.faults.arena import Arena, Row, let_pass
from tests.faults.duet import Duet, Place, duet, produce
from tests.faults.model import Event, Model, acted_upon, marks
from tests.integration.harness import SimulatorThread, Worker, until

#: How a transaction ends.
ENDINGS = ("commits", "aborts", "is left open, then commits", "is left open until it times out")
EVENTS = 40
TIME_OUT_SECONDS = 4.0


class Transaction:
    """Events of one transaction, which is open until it is told how it ends."""

    def __init__(self, made: Duet, name: str, events: list[Event], seconds: float = 600) -> None:
        milliseconds = int(seconds * 1000)
        settings: dict[str, Any] = {"transactional.id": f"{made.name}-{name}", "transaction.timeout.ms": milliseconds}
        settings["socket.timeout.ms"] = min(10_000, milliseconds)
        self.events = events
        self._made, self._put = made, set[Place]()
        self._producer = Producer({**made.settings, **settings, "linger.ms": 5})
        self._producer.init_transactions(60)
        self._producer.begin_transaction()
        for event in events:
            produce(self._producer, made.topic, event, self._put)
        assert self._producer.flush(60) == 0

    def commit(self) -> None:
        """Have all of it count."""
        self._producer.commit_transaction(60)
        self._made.places |= self._put

    def abort(self) -> None:
        """Have none of it count."""
        self._producer.abort_transaction(60)


def transactional_producers(arena: Arena) -> Row:
    """Transactions end in every way; what is not committed is never acted upon, and what is left over is no lag."""
    chance, rounds = arena.chance("transactions"), arena.size(4, 24)
    model, seen = Model(chance, people=100), Counter[str]()
    longest = 0.0
    with duet(arena) as (infobip, made):
        worker = _start(arena, made)
        for number in range(rounds):
            made.put(model.next(50))
            ending = ENDINGS[number % len(ENDINGS)]
            # The longest is longer than anything that takes a wait for a stall.
            open_seconds = 2.0 if arena.short else chance.choice((5.0, 20.0, 75.0))
            longest = max(longest, _run(made, infobip, model, f"{number}", ending, open_seconds))
            seen[ending] += 1
            if not arena.short and number % 6 == 5:
                worker.kill()
                worker = _start(arena, made)
            model.settle(made, infobip, committed=False)
        # Six looks of the watchdog, which are ten seconds apart where it is in no hurry.
        rested = [
            _rest(made, infobip, model, arena.size(0, 75), commits=True),
            _rest(made, infobip, model, arena.size(16, 75), commits=False),
        ]
        _not_stalled(made)
        assert worker.stop() == 0
        model.check(made, infobip)
    told = ", ".join(f"{ending}: {count}" for ending, count in seen.items())
    return Row(
        f"{seen.total()} transactions ({told})",
        f"{model.number:,} events: only those committed were acted upon, each once; open for up to {longest:.0f} s; "
        f"lag 0 {rested[0]:.1f} and {rested[1]:.1f} s after the last marker, and no start anew at rest",
    )


def _start(arena: Arena, made: Duet) -> Worker:
    return made.start(point="nothing:1:quick" if arena.short else None)


def _run(made: Duet, infobip: SimulatorThread, model: Model, name: str, ending: str, open_seconds: float) -> float:
    """One transaction, and events of others behind it; how long it was open."""
    times_out = ending.endswith("times out")
    events = model.newcomers(EVENTS)
    began = time.monotonic()
    transaction = Transaction(made, name, events, TIME_OUT_SECONDS if times_out else 600)
    made.put(model.next(50))
    if ending == "aborts":
        transaction.abort()
    elif times_out:
        _keep_watch(infobip, events, lambda: not model.wrong(infobip), 90)  # what stands behind it was held up
    else:
        if "left open" in ending:
            _keep_watch(infobip, events, lambda: time.monotonic() - began > open_seconds, 600)
        model.count(events)
        transaction.commit()
    return time.monotonic() - began


def _keep_watch(infobip: SimulatorThread, events: list[Event], over: Callable[[], bool], seconds: float) -> None:
    """Fail when something of an open transaction is acted upon."""
    secret = marks(events)

    def look() -> bool:
        early = secret & acted_upon(infobip)
        assert not early, f"{len(early)} of {len(secret)} events of an open transaction were acted upon"
        return over()

    until(look, "the transaction ends", seconds)


def _rest(made: Duet, infobip: SimulatorThread, model: Model, seconds: float, *, commits: bool) -> float:
    """A transaction's marker is the last thing in every partition, and nothing comes; after how long the lag was 0."""
    last = Transaction(made, f"last-{commits}", model.newcomers(EVENTS))
    if commits:
        model.count(last.events)
        last.commit()
    else:
        last.abort()
    began = time.monotonic()
    model.settle(made, infobip, committed=False)
    until(lambda: _lag(made) == 0, "status shows no lag at rest", 30)
    took = time.monotonic() - began
    let_pass(seconds)
    assert _lag(made) == 0, f"status shows a lag of {_lag(made)} at rest"
    _not_stalled(made)
    return took


def _lag(made: Duet) -> int:
    return sum(abs(lag) for job in made.statuses() for lag in job["lag"].values())


def _not_stalled(made: Duet) -> None:
    assert not made.said("job_stalled"), f"a job was started anew though nothing was wrong; see {made.folder}"
