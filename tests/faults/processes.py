"""Processes that are killed, and processes that come and go."""

import time
from collections import Counter
from functools import partial

from streams.agents.membership import INFLIGHT_WINDOWS_MAX, REVOKE_SECONDS
from streams.kafka.lease import SESSION_SECONDS
from streams.simulator import SimulatorOptions
from tests.faults.arena import Arena, Row, Sent, committed
from tests.faults.history import OPTIONS, History
from tests.faults.subject import KILLS
from tests.integration.harness import Corridor, SimulatorThread, Worker, until

EVENTS_A_KILL = 600
WINDOW = OPTIONS["flush"]["max_events"]
#: From a member's word to all partitions being read again: a heartbeat tells of it, what flies lands, and all join.
REBALANCE_SECONDS = 3 + REVOKE_SECONDS + 4
POINT_SECONDS = 10.0


def process_killed(arena: Arena) -> Row:
    """Three processes; again and again one is killed, at random or at a named point, and another takes its place."""
    chance, kills = arena.chance("kills"), arena.size(20, 200)
    history = History(chance)
    killed: Counter[str] = Counter()
    with arena.scene(SimulatorOptions(limits=None, latency_seconds=0.03)) as (infobip, made):
        sent = Sent(infobip)

        def start(place: int) -> tuple[int, str, Worker]:
            # Most have a name and get their partitions back at once; the others' are shared out when they are missed.
            point = chance.choice(("", *KILLS))
            hits = 1 if point in {"kill_while_restoring", "kill_in_rebalance"} else chance.randrange(1, 5)
            instance = None if point == "kill_in_rebalance" or chance.random() < 0.25 else f"p{place}"
            return place, point, made.start(instance=instance, point=f"{point}:{hits}" if point else None)

        running = [start(place) for place in range(3)]
        while killed.total() < kills:
            made.publish(history.next(EVENTS_A_KILL))
            place, point, victim = running.pop(chance.randrange(3))
            if point == "kill_in_rebalance":  # its successor's coming makes the rebalance
                running.append(start(place))
            if point and _dies_by_itself(victim, made, history):
                killed[point] += 1
            else:
                until(partial(_works, victim), "the next victim has partitions")
                target = infobip.count("upsert_persons") + chance.randrange(1, 6)
                until(partial(_busy, victim, made, infobip, target), "calls are made, or all is done")
                late = victim.process.poll() is not None  # it came to its point after all
                victim.kill()
                killed[point if late else "at random"] += 1
            if len(running) < 3:
                running.append(start(place))
        for _, _, worker in running:
            worker.kill()
        made.publish(history.next(EVENTS_A_KILL))
        workers = [made.start(), made.start()]
        until(lambda: made.lag() == 0, "all events committed", 180)
        assert [worker.stop() for worker in workers] == [0, 0]
        history.check(made, infobip)
        deaths = killed.total() + len(running)
        bound = INFLIGHT_WINDOWS_MAX * WINDOW * deaths
        assert sent.again <= bound, f"{sent.again} people sent again after {deaths} kills, more than {bound}"
        points = ", ".join(f"{name.removeprefix('kill_').replace('_', ' ')} {n}" for name, n in sorted(killed.items()))
        return Row(
            f"kill -9, {killed.total()} times ({points})",
            f"{history.events:,} events, none lost; sent again: {sent.again / deaths:.0f} people a kill "
            f"(at most {INFLIGHT_WINDOWS_MAX} calls of {WINDOW} fly)",
        )


def _dies_by_itself(worker: Worker, made: Corridor, history: History) -> bool:
    """Whether an armed process comes to its point before we lose patience; events flow meanwhile."""
    deadline = time.monotonic() + POINT_SECONDS

    def is_over() -> bool:
        made.publish(history.next(20))
        return worker.process.poll() is not None or time.monotonic() > deadline

    until(is_over, "it dies")
    code = worker.process.poll()
    assert code in (None, -9), f"it ended with {code}, see {worker.log}"
    return code is not None


def _works(worker: Worker) -> bool:
    return worker.process.poll() is not None or worker.said("partitions_assigned")


def _busy(victim: Worker, made: Corridor, infobip: SimulatorThread, target: int) -> bool:
    return victim.process.poll() is not None or infobip.count("upsert_persons") >= target or made.lag() == 0


def members_come_and_go(arena: Arena) -> Row:
    """One process always runs; others join and leave, killed or told to; all the while events flow."""
    chance, changes = arena.chance("members"), arena.size(8, 50)
    history = History(chance)
    others: list[Worker] = []
    seen: Counter[str] = Counter()
    gaps: list[float] = []
    with arena.scene(SimulatorOptions(limits=None, latency_seconds=0.03)) as (infobip, made):
        workers = [made.start()]
        made.publish(history.next(2000))
        until(lambda: made.lag() == 0, "all events committed")
        for _ in range(changes):
            began = time.monotonic()
            if not others or (len(others) < 3 and chance.random() < 0.5):
                others.append(made.start())
                until(lambda: _works(others[-1]), "it has joined")
                seen["joined"] += 1
            elif chance.random() < 0.5:
                others.pop(chance.randrange(len(others))).kill()
                seen["killed"] += 1
            else:
                assert others.pop(chance.randrange(len(others))).stop() == 0
                seen["left in order"] += 1
            move_all(made, history)
            gaps.append(time.monotonic() - began)
        until(lambda: made.lag() == 0, "all events committed", 180)
        assert [worker.stop() for worker in [*workers, *others]] == [0] * (1 + len(others))
        history.check(made, infobip)
    limit = SESSION_SECONDS + REBALANCE_SECONDS
    assert max(gaps) <= limit, f"a partition stood still for {max(gaps):.1f} s, more than {limit:.0f}"
    told = ", ".join(f"{name} {count}" for name, count in sorted(seen.items()))
    return Row(
        f"{changes} changes of members ({told})",
        f"{history.events:,} events, none lost; longest pause of a partition {max(gaps):.1f} s "
        f"(session {SESSION_SECONDS:.0f} s + one rebalance)",
    )


def move_all(made: Corridor, history: History) -> None:
    """Publish on, until every partition has committed what came after the change."""
    made.publish(history.next(200))
    wanted = {number: max(offsets, default=-1) + 1 for number, offsets in made.offsets_published().items()}
    until(lambda: all(at >= wanted[number] for number, at in committed(made).items()), "every partition moves", 120)
