"""A renamed tag brought to all members while processes are killed, and people come and go."""

import random
from collections.abc import Iterator
from typing import Any

from schemas.records.states import ExportedConfiguration
from streams.simulator import SimulatorOptions
from tests.faults.arena import Arena, Row
from tests.integration.events import event
from tests.integration.harness import Corridor, SimulatorThread, Worker, until

#: So many leave, and so many enter, before each kill.
LIVE = 50
#: Somebody is tagged by hand, whom Kafka does not know.
BY_HAND = 900_000
PROCESSES = 2


def tag_renamed(arena: Arena) -> Row:
    """Two processes share the job; one of them is killed in the middle of what is brought to members, again and again."""
    chance = arena.chance("changed")
    members, kills = arena.size(2_000, 100_000), arena.size(1, 5)
    options = SimulatorOptions(limits=None, latency_seconds=arena.size(3, 2) / 10)
    with arena.scene(options, audiences=["vip"], tag="VIP", map_fields={}, flush={"max_events": 1000}) as (
        infobip,
        made,
    ):
        made.publish(event(number) for number in range(members))
        worker = made.start()
        until(lambda: made.lag() == 0, "everybody is exported")
        assert worker.stop() == 0
        inside = set(range(members))
        made.change(tag="GOLD", on_change="apply")
        workers = [made.start() for _ in range(PROCESSES)]
        for _ in range(kills):
            _midway(made, infobip, chance, members, kills)
            made.publish(_live(inside, chance, members))
            place = chance.randrange(PROCESSES)
            workers[place].kill()
            assert _remembered(made).applying, "it was done before somebody was killed"
            workers[place] = made.start()
        until(lambda: not _remembered(made).applying and made.lag() == 0, "all is done", seconds=600)
        assert all(one.stop() == 0 for one in workers)
        wanted = {f"p{number}@example.com" for number in inside}
        assert infobip.tagged("GOLD") == wanted
        assert infobip.tagged("VIP") == set()
        assert not made.dead_letters()
        calls = {name: infobip.count(name) for name in ("add_tag", "remove_tag")}
    return Row(
        f"kill -9, {kills} times, while {members:,} members are brought from one tag to another",
        f"{len(inside):,} members have the new tag and nobody else, nobody has the former; {calls['add_tag']} calls add "
        f"and {calls['remove_tag']} remove, of {2 * -(-members // 1000)} that it takes",
    )


def _midway(made: Corridor, infobip: SimulatorThread, chance: random.Random, members: int, kills: int) -> None:
    """Wait until some more people have been brought to the new tag, or been rid of the former."""
    moved = _moved(infobip)
    least = min(2 * members - 1, moved + 1 + chance.randrange(max(1, members // kills)))
    until(lambda: _moved(infobip) > least or not _remembered(made).applying, f"{least:,} steps are done")


def _moved(infobip: SimulatorThread) -> int:
    account = infobip.simulator.account
    had, has = (infobip.do(lambda tag=tag: sum(1 for _ in account.tagged(tag))) for tag in ("VIP", "GOLD"))
    return int(has) - int(had)


def _live(inside: set[int], chance: random.Random, members: int) -> Iterator[dict[str, Any]]:
    """Some leave, and as many others enter."""
    for number in chance.sample(sorted(inside), LIVE):
        inside.discard(number)
        yield event(number, "exit")
    first = max(members, *inside) + 1
    for number in range(first, first + LIVE):
        inside.add(number)
        yield event(number)


def _remembered(made: Corridor) -> ExportedConfiguration:
    records = [one for one in made.read("infobip_job_states") if one.key() == f"{made.name}/configuration".encode()]
    return ExportedConfiguration.model_validate_json(records[-1].value())
