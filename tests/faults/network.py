"""The network between a process and the brokers, and between it and Infobip, fails in every way it can."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from streams.simulator import SimulatorOptions
from tests.faults.arena import Arena, Row, let_pass, until_called
from tests.faults.duet import Crew, Duet, duet
from tests.faults.model import Model
from tests.faults.proxy import BLACK_HOLE, CUT, FAIR, NOT_BACK, NOT_THERE, Proxy, Weather
from tests.integration.harness import SimulatorThread, Worker, until

WEATHERS = {
    "cut": CUT,
    "dead without a word": BLACK_HOLE,
    "carries only answers": NOT_THERE,
    "carries only questions": NOT_BACK,
    "seconds late": Weather(delay=(0.5, 3.0)),
}
WIRES = ("brokers", "Infobip", "both")
SLOW = Weather(delay=(0.1, 0.7), bytes_per_second=200_000)
#: A start asks the brokers some fifty questions, one after the other.
UP_SECONDS = 300.0
#: Longer than a session, so that others take over.
LONG_SECONDS = 20.0
LOOK_SECONDS = 0.5


@contextmanager
def wires(arena: Arena, infobip: SimulatorThread) -> Iterator[dict[str, Proxy]]:
    """A wire of its own to the brokers, and one to Infobip."""
    door = arena.node.side_door
    host, _, port = infobip.url.removeprefix("http://").partition(":")
    with Proxy(door.host, door.port, door.outside, arena.seed) as to_brokers, Proxy(host, int(port)) as to_infobip:
        yield {"brokers": to_brokers, "Infobip": to_infobip}


def behind(made: Duet, wires: dict[str, Proxy]) -> Worker:
    """Start a process that has only these wires."""
    return made.start(brokers=f"127.0.0.1:{wires['brokers'].port}", infobip=f"http://127.0.0.1:{wires['Infobip'].port}")


def network_fails(arena: Arena) -> Row:
    """Of two processes one loses the brokers, Infobip or both, again and again, and comes back."""
    chance, strikes = arena.chance("partition"), arena.size(3, 25)
    model, seen, caught_up = Model(chance, people=60), Counter[str](), list[float]()
    # Answers take a while, so that there is much in the air when the wire fails.
    with (
        duet(arena, SimulatorOptions(limits=None, latency_seconds=0.2)) as (infobip, made),
        wires(arena, infobip) as far,
    ):
        struck = behind(made, far)
        crew = Crew(made, 1)
        until(partial(made.ready, struck), "it comes up")
        for number in range(strikes):
            wire, name, seconds = _choice(arena, chance, number)
            seen[f"{wire} {name}"] += 1
            with until_called(infobip, "upsert_persons", 1):
                made.put(model.next(200))
            for one in far if wire == "both" else [wire]:
                far[one].change(WEATHERS[name])
            _go_on(made, model, seconds)
            for proxy in far.values():
                proxy.change(FAIR)
            began = time.monotonic()
            model.settle(made, infobip)
            caught_up.append(time.monotonic() - began)
            if struck.process.poll() is not None:
                crew.ended += 1
                struck = behind(made, far)
        until(partial(made.ready, struck), "it comes up")
        assert struck.stop() == 0
        # Whoever starts now believes what is kept in topics: nothing stale must have come into them.
        crew.renew()
        made.put(model.everybody_leaves())
        model.settle(made, infobip)
        crew.stop()
        model.check(made, infobip)
    told = ", ".join(f"{name} {count}" for name, count in sorted(seen.items()))
    return Row(
        f"the wire of one of two processes failed {strikes} times ({told})",
        f"{model.number:,} events: people, tags and {len(model.messages):,} messages as in the model, none twice; all "
        f"caught up {max(caught_up):.0f} s after it was well again; {crew.ended} processes were started again",
    )


def _choice(arena: Arena, chance: random.Random, number: int) -> tuple[str, str, float]:
    """Which wire fails, how, and for how long."""
    if arena.short:
        return (
            ("brokers", "dead without a word", LONG_SECONDS),
            ("Infobip", "carries only questions", 3.0),
            ("both", "cut", 5.0),
        )[number]
    return chance.choice(WIRES), chance.choice(list(WEATHERS)), chance.choice((3.0, 8.0, LONG_SECONDS, 45.0))


def _go_on(made: Duet, model: Model, seconds: float) -> None:
    """Publish events of the same people for so long."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        made.put(model.next(5))
        let_pass(LOOK_SECONDS)


def broker_slow(arena: Arena) -> Row:
    """All that a process says to the brokers and hears of them is late and slow, from its start to its end."""
    seconds = arena.size(30, 300)
    model = Model(arena.chance("slow"), people=200)
    with duet(arena) as (infobip, made), wires(arena, infobip) as far:
        far["brokers"].change(SLOW)
        began = time.monotonic()
        worker = behind(made, far)
        until(partial(made.ready, worker), f"it comes up, see {worker.log}", UP_SECONDS)
        up = time.monotonic() - began
        made.put(model.next(1000))
        _go_on(made, model, seconds)
        began = time.monotonic()
        model.settle(made, infobip)
        caught_up = time.monotonic() - began
        assert made.counted("job_stalled") == 0, f"a slow broker was taken for a stall, see {worker.log}"
        shared = made.counted("partitions_assigned")
        assert shared <= 2 * len(made.jobs), f"partitions were shared out {shared} times, see {worker.log}"
        assert worker.stop() == 0
        model.check(made, infobip)
    late = f"{SLOW.delay[0] * 1000:.0f} to {SLOW.delay[1] * 1000:.0f} ms"
    return Row(
        f"each piece {late} late, and at most 200 kB/s, for {seconds} s",
        f"{model.number:,} events, none lost; up after {up:.0f} s, caught up in {caught_up:.0f} s; "
        f"{shared} times given partitions, by {len(made.jobs)} jobs, and none started anew",
    )
