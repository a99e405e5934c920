"""Infobip made equal to Kafka on a real broker, by the processes of the running job, and never over a newer event."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests import forked
from tests.integration.brokers import Broker
from tests.integration.events import drain, emails, event
from tests.integration.harness import ROOT, Corridor, corridor, until
from tests.integration.importing import Crowd
from tests.integration.test_verify import WAYS

pytestmark = [pytest.mark.broker, pytest.mark.kafka]

ENVIRON = {"INFOBIP_API_KEY": "demo-key", "PATH": ""}


def repair(made: Corridor, *options: str, code: int = 0) -> dict[str, Any]:
    """What the command did, as JSON."""
    path = made.write_configuration()
    done = forked.call(["streams", "repair", made.name, "--json", *options, "-c", str(path)], cwd=ROOT, environ=ENVIRON)
    assert done.returncode == code, done.stderr + done.stdout
    return dict(orjson.loads(done.stdout)) if done.stdout else {"said": done.stderr}


def drifted(made: Corridor, infobip: Crowd, members: int = 400) -> None:
    """Have people drift: 7 lose the tag, 2 of them are deleted; 5 strangers have it, one of whom goes by no name."""
    made.publish(event(number, first_name=f"First{number}") for number in range(members))
    drain(made)
    infobip.untag("VIP", *range(7))
    infobip.delete(30, 31)
    infobip.create(range(900_000, 900_005), tags=["VIP"])


@pytest.mark.parametrize("way", WAYS)
def test_what_drifted_is_mended_and_told(way: str, broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(**WAYS[way])
        made.start()
        drifted(made, infobip)
        planned = repair(made, "--dry-run")
        assert (planned["ended"], planned["plan"]) == (
            "planned",
            {"add": 9, "remove": 5, "fields": 0, "percent": 3.5},
        )
        assert infobip.tagged("VIP") != emails(range(400))
        found = repair(made)
        assert found["ended"] == "equal", found
        assert (found["outcomes"], found["rounds"]) == ({"repaired_added": 9, "repaired_removed": 5}, 1)
        assert infobip.tagged("VIP") == emails(range(400))
        told = made.outcomes()
        assert (told["repaired_added"], told["repaired_removed"]) == (9, 5)
        assert repair(made)["plan"]["percent"] == 0
        # The job goes on as if nothing had been.
        made.publish(event(number, "exit") for number in range(10))
        drain(made)
        assert infobip.tagged("VIP") == emails(range(10, 400))


def test_fields_that_were_edited_are_brought_up_to_date(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(map_fields={"first_name": "firstName"})
        made.start()
        drifted(made, infobip)
        infobip.change(range(100, 110), firstName="Somebody", lastName="Stays")
        found = repair(made, "--fields", "--max", "10%")
        assert found["ended"] == "equal", found
        assert found["outcomes"] == {"repaired_added": 9, "repaired_removed": 5, "repaired_fields": 10}
        people = infobip.people()
        named = {number: people[f"p{number}@example.com"] for number in (30, *range(100, 110))}
        assert all(person["firstName"] == f"First{number}" for number, person in named.items())
        assert {person.get("lastName") for number, person in named.items() if number >= 100} == {"Stays"}


def test_a_tag_that_is_gone_is_made_and_given_to_all(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.start()
        made.publish(event(number) for number in range(50))
        drain(made)
        infobip.do(lambda: infobip.simulator.account.delete_tag("VIP"))
        assert repair(made, "--force")["ended"] == "equal"
        assert infobip.tagged("VIP") == emails(range(50))


def test_an_address_of_two_profiles_is_mended_whichever_partition_tells_of_it(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.start()
        made.publish(event(number) for number in range(100))
        drain(made)
        # Each of these addresses is that of a second profile, which leaves: that takes the tag from both.
        made.publish(event(1000 + number, email=f"p{number}@example.com") for number in range(20))
        drain(made)
        made.publish(event(1000 + number, "exit", email=f"p{number}@example.com") for number in range(20))
        drain(made)
        assert infobip.tagged("VIP") == emails(range(20, 100))
        found = repair(made, "--force")
        assert (found["ended"], found["plan"]["add"]) == ("equal", 20)
        assert infobip.tagged("VIP") == emails(range(100))


def test_who_has_a_tag_keeps_it_where_kafka_does_not_tell_of_all(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.start()
        made.publish(event(number) for number in range(100))
        drain(made)
        made.delete_records("memberships")
        made.publish(event(number) for number in range(100, 200))
        drain(made)
        infobip.untag("VIP", 150)
        found = repair(made, code=3)
        assert (found["ended"], found["kept"], found["outcomes"]) == ("differs", 100, {"repaired_added": 1})
        assert infobip.tagged("VIP") == emails(range(200))


def test_too_much_at_once_is_refused_unless_it_is_forced(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.start()
        made.publish(event(number) for number in range(100))
        drain(made)
        infobip.untag("VIP", *range(6))
        found = repair(made, code=3)
        assert (found["ended"], found["plan"]["percent"]) == ("refused", 6.0)
        assert len(infobip.tagged("VIP")) == 94
        assert repair(made, "--max", "6%")["ended"] == "equal"
        infobip.untag("VIP", *range(50))
        assert repair(made, "--force")["ended"] == "equal"
        assert infobip.tagged("VIP") == emails(range(100))


def test_a_job_that_does_not_run_is_told_of_and_nothing_is_ordered(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        worker = made.start()
        made.publish(event(number) for number in range(10))
        drain(made)
        assert worker.stop() == 0
        infobip.untag("VIP", 1)
        assert "is not running" in repair(made, "--force", code=1)["said"]
        assert not made.read("infobip_repairs_" + made.name)
        until(lambda: len(infobip.tagged("VIP")) == 9, "nothing was done")
