"""Infobip held against Kafka on a real broker: drift of every sort, and events that come meanwhile."""

import shutil
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
from tests.integration.harness import QUICK, ROOT, Corridor, corridor, until
from tests.integration.importing import Crowd
from tests.integration.operating import Metrics, address_of

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
    "kept": {"keep_members": True},
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
        assert {one["source"] for one in found} == {"addresses" if way == "kept" else way}
        assert sum(one["behind"] for one in found) > 0
        drain(made)
        (again,) = [verify(made, "--fields", code=3)]
        assert counts(again) == {**expected, "changed_fields": 4}
        assert (again["under_way"], again["behind"], again["notes"]) == (0, 0, [])
        assert again["tagged"] == again["members"] - 9 + 5
        assert again["repair"]["calls"] == {"upsert_persons": 1, "add_tag": 1, "remove_tag": 1}


def test_members_that_are_kept_are_known_when_their_events_and_the_disk_are_gone(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(keep_members=True, external_id_field="profile_id")
        worker = made.start()
        made.publish(event(number) for number in range(300))
        drain(made)
        worker.kill()
        made.delete_records(made.topic.removeprefix(f"{made.name}."))
        shutil.rmtree(tmp_path / ".infobip-streams")
        worker = made.start()
        made.publish(event(number, "exit", email=f"new{number}@example.com") for number in range(10))
        drain(made)
        found = verify(made, code=0)
        assert (found["members"], found["tagged"], found["source"], found["notes"]) == (290, 290, "addresses", [])
        assert found["events"] < 300
        assert worker.stop() == 0


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


# --- a job that verifies by itself ------------------------------------------------------------------------------------


def exported_and_drifted(made: Corridor, infobip: Crowd) -> None:
    """Have a job that does not verify export everybody; then people drift."""
    worker = made.start()
    drifted(made, infobip)
    assert worker.stop() == 0


def verified(made: Corridor) -> dict[str, Any] | None:
    """What `status` says of what the job found."""
    found = made.status()["verified"]
    return None if found is None else dict(found)


def test_one_process_of_a_job_verifies_and_no_restart_does_it_again(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.configuration["operations"] = {"port": 0}
        made.change(map_fields={"first_name": "firstName"})
        exported_and_drifted(made, infobip)
        made.change(verify={"every": "week"})
        workers = [made.start(point=QUICK), made.start(point=QUICK)]
        until(lambda: verified(made) is not None, "one of them has verified")
        found = verified(made)
        assert found is not None
        expected = {"missing": 9, "too_many": 5, "by_former_address": 0, "changed_fields": 4}
        assert {sort: found[sort] for sort in expected} == expected
        assert (found["under_way"], found["notes"], found["repaired"], found["detail"]) == (0, [], {}, "")
        assert sum(worker.said(f"drift_found job={unique} members=2000 missing=9") for worker in workers) == 1
        metrics = Metrics(*map(address_of, workers))
        assert metrics.by("drift_people", "sort", job=unique) == {"missing": 9, "too_many": 5, "changed_fields": 4}
        assert metrics.sum("last_verification_timestamp_seconds") > 1_700_000_000
        for worker in workers:
            worker.kill()
        again = made.start(point=QUICK)
        until(lambda: again.said(f"verification_due job={unique}"), "it leads, and knows when it is due")
        until(lambda: Metrics(address_of(again)).sum("drift_people") == 18, "it tells what was found before")
        assert verified(made) == found
        assert not again.said("drift_found")


def test_a_verification_that_was_cut_short_is_made_up_for(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        exported_and_drifted(made, infobip)
        made.change(verify={}, keep_members=True)
        victim = made.start(point="dies_verifying:1:quick", instance="one")
        victim.process.wait(90)
        assert verified(made) is None
        made.start(point=QUICK, instance="one")
        until(lambda: verified(made) is not None, "it is verified")
        found = verified(made)
        assert found is not None
        assert (found["missing"], found["too_many"], found["changed_fields"]) == (9, 5, None)


def test_what_a_verification_finds_is_repaired_unless_it_is_too_much(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(keep_members=True)
        exported_and_drifted(made, infobip)
        made.change(verify={"every": "week", "repair": True})
        worker = made.start(point=QUICK, instance="one")
        until(lambda: verified(made) is not None, "it is verified, and repaired", seconds=120)
        found = verified(made)
        assert found is not None
        assert (found["missing"], found["too_many"], found["detail"]) == (0, 0, "")
        assert found["repaired"] == {"repaired_added": 9, "repaired_removed": 5}
        assert worker.said(f"repaired job={unique} rounds=1")
        assert infobip.tagged("VIP") == {f"p{number}@example.com" for number in range(MEMBERS)}
        assert worker.stop() == 0


def test_what_differs_by_too_much_is_told_and_left(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        worker = made.start()
        made.publish(event(number) for number in range(100))
        drain(made)
        assert worker.stop() == 0
        infobip.untag("VIP", *range(6))
        made.change(verify={"repair": True})
        worker = made.start(point=QUICK)
        until(lambda: verified(made) is not None, "it is verified")
        found = verified(made)
        assert found is not None
        assert (found["missing"], found["repaired"], found["detail"]) == (6, {}, "not repaired: 6.0 % would change")
        assert worker.said(f"repair_refused job={unique} people=6 percent=6.0")
        assert len(infobip.tagged("VIP")) == 94
