"""A changed configuration brought to existing members, on a real broker: whatever changed, and whoever is killed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.records.states import ExportedConfiguration
from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.commands import status
from tests.integration.events import drain, emails, event
from tests.integration.harness import Corridor, SimulatorThread, Worker, corridor, until

pytestmark = [pytest.mark.broker, pytest.mark.kafka]


def run(made: Corridor) -> None:
    """Run until all is read."""
    worker = made.start()
    drain(made)
    assert worker.stop() == 0


def remembered(made: Corridor) -> ExportedConfiguration:
    """What the job remembers."""
    records = [one for one in made.read("infobip_job_states") if one.key() == f"{made.name}/configuration".encode()]
    return ExportedConfiguration.model_validate_json(records[-1].value())


def applied(made: Corridor, worker: Worker) -> None:
    """Wait until nothing is left to be brought to members."""
    until(
        lambda: (
            not made.alive
            or (made.lag() == 0 and worker.said("configuration_applied") and not remembered(made).applying)
        ),
        "the configuration is applied",
    )
    assert made.alive


def under_way(infobip: SimulatorThread, operation: str, calls: int, worker: Worker) -> None:
    """Wait until so many calls of an operation were answered."""
    until(lambda: infobip.count(operation) >= calls or worker.process.poll() is not None, f"{operation} is under way")
    assert worker.process.poll() is None


def by_hand(infobip: SimulatorThread, name: str, *tags: str) -> None:
    """Have somebody give a person tags whom Kafka does not know."""
    person = {"contactInformation": [{"type": "EMAIL", "identifier": name}], "tags": list(tags)}
    infobip.do(lambda: infobip.simulator.account.upsert([person], datetime.now(UTC)))


def test_a_renamed_tag_goes_to_members_and_leaves_them_though_killed_twice(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    members = 2000
    with (
        SimulatorThread(SimulatorOptions(limits=None, latency_seconds=0.4)) as infobip,
        corridor(broker.bootstrap, infobip.url, tmp_path, unique, 4) as made,
    ):
        made.publish(event(n) for n in range(members))
        run(made)
        by_hand(infobip, "by-hand@example.com", "VIP")
        made.change(tag="GOLD", on_change="apply")
        # They come and go while it is applied.
        made.publish(event(n, "exit") for n in range(20))
        made.publish(event(n) for n in range(members, members + 20))
        for operation in ("add_tag", "remove_tag"):
            before = infobip.count(operation)
            worker = made.start(instance="w")
            under_way(infobip, operation, before + 2, worker)
            worker.kill()
            assert remembered(made).applying, "it is not done"
        worker = made.start(instance="w")
        applied(made, worker)
        assert infobip.tagged("GOLD") == emails(range(20, members + 20))
        assert infobip.tagged("VIP") == {"by-hand@example.com"}
        assert worker.said("1 others have 'VIP', of whom Kafka does not tell")
        assert worker.stop() == 0
        made.change(on_change="stop")
        run(made)
        assert not made.dead_letters()


SWAPPED = {"tag": {"vip": "X", "gold": "Y"}, "audiences": ["vip", "gold"]}
CHANGES: Mapping[str, tuple[dict[str, Any], dict[str, Any], dict[str, set[str]]]] = {
    # Of u-0 to u-9 in vip and u-5 to u-14 in gold.
    "swapped": (
        SWAPPED,
        {"tag": {"vip": "Y", "gold": "X"}},
        {"X": emails(range(5, 15)), "Y": emails(range(10))},
    ),
    "an audience gone": (
        {"audiences": ["vip", "gold"]},
        {"audiences": ["vip"]},
        {"VIP": emails(range(10))},
    ),
    "an audience added": (
        {"audiences": ["vip"]},
        {"audiences": ["vip", "gold"]},
        {"VIP": emails(range(15))},
    ),
    "another tag for one": (
        SWAPPED,
        {"tag": {"vip": "X", "gold": "X"}},
        {"X": emails(range(15)), "Y": set()},
    ),
    "all audiences": (
        {"audiences": ["gold"]},
        {"audiences": [], "tag": "ALL"},
        {"VIP": set(), "ALL": emails(range(15))},
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_members_are_brought_to_what_is_so_now(broker: Broker, tmp_path: Path, unique: str, change: str) -> None:
    before, now, expected = CHANGES[change]
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(**before)
        made.publish([*(event(n) for n in range(10)), *(event(n, audience="gold") for n in range(5, 15))])
        run(made)
        by_hand(infobip, "by-hand@example.com", *infobip.do(lambda: list(infobip.simulator.account.tags)))
        made.change(**now, on_change="apply")
        worker = made.start()
        applied(made, worker)
        assert worker.stop() == 0
        for tag, tagged in expected.items():
            assert infobip.tagged(tag) - {"by-hand@example.com"} == tagged, tag


def test_members_get_fields_and_a_type_that_are_new(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.publish(event(n, first_name=f"First{n}", ltv=n) for n in range(10))
        run(made)
        made.change(map_fields={"first_name": "firstName", "ltv": {"to": "ltv", "type": "DECIMAL"}})
        made.change(create_attributes=True, person_type="LEAD", on_change="apply")
        worker = made.start()
        applied(made, worker)
        assert worker.stop() == 0
        people = infobip.people()
        assert len(people) == 10
        for n in range(10):
            person = people[f"p{n}@example.com"]
            told = (person["type"], person["firstName"], person["customAttributes"]["ltv"])
            assert told == ("LEAD", f"First{n}", n)


def test_members_of_an_added_audience_are_made_with_all_that_they_say(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(external_id_field="profile_id", map_fields={"first_name": "firstName"})
        each = [(n, audience) for audience in ("vip", "gold") for n in range(*{"vip": (5,), "gold": (3, 9)}[audience])]
        made.publish(event(n, audience=audience, first_name=f"First{n}") for n, audience in each)
        run(made)
        made.change(audiences=["vip", "gold"], on_change="apply")
        worker = made.start()
        applied(made, worker)
        assert worker.stop() == 0
        people = infobip.people()
        assert infobip.tagged("VIP") == people.keys() == emails(range(9))
        told = {email: (person["externalId"], person["firstName"]) for email, person in people.items()}
        assert told == {f"p{n}@example.com": (f"u-{n}", f"First{n}") for n in range(9)}


def test_a_former_tag_that_is_another_jobs_now_is_left_to_it(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.publish([*(event(n) for n in range(10)), *(event(n, audience="gold") for n in range(5, 15))])
        run(made)
        made.change(tag="NEW", on_change="apply")
        made.configuration["jobs"].append(made.job(f"{unique}-2", audiences=["gold"], tag="VIP"))
        worker = made.start()
        applied(made, worker)
        until(lambda: made.lag(f"{unique}-2") == 0, "the other job has read")
        assert worker.stop() == 0
        assert infobip.tagged("NEW") == emails(range(10))
        assert infobip.tagged("VIP") == emails(range(15)), "nobody lost it"


def test_it_waits_for_processes_with_the_former_configuration_and_tells_of_them(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 4) as made:
        made.publish(event(n) for n in range(20))
        old = made.start(instance="old")
        drain(made)
        made.change(tag="GOLD", on_change="apply")
        new = made.start(instance="new")
        until(lambda: new.said(f"configuration_awaited job={unique} processes=old"), "it waits")
        assert "tag 'VIP' -> 'GOLD' of vip" in status(made)["detail"], "status tells that it is not done"
        made.publish(event(n) for n in range(20, 40))
        drain(made)
        assert infobip.tagged("GOLD") | infobip.tagged("VIP") == emails(range(40)), "new events go on"
        # A process that is not replaced yet begins once more, as it was.
        old.kill()
        made.change(tag="VIP", on_change="stop")
        old = made.start(instance="old")
        until(lambda: old.said("configuration_outdated"), "it goes on as it was")
        assert remembered(made).tags == {"vip": "GOLD"}
        assert old.stop() == 0
        made.change(tag="GOLD", on_change="apply")
        applied(made, new)
        assert infobip.tagged("GOLD") == emails(range(40))
        assert infobip.tagged("VIP") == set()
        assert new.stop() == 0
        assert "'GOLD'" not in status(made)["detail"]


def test_what_is_taken_back_before_it_was_applied_is_brought_back(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(on_change="apply")
        made.publish(event(n) for n in range(20))
        old = made.start(instance="old")
        drain(made)
        made.change(tag="GOLD")
        new = made.start(instance="new")
        until(lambda: new.said("configuration_awaited"), "it waits")
        made.publish(event(n) for n in range(20, 40))
        drain(made)
        assert new.stop() == 0
        assert old.stop() == 0
        made.change(tag="VIP")
        again = made.start(instance="again")
        applied(made, again)
        assert infobip.tagged("VIP") == emails(range(40))
        assert infobip.tagged("GOLD") == set()


def test_who_a_profile_is_cannot_be_applied(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.publish(event(n) for n in range(5))
        run(made)
        made.change(external_id_field="profile_id", on_change="apply")
        worker = made.start()
        assert worker.process.wait(60) == 1
        assert worker.said("external_id_field none -> profile_id")
        assert worker.said("`on_change: apply` cannot do that")
