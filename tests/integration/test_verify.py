"""Infobip held against Kafka on a real broker: drift of every sort, and events that come meanwhile."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.simulator import SimulatorOptions
from tests import forked
from tests.integration.brokers import Broker
from tests.integration.events import drain, event
from tests.integration.harness import ROOT, Corridor, corridor, until
from tests.integration.importing import Crowd

pytestmark = [pytest.mark.broker, pytest.mark.kafka]

MEMBERS = 2000
#: Whoever differs: nobody else touches these.
MISSING, FORMER, CHANGED, REMOVED = range(7), range(10, 13), range(20, 24), range(30, 32)
#: They come and go all the time.
LIVE = range(1000, 1400)
#: How people are known to the job, by the options that say so.
WAYS: Mapping[str, dict[str, Any]] = {
    "input": {},
    "addresses": {"remember_address": True},
    "memberships": {"external_id_field": "profile_id", "audiences": ["vip", "gold"]},
}


def verify(made: Corridor, *options: str, code: int) -> dict[str, Any]:
    """What the command finds, as JSON."""
    environ = {"INFOBIP_API_KEY": "demo-key", "PATH": ""}
    path = made.write_configuration()
    done = forked.call(["streams", "verify", made.name, "--json", *options, "-c", str(path)], cwd=ROOT, environ=environ)
    assert done.returncode == code, done.stderr + done.stdout
    return dict(orjson.loads(done.stdout))


def counts(found: dict[str, Any]) -> dict[str, int]:
    """How many of each sort, of those that were looked for."""
    sorts = ("missing", "too_many", "by_former_address", "changed_fields")
    return {sort: found[sort]["count"] for sort in sorts if found[sort] is not None}


@contextmanager
def living(made: Corridor) -> Iterator[None]:
    """Have people come and go for as long as this lasts."""
    ended = threading.Event()

    def live() -> None:
        turn = 0
        while not ended.wait(0.1):
            action = ("exit", "enter")[turn % 2]
            made.publish(event(number, action) for number in LIVE)
            made.publish(event(number) for number in range(5000 + 20 * turn, 5020 + 20 * turn))
            turn += 1

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def drifted(made: Corridor, infobip: Crowd) -> None:
    """Have everybody enter, and people at Infobip drift from what Kafka says."""
    made.publish(event(number, first_name=f"First{number}") for number in range(MEMBERS))
    drain(made)
    infobip.untag("VIP", *MISSING)
    infobip.delete(*REMOVED)
    infobip.create(range(900_000, 900_005), tags=["VIP"])
    infobip.change(CHANGED, firstName="Somebody")


@pytest.mark.parametrize("way", WAYS)
def test_drift_is_told_exactly_and_events_that_come_meanwhile_are_none(
    way: str, broker: Broker, tmp_path: Path, unique: str
) -> None:
    options = SimulatorOptions(limits=None, latency_seconds=0.02)
    with Crowd(options) as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(map_fields={"first_name": "firstName"}, **WAYS[way])
        made.start()
        drifted(made, infobip)
        with living(made):
            until(lambda: made.lag() > 0, "events are under way")
            found = [verify(made, code=3) for _ in range(3)]
        expected = {"missing": 9, "too_many": 5, "by_former_address": 0}
        assert [counts(one) for one in found] == [expected] * 3
        assert {one["source"] for one in found} == {way}
        assert sum(one["behind"] for one in found) > 0
        drain(made)
        (again,) = [verify(made, "--fields", code=3)]
        assert counts(again) == {**expected, "changed_fields": 4}
        assert (again["under_way"], again["behind"], again["notes"]) == (0, 0, [])
        assert again["tagged"] == again["members"] - 9 + 5
        assert again["repair"]["calls"] == {"upsert_persons": 1, "add_tag": 1, "remove_tag": 1}


def test_an_address_that_was_left_keeps_a_tag_that_is_told_of(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.start()
        made.publish(event(number) for number in range(100))
        drain(made)
        made.publish(event(number, "exit", email=f"new{number}@example.com") for number in FORMER)
        made.publish(event(number, "enter", email=f"new{number}@example.com") for number in MISSING)
        drain(made)
        found = verify(made, code=3)
        assert counts(found) == {"missing": 0, "too_many": 0, "by_former_address": 10}
        assert found["by_former_address"]["examples"][0] == {"tag": "VIP", "kind": "EMAIL", "address": "p•••@•••"}


def test_what_was_never_exported_is_under_way_and_equal_is_told_so(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish(event(number) for number in range(50))
        found = verify(made, code=0)
        assert (found["equal"], found["under_way"], found["behind"], found["members"]) == (True, 50, 50, 50)
        made.start()
        drain(made)
        found = verify(made, code=0)
        assert (found["equal"], found["under_way"], found["tagged"], found["members"]) == (True, 0, 50, 50)


def test_a_sample_is_the_same_each_time_and_finds_its_part(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.start()
        made.publish(event(number) for number in range(MEMBERS))
        drain(made)
        assert verify(made, "--sample", "300", code=0)["sampled"] == 300
        infobip.untag("VIP", *range(0, MEMBERS, 4))
        found = [verify(made, "--sample", "300", code=3) for _ in range(2)]
        assert found[0]["missing"] == found[1]["missing"]
        assert 45 < found[0]["missing"]["count"] < 105
        assert (found[0]["members"], found[0]["tagged"]) == (MEMBERS, MEMBERS * 3 // 4)
        assert found[0]["calls"] < 20
