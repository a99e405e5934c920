"""What is promised about crashes, with processes that are killed."""

import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from streams.sandbox.infobip import SimulatorOptions
from tests.integration.brokers import PASSWORD, USERNAME, Broker, Node
from tests.integration.harness import Corridor, SimulatorThread, Worker, corridor, until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]

SEED = 20261121
PROFILES, EVENTS, KILLS = 4000, 20_000, 10


def history(chance: random.Random) -> list[dict[str, Any] | bytes]:
    """Enters, exits and re-entries of profiles, some without an address, some not events at all."""
    events: list[dict[str, Any] | bytes] = []
    for number in range(EVENTS):
        if number % 500 == 0:
            events.append(b"not an event")
            continue
        who = chance.randrange(PROFILES)
        profile = {"email": f"p{who}@example.com", "first": f"Name{number}"}
        if chance.random() < 0.02:
            profile["email"] = "nowhere"
        action = chance.choice(["enter", "enter", "exit"])
        events.append({"action": action, "audience": "vip", "profile_id": f"u-{who}", "profile": profile})
    return events


def model(events: list[dict[str, Any] | bytes]) -> tuple[dict[str, str], set[str]]:
    """The names of people by email, and who is tagged, after every event in its order."""
    names: dict[str, str] = {}
    tagged: set[str] = set()
    for event in events:
        if isinstance(event, bytes) or event["profile"]["email"] == "nowhere":
            continue
        email = event["profile"]["email"]
        if event["action"] == "enter":
            names[email] = event["profile"]["first"]
            tagged.add(email)
        else:
            tagged.discard(email)
    return names, tagged


def equals_model(made: Corridor, infobip: SimulatorThread, events: list[dict[str, Any] | bytes]) -> None:
    names, tagged = model(events)
    assert {email: person["firstName"] for email, person in infobip.people().items()} == names
    assert infobip.tagged("VIP") == tagged
    assert made.offsets_told() == made.offsets_published()
    hopeless = [one for one in events if isinstance(one, bytes) or one["profile"]["email"] == "nowhere"]
    assert len({(letter.partition, letter.offset) for letter in made.dead_letters()}) == len(hopeless)


def busy(infobip: SimulatorThread, calls: int) -> bool:
    return infobip.count("upsert_persons") >= calls


def test_ten_kills_while_processes_come_and_go_lose_nothing(broker: Broker, tmp_path: Path, unique: str) -> None:
    chance = random.Random(SEED)
    events = history(chance)
    options = SimulatorOptions(limits=None, latency_seconds=0.03)
    with SimulatorThread(options) as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(map_fields={"first": "firstName"}, flush={"max_events": 100, "max_seconds": 1})
        workers: list[Worker] = [made.start(), made.start()]
        share = len(events) // (KILLS + 1)
        for kill in range(KILLS):
            made.publish(events[kill * share : (kill + 1) * share])
            target = infobip.count("upsert_persons") + chance.randrange(1, 12)
            until(partial(busy, infobip, target), "the workers are busy")
            victim = workers.pop(chance.randrange(2))
            if kill % 4 == 3:  # now and then one leaves in order
                assert victim.stop() == 0
            victim.kill()
            workers.append(made.start())
        made.publish(events[KILLS * share :])
        until(lambda: made.lag() == 0, "all events committed", 180)
        assert [worker.stop() for worker in workers] == [0, 0]
        equals_model(made, infobip, events)
        assert made.lag() == 0


def test_answers_lost_cut_or_garbled_change_nothing(broker: Broker, tmp_path: Path, unique: str) -> None:
    events = history(random.Random(SEED + 1))[:5000]
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        for fault in ("lose_answer", "truncate", "not_json", "status=500,html=true", "status=429,retry_after=1"):
            infobip.do(partial(infobip.simulator.faults.add, f"*:{fault},probability=0.05,seed=7"))
        made.change(map_fields={"first": "firstName"}, flush={"max_events": 100, "max_seconds": 1})
        made.publish(events)
        worker = made.start()
        until(lambda: made.lag() == 0, "all events committed")
        assert worker.stop() == 0
        equals_model(made, infobip, events)


def test_a_broker_that_restarts_is_waited_for(node: Node, tmp_path: Path, unique: str) -> None:
    events = history(random.Random(SEED + 2))[:4000]
    options = SimulatorOptions(limits=None, latency_seconds=0.05)
    with SimulatorThread(options) as infobip, corridor(node.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(map_fields={"first": "firstName"}, flush={"max_events": 100, "max_seconds": 1})
        made.publish(events)
        worker = made.start()
        until(lambda: infobip.count("upsert_persons") >= 5, "the worker is busy")
        node.stop()
        node.start()
        until(lambda: made.lag() == 0, "all events committed")
        assert worker.process.poll() is None, "the worker needed a hand"
        assert worker.stop() == 0
        equals_model(made, infobip, events)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_every_client_logs_in(broker: Broker, sasl_bootstrap: str, tmp_path: Path, unique: str, mechanism: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        security = {"protocol": "SASL_PLAINTEXT", "mechanism": mechanism, "username": USERNAME, "password": PASSWORD}
        made.configuration["kafka"].update(brokers=sasl_bootstrap, security=security)
        made.change(audiences=["vip", "new"])  # the state is read back over a login too
        made.publish(
            {"action": "enter", "audience": "vip", "profile_id": f"u-{n}", "profile": {"email": f"p{n}@example.com"}}
            for n in range(100)
        )
        worker = made.start()
        until(lambda: made.lag() == 0, "all events committed")
        assert worker.stop() == 0
        assert len(infobip.tagged("VIP")) == 100
        assert not worker.said(PASSWORD)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_compressed_topics_are_read(broker: Broker, tmp_path: Path, unique: str, codec: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish(
            (
                {
                    "action": "enter",
                    "audience": "vip",
                    "profile_id": f"u-{n}",
                    "profile": {"email": f"p{n}@example.com"},
                }
                for n in range(50)
            ),
            compression=codec,
        )
        worker = made.start()
        until(lambda: made.lag() == 0, "all events committed", 60)
        assert worker.stop() == 0
        assert len(infobip.tagged("VIP")) == 50
