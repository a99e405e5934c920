"""A renamed tag brought to all members while processes are killed, and people come and go."""

import random
from collections.abc import Iterator
from typing import Any

from schemas.records.states import ExportedConfiguration
from streams.simulator import SimulatorOptions
from tests.faults.arena import Arena, Row
from tests.integration.events import event
from tests.integration.harness import Corridor, SimulatorThread, until

#: So many leave, and so many enter, before each kill.
LIVE = 50
PROCESSES = 2


def tag_renamed(arena: Arena) -> Row:
    """Two processes share the job; in the middle of it one of them is killed, again and again."""
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
            made.publish(_live(inside, chance, members))
            place = chance.randrange(PROCESSES)
            _midway(infobip, chance.randrange(2 * members // (kills + 1)))
            workers[place].kill()
            assert _remembered(made).applying, "it was done before somebody was killed"
            workers[place] = made.start()
        until(lambda: not _remembered(made).applying and made.lag() == 0, "all is done", seconds=900)
        assert all(one.stop() == 0 for one in workers)
        wanted = {f"p{number}@example.com" for number in inside}
        assert infobip.tagged("GOLD") == wanted
        assert infobip.tagged("VIP") == set()
        assert not made.dead_letters()
        calls = {name: infobip.count(name) for name in ("add_tag", "remove_tag")}
    return Row(
        f"kill -9, {kills} times, while {members:,} members are brought from one tag to another",
        f"{len(inside):,} members have the new tag and nobody else, nobody has the former; {calls['add_tag']} calls "
        f"added tags and {calls['remove_tag']} took them, with those of the first export and of live events",
    )


def _midway(infobip: SimulatorThread, least: int) -> None:
    """Wait until so many more people have been brought to the new tag, or been rid of the former."""
    before = _moved(infobip)
    until(lambda: _moved(infobip) > before + least, f"{least:,} more steps are done", seconds=900)


def _moved(infobip: SimulatorThread) -> int:
    """How many have the new tag, less those that have the former."""

    def count() -> int:
        tagged = infobip.simulator.account.tagged
        return sum(1 for _ in tagged("GOLD")) - sum(1 for _ in tagged("VIP"))

    return int(infobip.do(count))


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
