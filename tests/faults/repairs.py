"""Processes of an export and of `repair` are killed while drift is mended and people come and go."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from streams.simulator import SimulatorOptions
from tests.faults.arena import OPERATIONS, Arena, Row, let_pass
from tests.integration.events import drain, event
from tests.integration.harness import Corridor, Worker, corridor, until
from tests.integration.importing import Crowd

MEMBERS, STRANGERS = 2000, range(5000, 5300)
TAG = "VIP"


def repairing(made: Corridor) -> Worker:
    """Begin a repair in a process of its own."""
    log = made.folder / f"repair-{len(made.workers)}.log"
    worker = Worker(made.write_configuration(), log, [made.name, "--force"], command="repair")
    made.workers.append(worker)
    return worker


def ordered(made: Corridor) -> int:
    """How many records of orders there are."""
    return len(made.read(f"infobip_repairs_{made.name}"))


def has_ordered(made: Corridor, before: int) -> bool:
    """Whether more was ordered than that a repair begins."""
    return ordered(made) > before + made.partitions


@contextmanager
def living(made: Corridor, chance: random.Random, inside: set[int]) -> Iterator[None]:
    """Have people come and go for as long as this lasts; who is inside in the end."""
    ended = threading.Event()

    def live() -> None:
        while not ended.wait(0.02):
            number, action = chance.randrange(STRANGERS.stop), chance.choice(("enter", "exit"))
            made.publish([event(number, action)])
            (inside.add if action == "enter" else inside.discard)(number)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def drift_repaired(arena: Arena) -> Row:
    """Kill either of two processes, and every other time the command, while what drifts again and again is mended."""
    chance, rounds = arena.chance("repairs"), arena.size(4, 20)
    folder, inside = arena.own_folder(), set(range(MEMBERS))
    options = SimulatorOptions(limits=None, latency_seconds=0.1)
    with (
        Crowd(options) as infobip,
        corridor(arena.bootstrap, infobip.url, folder, folder.name) as made,
    ):
        made.configuration["authorizations"][0]["limits"] = dict.fromkeys(OPERATIONS, 1000)
        made.publish(event(number) for number in inside)
        workers = [made.start(), made.start()]
        drain(made)
        infobip.create(STRANGERS, tags=[TAG])
        with living(made, chance, inside):
            for turn in range(rounds):
                infobip.untag(TAG, *chance.sample(range(MEMBERS), 300))
                before = ordered(made)
                command = repairing(made)
                until(partial(has_ordered, made, before), "it is ordered")
                let_pass(chance.random())
                dying = chance.randrange(2)
                workers[dying].kill()
                workers[dying] = made.start()
                if turn % 2:
                    command.kill()
                command.process.wait(120)
        drain(made)
        assert repairing(made).process.wait(120) == 0
        assert infobip.tagged(TAG) == {f"p{number}@example.com" for number in inside}
        did = made.outcomes()
        assert did["rejected"] == 0
        mended = did["repaired_added"] + did["repaired_removed"]
    return Row(
        f"{rounds} processes and {rounds // 2} commands are killed",
        f"{mended:,} people repaired, {did['superseded']:,} left to newer events; {len(inside):,} members have the tag",
    )
