"""Audiences are mirrored while processes are killed, Infobip says 429, and lists vanish: members equal the model."""

import random
from collections.abc import Iterator
from typing import Any

from streams.simulator import SimulatorOptions
from tests.faults.arena import Arena, Row
from tests.integration.cohorts import LIMITS, cohort_job, lists, member, vanish
from tests.integration.harness import Corridor, SimulatorThread, Worker, until

OPERATIONS = ("create_list", "add_to_list", "remove_from_list")
AUDIENCES = ("vip", "new")
#: Of the calls after the first, which are answered 429 though nothing was too fast.
LOST = 0.5


class People:
    """Profiles that enter, exit and change their address at random, and where they are in the end."""

    def __init__(self, chance: random.Random, profiles: int) -> None:
        self.inside: dict[str, dict[int, str]] = {audience: {} for audience in AUDIENCES}
        self._chance, self._profiles = chance, profiles

    def events(self, count: int) -> Iterator[dict[str, Any]]:
        """So many events, in order."""
        for _ in range(count):
            who, audience = self._chance.randrange(self._profiles), self._chance.choice(AUDIENCES)
            if self._chance.random() < 0.3:
                self.inside[audience].pop(who, None)
                yield member(who, "exit", audience)
            else:
                email = f"u-{who}.{self._chance.randrange(3)}@example.com"
                self.inside[audience][who] = email
                yield member(who, "enter", audience, email=email)

    @property
    def lists(self) -> dict[str, set[str]]:
        """The ids that are to be in each list."""
        return {f"[Kafka] {audience}": set(inside.values()) for audience, inside in self.inside.items()}


def cohorts_killed(arena: Arena) -> Row:
    """Of two processes one is killed again and again: mostly the one that makes the calls."""
    chance, kills = arena.chance("cohorts"), arena.size(2, 10)
    people, step = People(chance, arena.size(1_000, 5_000)), arena.size(1_500, 5_000)
    spoilt = tuple(
        f"{name}:{what},count={kills}"
        for name in OPERATIONS
        for what in ("status=429,retry_after=1", f"lose_answer,probability={LOST},seed={arena.seed}")
    )
    with arena.scene(SimulatorOptions(limits=LIMITS, faults=spoilt)) as (infobip, made):
        made.configuration["jobs"] = [cohort_job(made.name, made.topic)]
        made.configuration["authorizations"][0]["limits"] = LIMITS
        events = 0
        workers = [made.start(instance=f"c{place}") for place in range(2)]
        for number in range(kills):
            events += made.publish(people.events(step))
            _kill_in_the_middle(infobip, made, workers, chance)
            if number == kills // 2:
                until(lambda: bool(lists(infobip).get("[Kafka] vip")), "there is a list")
                vanish(infobip, "[Kafka] vip")
        events += made.publish([*people.events(step), *_touch(people)])
        until(lambda: made.lag() == 0, "all is in the lists", 300)
        assert lists(infobip) == people.lists
        outcomes = made.outcomes()
        assert set(outcomes) <= {"accepted", "superseded"}, outcomes
        assert outcomes.total() >= events
        assert made.dead_letters() == []
        refused, lost = (sum(infobip.count(name, what) for name in OPERATIONS) for what in (429, "lost"))
        assert refused > 0 < lost, f"{refused} answers were 429, and {lost} were lost"
        assert [worker.stop() for worker in workers] == [0, 0]
    members = sum(map(len, people.lists.values()))
    return Row(
        f"kill -9 of one of two processes, {kills} times, {refused} answers 429, {lost} answers lost, a list vanished",
        f"{events:,} events: {members:,} members of two lists, exactly those of the model",
    )


def _touch(people: People) -> list[dict[str, Any]]:
    """Somebody who enters the list that vanished: until it is used, nobody knows."""
    people.inside["vip"][0] = "last@example.com"
    return [member(0, email="last@example.com")]


def _kill_in_the_middle(infobip: SimulatorThread, made: Corridor, workers: list[Worker], chance: random.Random) -> None:
    """Kill one while calls are made, at a random one; and start another in its place."""
    target = _calls(infobip) + chance.randrange(1, 5)
    until(lambda: _calls(infobip) >= target or made.lag() == 0, "calls are made")
    leads = [place for place, worker in enumerate(workers) if worker.said("lists_led")]
    place = chance.choice(leads) if leads and chance.random() < 0.75 else chance.randrange(2)
    workers[place].kill()
    workers[place] = made.start(instance=f"c{place}")


def _calls(infobip: SimulatorThread) -> int:
    return sum(infobip.count(name) for name in OPERATIONS)
