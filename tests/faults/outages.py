"""What the processes depend on goes away: the broker, Infobip, its answers, the key."""

import time
from functools import partial

import psutil

from tests.faults.arena import MEMORY_BYTES, OPERATIONS, Arena, Row, let_pass
from tests.faults.history import History
from tests.integration.harness import Corridor, SimulatorThread, Worker, until

#: What supervisors commonly grant between asking a process to stop and killing it.
SUPERVISORS_SECONDS = 30.0
SCOPES = frozenset({"people:read", "people:manage"})
FAULTS = (
    "lose_answer",
    "truncate",
    "not_json",
    "status=500,html=true",
    "status=503",
    "status=429,retry_after=1",
    "latency=3",
)


def broker_restarts(arena: Arena) -> Row:
    """The broker stops in order, is killed, and is away for a minute, while a process is in the middle of it."""
    times, away = arena.size(2, 10), arena.size(35, 60)
    history = History(arena.chance("broker"))
    with arena.scene() as (infobip, made):
        worker = made.start()
        for number in range(times):
            made.publish(history.next(1500))
            target = infobip.count("upsert_persons") + 4
            until(partial(_calls, infobip, target), "the worker is busy")
            arena.node.kill() if number % 2 else arena.node.stop()
            if number == times - 1:
                let_pass(away)
            arena.node.start()
            until(lambda: made.lag() == 0, "all events committed")
        history.check(made, infobip)
        arena.node.stop()
        asked = time.monotonic()
        _ends_well(worker)
        ended = time.monotonic() - asked
        arena.node.start()
        return Row(
            f"{times} restarts, every other one a kill; away for {away} s",
            f"{_none_lost(history)}; told to stop while it is away, ends in {ended:.0f} s",
        )


def infobip_down(arena: Arena) -> Row:
    """Infobip cuts every connection, while events flow all the time."""
    seconds, rate = arena.size(40, 600), 500
    history = History(arena.chance("outage"), profiles=100_000)
    with arena.scene(flush={"max_events": 1000, "max_seconds": 1}) as (infobip, made):
        worker = made.start()
        made.publish(history.next(1000))
        until(lambda: made.lag() == 0, "all events committed")
        infobip.do(lambda: infobip.simulator.faults.add("*:outage"))
        process, peak, ends = psutil.Process(worker.process.pid), 0, time.monotonic() + seconds
        while time.monotonic() < ends:
            made.publish(history.next(rate))
            peak = max(peak, process.memory_info().rss)
            let_pass(1)
        assert made.lag() > 0, "the outage was none"
        infobip.do(infobip.simulator.faults.clear)
        began = time.monotonic()
        until(lambda: made.lag() == 0, "all events committed", 300)
        caught_up = time.monotonic() - began
        assert worker.log.read_text().count("partitions_assigned") == 1, "waiting caused a rebalance"
        assert peak < MEMORY_BYTES, f"{peak / 1e6:.0f} MB were taken"
        _ends_well(worker)
        history.check(made, infobip)
        return Row(
            f"{seconds} s without an answer, {rate} events a second",
            f"{_none_lost(history)}; at most {peak / 1e6:.0f} MB; no rebalance; caught up in {caught_up:.0f} s",
        )


def answers_spoilt(arena: Arena) -> Row:
    """A part of the answers is lost, late, cut off inside the body, not JSON, or an HTML page with 500."""
    history = History(arena.chance("answers"))
    with arena.scene() as (infobip, made):
        for number, fault in enumerate(FAULTS):
            line = f"*:{fault},probability=0.04,seed={arena.seed + number}"
            infobip.do(partial(infobip.simulator.faults.add, line))
        worker = made.start()
        made.publish(history.next(arena.size(5_000, 50_000)))
        until(lambda: made.lag() == 0, "all events committed", 600)
        _ends_well(worker)
        history.check(made, infobip)
        calls = sum(infobip.count(name) for name in OPERATIONS)
        good = sum(infobip.count(name, status) for name in OPERATIONS for status in (200, 207, 404))
        return Row(f"{calls - good:,} of {calls:,} answers spoilt, in {len(FAULTS)} ways", _none_lost(history))


def key_revoked(arena: Arena) -> Row:
    """The key is revoked in the middle, and restored."""
    times = arena.size(1, 3)
    history = History(arena.chance("key"))
    with arena.scene() as (infobip, made):
        worker = made.start()
        made.publish(history.next(100))
        until(lambda: made.lag() == 0, "the job works")  # one whose key is refused at its start stops
        for _ in range(times):
            infobip.do(partial(infobip.simulator.set_key, "demo-key", None))
            made.publish(history.next(2000))
            until(partial(_told, made, b'"unauthorized"'), "the job tells that its key is refused")
            assert made.lag() > 0
            infobip.do(partial(infobip.simulator.set_key, "demo-key", SCOPES))
            until(lambda: made.lag() == 0, "all events committed", 90)  # it asks again once a minute
        _ends_well(worker)
        history.check(made, infobip)
        return Row(f"revoked and restored {times} times", f"{_none_lost(history)}; told as unauthorized; went on alone")


def _calls(infobip: SimulatorThread, target: int) -> bool:
    return infobip.count("upsert_persons") >= target


def _told(made: Corridor, text: bytes) -> bool:
    states = {record.key(): record.value() or b"" for record in made.read("infobip_job_states")}
    return any(text in value for value in states.values())


def _ends_well(worker: Worker) -> None:
    assert worker.process.poll() is None, f"the worker needed a hand, see {worker.log}"
    assert worker.stop(SUPERVISORS_SECONDS) == 0


def _none_lost(history: History) -> str:
    return f"{history.events:,} events, none lost"
