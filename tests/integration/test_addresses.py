"""Addresses on a real broker: contacts that Infobip refuses, and what profiles entered by, over kills and growth."""

import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from schemas.records.states import Entered
from streams.simulator import SimulatorOptions
from tests.faults.subject import KILLS
from tests.integration.brokers import Broker
from tests.integration.events import drain, grow
from tests.integration.harness import Corridor, SimulatorThread, Worker, corridor, until

pytestmark = [pytest.mark.broker, pytest.mark.kafka]

STRICT = SimulatorOptions(limits=None, contacts="exist")
#: Points of a process whose job is an export, in the order of a window's way.
#: What each profile entered by is kept in memory, or on disk.
BOTH_WAYS = pytest.mark.parametrize("remembers", ["remember_address", "keep_members"])
POINTS = tuple(point for point in KILLS if point != "kill_in_rebalance")


def said(profile: str, email: str | None, action: str = "enter", **fields: Any) -> dict[str, Any]:
    address = {} if email is None else {"profile": {"email": f"{email}@example.com", **fields}}
    return {"action": action, "audience": "vip", "profile_id": profile, **address}


def run(made: Corridor, *events: dict[str, Any]) -> None:
    """Have the running processes do these events."""
    made.publish(events)
    drain(made)


def test_a_refused_contact_costs_nobody_more(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread(STRICT) as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 1) as made:
        made.start()
        run(
            made,
            said("u-1", "ann", phone="+1 555 123 4567"),  # as long as a number, and none
            said("u-2", "bo", phone="+41 79 302 67 27"),
            said("u-3", "!#$", phone="+41 79 302 67 28"),
            said("u-4", "dora", phone="+1 415 555 01"),
            {**said("u-5", None), "profile": {"email": "!#$@example.com"}},
        )
        contacts = {
            tuple(sorted((*person.emails, *person.phones))): person.tags
            for person in infobip.do(lambda: list(infobip.simulator.account.people.values()))
        }
        assert contacts.keys() == {
            ("ann@example.com",),
            ("41793026727", "bo@example.com"),
            ("41793026728",),
            ("dora@example.com",),
        }
        assert infobip.do(lambda: len(list(infobip.simulator.account.tagged("VIP")))) == 4
        assert made.outcomes() == {"accepted": 4, "rejected": 1}
        (letter,) = made.dead_letters()
        assert "contactInformation[0].identifier: Email address is invalid" in letter.detail
        left_out = [dict(flush.left_out_fields) for flush in made.flushes()]
        assert {name: sum(one.get(name, 0) for one in left_out) for name in ("email", "phone")} == {
            "email": 1,
            "phone": 2,
        }


@BOTH_WAYS
def test_who_changes_address_is_known_by_the_former_over_restarts_and_growth(
    remembers: str, broker: Broker, tmp_path: Path, unique: str
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 1) as made:
        made.change(**{remembers: True})
        worker = made.start()
        run(made, *(said(f"u-{number}", f"old{number}") for number in range(12)))
        assert worker.stop() == 0
        state = f"infobip_addresses_{unique}"
        told = {one.key(): one.value() for one in made.read(state) if not one.key().startswith(b"\xff")}
        assert Entered.model_validate_json(told[b"u-3"]).entered == {"vip": "EMAIL old3@example.com"}
        made.start()
        run(made, said("u-0", "new0", "exit"), said("u-1", "new1"), said("u-2", None, "exit"))
        kept = {f"old{number}@example.com" for number in range(3, 12)}
        assert infobip.tagged("VIP") == kept | {"new1@example.com"}
        grow(made, 4)
        until(lambda: made.said(f"topic_grown topic={unique}.{state} partitions=4"), "the state has grown, too")
        run(made, *(said(f"u-{number}", f"new{number}", "exit") for number in range(1, 8)))
        assert infobip.tagged("VIP") == {f"old{number}@example.com" for number in range(8, 12)}


@BOTH_WAYS
def test_an_address_keeps_its_tag_while_another_process_has_a_profile_inside(
    remembers: str, broker: Broker, tmp_path: Path, unique: str
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(**{remembers: True})
        workers = [made.start(), made.start()]
        until(lambda: all(one.said("partitions=1 of=2") for one in workers), "each has one of two partitions")
        names = [f"u-{number}" for number in range(8)]
        run(made, *(said(name, "shared") for name in names[:4]))
        run(made, *(said(name, "shared") for name in names[4:]))
        for name in names[:-1]:
            run(made, said(name, "shared", "exit"))
            assert infobip.tagged("VIP") == {"shared@example.com"}, name
        run(made, said(names[-1], "shared", "exit"))
        assert infobip.tagged("VIP") == set()


@BOTH_WAYS
def test_nobody_keeps_a_tag_whom_a_killed_process_moved(
    remembers: str, broker: Broker, tmp_path: Path, unique: str
) -> None:
    """Profiles change their address all the time, and whoever works is killed at every point of a window's way."""
    chance = random.Random(11)
    options = SimulatorOptions(limits=None, latency_seconds=0.01)
    with SimulatorThread(options) as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(**{remembers: True}, flush={"max_events": 20, "max_seconds": 1})
        inside: dict[str, str] = {}
        for point in POINTS:
            hits = 1 if point == "kill_while_restoring" else chance.randrange(1, 4)
            victim = made.start(instance="one", point=f"{point}:{hits}")
            made.publish(change(chance, inside) for _ in range(200))
            until(partial(_dead_or_done, victim, made), "it dies, or all is done")
            victim.kill()
        worker = made.start(instance="one")
        drain(made)
        assert worker.stop() == 0
        assert infobip.tagged("VIP") == set(inside.values())
        # An exit without a profile that is read again is of nobody any more.
        assert {letter.reason for letter in made.dead_letters()} <= {"no_address"}


def change(chance: random.Random, inside: dict[str, str]) -> dict[str, Any]:
    """Somebody enters, comes back under another address, or leaves under a third one, or under none."""
    name, email = f"u-{chance.randrange(40)}", f"e{chance.randrange(10**6)}"
    if name in inside and chance.random() < 0.4:
        del inside[name]
        return said(name, chance.choice([email, email, None]), "exit")
    inside[name] = f"{email}@example.com"
    return said(name, email)


def _dead_or_done(victim: Worker, made: Corridor) -> bool:
    return victim.process.poll() is not None or made.lag() == 0
