"""Repairs while operators work on brokers and files: topics grow, vanish and come anew, and configurations change."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.events import drain, emails, event, grow
from tests.integration.harness import QUICK, Corridor, corridor, make_topic, until
from tests.integration.importing import Crowd
from tests.integration.test_repair import repair
from tests.integration.test_repair_troubles import command, is_repaired, ordered, pausing, tagged_members
from tests.integration.test_verify import verified

pytestmark = [pytest.mark.broker, pytest.mark.kafka]


def paused(made: Corridor) -> None:
    """Pause the job."""
    pausing(made, "pause")
    until(lambda: made.status()["state"] == "paused", "the job is paused")


def test_a_job_of_several_topics_is_repaired(broker: Broker, tmp_path: Path, unique: str) -> None:
    others = f"{unique}.others"
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        make_topic(AdminClient(made.settings), others, 2)
        made.change(topics=[made.topic, others])
        made.start()
        made.publish(event(number) for number in range(100))
        made.publish((event(number) for number in range(100, 200)), topic=others)
        until(lambda: infobip.tagged("VIP") == emails(range(200)), "all are exported")
        # Some leave by the other topic than they entered by.
        made.publish((event(number, "exit") for number in range(10)), topic=others)
        made.publish(event(number, "exit") for number in range(100, 110))
        until(lambda: len(infobip.tagged("VIP")) == 180, "they have left")
        assert repair(made)["plan"]["percent"] == 0
        infobip.untag("VIP", *range(10, 20), *range(110, 120))
        infobip.create(range(900_000, 900_005), tags=["VIP"])
        found = repair(made, "--force")
        assert (found["ended"], found["outcomes"]) == ("equal", {"repaired_added": 20, "repaired_removed": 5})
        assert infobip.tagged("VIP") == emails(range(10, 100)) | emails(range(110, 200))


def test_whose_events_moved_as_partitions_were_added_stay_as_they_are(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with tagged_members(broker, tmp_path, unique, 300) as (infobip, made):
        grow(made, 6)
        drain(made)
        made.publish(event(number, "exit") for number in range(100))
        drain(made)
        made.publish(event(number, email=f"new{number}@example.com") for number in range(100, 110))
        drain(made)
        found = repair(made, "--force")
        assert found["plan"]["add"] == 0
        new = {f"new{number}@example.com" for number in range(100, 110)}
        assert infobip.tagged("VIP") == emails(range(110, 300)) | new


def test_partitions_are_added_while_orders_wait(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tagged_members(broker, tmp_path, unique, 200) as (infobip, made):
        infobip.untag("VIP", *range(40))
        paused(made)
        doing = command(made, "--force")
        until(lambda: ordered(made) == 40, "orders are written")
        grow(made, 7)
        made.publish(event(number, "exit") for number in range(20))
        pausing(made, "resume")
        assert doing.process.wait(180) == 0, doing.log.read_text()
        drain(made, 120)
        assert infobip.tagged("VIP") == emails(range(20, 200))
        # Orders of people of the new partitions find their place.
        infobip.untag("VIP", *range(20, 60))
        assert repair(made, "--force")["ended"] == "equal"
        assert infobip.tagged("VIP") == emails(range(20, 200))


def test_the_input_is_made_anew_while_orders_wait(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tagged_members(broker, tmp_path, unique, 60) as (infobip, made):
        infobip.untag("VIP", *range(20))
        paused(made)
        doing = command(made, "--force")
        until(lambda: ordered(made) == 20, "orders are written")
        made.make_topic_anew()
        # As many as before, and more: nothing but the topic's id tells that these are others.
        made.publish(event(number, "exit") for number in range(100))
        pausing(made, "resume")
        assert doing.process.wait(180) == 1, doing.log.read_text()
        assert "was deleted and made anew meanwhile: begin again" in doing.log.read_text()
        drain(made, 120)
        assert infobip.tagged("VIP") == set()
        assert repair(made)["plan"]["percent"] == 0


def test_the_topic_of_orders_is_deleted_while_the_job_runs(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tagged_members(broker, tmp_path, unique, 100) as (infobip, made):
        for _ in range(3):
            infobip.untag("VIP", *range(40))
            assert repair(made, "--force")["ended"] == "equal"
        admin, topic = AdminClient(made.settings), f"{unique}.infobip_repairs_{unique}"
        admin.delete_topics([topic])[topic].result(30)
        until(lambda: topic not in admin.list_topics(timeout=30).topics, "it is deleted")
        infobip.untag("VIP", *range(40))
        assert repair(made, "--force")["ended"] == "equal"
        assert infobip.tagged("VIP") == emails(range(100))


def test_answers_without_sense_end_no_job(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tagged_members(broker, tmp_path, unique, 50) as (infobip, made):
        infobip.delete(*range(5))
        infobip.untag("VIP", *range(5, 10))
        # They are made, but nobody can tell from the answers: so they are tagged in the second round.
        infobip.do(partial(infobip.simulator.faults.add, "upsert_persons:wrong_json"))
        found = repair(made, "--force")
        assert (found["ended"], found["rounds"]) == ("equal", 2)
        assert {letter.reason for letter in made.dead_letters()} == {"rejected"}
        assert made.said("order_not_carried_out")
        assert not made.said("job_failed")
        assert infobip.tagged("VIP") == emails(range(50))


def test_a_job_that_verifies_waits_until_a_change_is_applied(broker: Broker, tmp_path: Path, unique: str) -> None:
    options = SimulatorOptions(limits=None, latency_seconds=0.3)
    with Crowd(options) as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        worker = made.start()
        made.publish(event(number) for number in range(3000))
        drain(made)
        assert worker.stop() == 0
        made.change(tag="GOLD", on_change="apply", verify={"repair": True})
        worker = made.start(point=QUICK)
        until(lambda: worker.said("verification_waits"), "it waits")
        until(lambda: verified(made) is not None, "it has verified")
        found = verified(made)
        assert found is not None
        assert (found["missing"], found["too_many"], found["repaired"], found["detail"]) == (0, 0, {}, "")
        assert (infobip.tagged("VIP"), infobip.tagged("GOLD")) == (set(), emails(range(3000)))
        log = worker.log.read_text()
        assert log.index("configuration_applied") < log.index(f"verified job={unique}")
        assert not worker.said("configuration_not_applied")
        assert not worker.said("repair_refused")


def test_a_repair_by_hand_and_a_pause_while_a_change_is_applied(broker: Broker, tmp_path: Path, unique: str) -> None:
    options = SimulatorOptions(limits=None, latency_seconds=0.4)
    with Crowd(options) as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        worker = made.start()
        made.publish(event(number) for number in range(6000))
        drain(made)
        assert worker.stop() == 0
        made.change(tag="GOLD", on_change="apply")
        worker = made.start()
        until(lambda: len(infobip.tagged("GOLD")) > 0, "it is applied")
        doing = command(made, "--force")
        until(lambda: "orders" in doing.log.read_text() or doing.process.poll() is not None, "it has ordered")
        paused(made)
        made.publish(event(number, "exit") for number in range(1000))
        pausing(made, "resume")
        until(lambda: worker.said("configuration_applied"), "it is applied")
        assert doing.process.wait(120) in (0, 1), doing.log.read_text()
        assert "Traceback" not in doing.log.read_text()
        drain(made)
        assert (infobip.tagged("VIP"), infobip.tagged("GOLD")) == (set(), emails(range(1000, 6000)))
        assert not worker.said("Traceback")


@pytest.mark.parametrize("way", ["input", "kept and shared"])
def test_a_process_dies_and_partitions_are_added_while_people_come_and_go(
    way: str, broker: Broker, tmp_path: Path, unique: str
) -> None:
    options = SimulatorOptions(limits=None, latency_seconds=0.3)
    more = {"keep_members": True, "audiences": ["vip", "gold"]} if way != "input" else {}
    with tagged_members(broker, tmp_path, unique, 4000, options, **more) as (infobip, made):
        made.start()
        until(lambda: made.status()["processes"] == 2, "two processes share the partitions")
        infobip.untag("VIP", *range(4000))
        doing = command(made, "--force")
        until(is_repaired(made), "the first is repaired")
        made.workers[0].kill()
        grow(made, 6)
        made.publish(event(number, "exit") for number in range(500))
        made.start()
        made.publish(event(number) for number in range(4000, 4200))
        assert doing.process.wait(240) == 0, doing.log.read_text()
        drain(made, 120)
        assert infobip.tagged("VIP") == emails(range(500, 4200))
        assert repair(made)["plan"]["percent"] == 0
        assert not made.said("Traceback")


def test_a_key_that_is_refused_in_the_middle_of_orders_is_waited_for(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        worker = made.start(point=QUICK)
        made.publish(event(number) for number in range(3000))
        drain(made)
        infobip.untag("VIP", *range(3000))
        infobip.do(partial(infobip.simulator.faults.add, "add_tag:status=403,count=2"))
        infobip.do(partial(infobip.simulator.faults.add, "remove_tag:status=401,count=1"))
        infobip.create(range(900_000, 900_005), tags=["VIP"])
        doing = command(made, "--force")
        until(lambda: worker.said("infobip_unauthorized"), "the key is refused")
        assert doing.process.wait(180) == 0, doing.log.read_text()
        assert infobip.tagged("VIP") == emails(range(3000))
        assert not made.dead_letters()


ODD = ["a b", "a%20b", " a", "a ", "EMAIL ann@example.com", "ünï", '"q"', "x" * 256, "1,2", "-", "ID 7", "\u202ea"]


def test_people_of_odd_ids_are_told_apart(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(external_id_field="profile_id", keep_members=True)
        made.start()
        made.publish({"action": "enter", "audience": "vip", "profile_id": one, "profile": None} for one in ODD)
        drain(made)

        def tagged() -> set[str]:
            account = infobip.simulator.account
            return set(infobip.do(lambda: [str(one["externalId"]) for one in account.show(account.tagged("VIP"))]))

        assert tagged() == set(ODD)
        strangers = [{"externalId": one, "tags": ["VIP"]} for one in ("a  b", "A B", "ann@example.com", "7")]

        def drift() -> None:
            account, now = infobip.simulator.account, datetime.now(UTC)
            account.remove_tag("VIP", list(account.tagged("VIP")), now)
            assert not account.upsert(strangers, now)["errors"]

        infobip.do(drift)
        found = repair(made, "--force")
        assert found["ended"] == "equal", found
        assert tagged() == set(ODD)


def test_a_file_with_another_configuration_than_the_jobs_orders_nothing(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with tagged_members(broker, tmp_path, unique, 50) as (infobip, made):
        infobip.untag("VIP", 1)
        made.change(tag="GOLD")
        assert "runs with another configuration than this file's" in repair(made, "--force", code=1)["said"]
        made.change(tag="vip", flush={"max_events": 10})
        assert repair(made, "--force")["ended"] == "equal"
        assert (infobip.tagged("VIP"), infobip.tagged("GOLD")) == (emails(range(50)), set())
