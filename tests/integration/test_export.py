"""The export on a real broker: what a platform team sees."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.events import drain, emails, event
from tests.integration.harness import SimulatorThread, corridor, until

pytestmark = pytest.mark.broker


def test_members_become_tagged_people_and_the_records_add_up(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(map_fields={"first": "firstName", "ltv": {"to": "ltv", "type": "DECIMAL"}}, create_attributes=True)
        events: list[Any] = [event(n, first=f"Name{n}", ltv=n) for n in range(2500)]
        events += [event(n, "exit") for n in range(500)]
        events += [b"not json", event(9001, email="nowhere"), event(9002, audience="other")]
        published = made.publish(events)
        worker = made.start()
        drain(made)
        assert worker.stop() == 0
        assert infobip.tagged("VIP") == emails(range(500, 2500))
        people = infobip.people()
        assert len(people) == 2500
        assert people["p7@example.com"]["firstName"] == "Name7"
        assert people["p7@example.com"]["customAttributes"] == {"ltv": 7}
        outcomes = made.outcomes()
        assert outcomes.total() == published
        assert (outcomes["undecodable"], outcomes["dropped"], outcomes["skipped"]) == (1, 1, 1)
        assert made.offsets_told() == made.offsets_published()
        letters = {letter.reason: letter for letter in made.dead_letters()}
        assert letters["undecodable"].value == "not json"
        assert "nowhere" in (letters["no_address"].value or "")


def test_without_existing_members_only_later_events_count(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(existing_members=False)
        made.publish(event(n) for n in range(50))
        worker = made.start()
        until(lambda: made.lag() == 0, "the starting position is committed before any event is read")
        worker.kill()
        made.publish(event(n) for n in range(50, 80))
        worker = made.start()
        drain(made)
        until(lambda: infobip.tagged("VIP") == emails(range(50, 80)), "the later members are tagged")
        assert worker.stop() == 0
        assert len(infobip.people()) == 30


def test_processes_that_start_together_begin_at_one_place(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(existing_members=False)
        made.publish(event(n) for n in range(100))
        workers = [made.start() for _ in range(3)]
        numbers = iter(range(100, 100_000))

        def all_have_begun() -> bool:
            made.publish(event(next(numbers)) for _ in range(10))
            return all(worker.said("partitions_assigned") for worker in workers)

        until(all_have_begun, "all processes have begun, while events flow")
        drain(made)
        assert [worker.stop() for worker in workers] == [0, 0, 0]
        states = [
            orjson.loads(record.value()) for record in made.read("infobip_job_states") if b"/start/" in record.key()
        ]
        begun = {(state["partition"], state["start_offset"]) for state in states[-made.partitions :]}
        ends = made.offsets_published()
        assert made.offsets_told() == {number: set(range(start, len(ends[number]))) for number, start in begun}


def test_a_partial_window_is_flushed_on_stop(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(flush={"max_events": 1000, "max_seconds": 3600})
        made.publish(event(n) for n in range(1000, 1001))
        worker = made.start()
        until(lambda: worker.said("partitions_assigned"), "partitions assigned")
        made.publish(event(n) for n in range(10))
        until(lambda: made.lag() == 11, "events wait")
        # A full window tells that the ten were read before it.
        made.publish(event(n) for n in range(2000, 3000))
        until(lambda: len(infobip.tagged("VIP")) >= 1000, "the full window is flushed")
        assert worker.stop() == 0
        assert infobip.tagged("VIP") == emails(range(10)) | emails(range(1000, 1001)) | emails(range(2000, 3000))
        assert made.lag() == 0


def test_a_shared_tag_is_the_union_of_its_audiences_and_survives_a_restart(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(audiences=["vip", "new"])
        made.publish(event(n, audience=audience) for n in range(100) for audience in ("vip", "new"))
        worker = made.start()
        drain(made)
        worker.kill()
        made.publish(event(n, "exit") for n in range(100))
        made.publish(event(n, "exit", "new") for n in range(40))
        worker = made.start()
        drain(made)
        assert worker.stop() == 0
        assert infobip.tagged("VIP") == emails(range(40, 100))


def test_a_refused_key_stops_its_job_and_no_other(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.configuration["authorizations"].append({"name": "bad", "base_url": infobip.url, "api_key": "wrong-key"})
        made.configuration["jobs"].append(made.job(f"{unique}-2", authorization="bad"))
        made.publish([event(1)])
        worker = made.start()
        drain(made)
        assert worker.said("the API key of authorization 'bad' is refused")
        assert not worker.said("Traceback")
        assert worker.stop() == 1
        assert infobip.tagged("VIP") == emails(range(1, 2))


def test_an_outage_is_waited_for_and_a_vanished_tag_made_again(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        worker = made.start()
        until(lambda: worker.said("partitions_assigned"), "partitions assigned")
        infobip.call(infobip.simulator.stop())
        made.publish(event(n) for n in range(30))
        until(lambda: worker.said("infobip_waiting"), "the job says that it waits")
        infobip.do(lambda: infobip.simulator.account.delete_tag("VIP"))
        infobip.call(infobip.simulator.start())
        drain(made)
        assert infobip.tagged("VIP") == emails(range(30))
        assert worker.stop() == 0


def test_a_broker_that_is_down_at_start_is_waited_for(tmp_path: Path, unique: str, broker: Broker) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.configuration["kafka"]["brokers"] = "127.0.0.1:1"
        worker = made.start()
        until(lambda: worker.said("brokers_awaited"), "one clear line")
        assert worker.stop() == 0
        assert not worker.said("Traceback")


def test_no_more_than_three_calls_for_a_thousand_mixed_events_and_no_429(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    options = SimulatorOptions(latency_seconds=0.05)
    with SimulatorThread(options) as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        operations = ("upsert_persons", "add_tag", "remove_tag")
        # Well below the account's five: calls that leave evenly arrive unevenly while the simulator, on a busy machine,
        # works on a thousand people. Six arrivals in a second then need a delay of 0.7 s.
        made.configuration["authorizations"][0]["limits"] = dict.fromkeys(operations, 3.0)
        published = made.publish(event(n, "exit" if n % 3 == 0 else "enter") for n in range(10_000))
        worker = made.start()
        drain(made)
        assert worker.stop() == 0
        assert sum(infobip.count(name) for name in operations) <= 3 * published / 1000
        assert [infobip.count(name, 429) for name in operations] == [0, 0, 0]


def test_no_log_line_holds_anything_personal_or_secret(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        infobip.do(lambda: infobip.simulator.faults.add("upsert_persons:status=503,count=2"))
        made.change(map_fields={"first": "firstName"})
        made.publish(event(n, phone=f"+1415555{n:04d}", first="Confidential") for n in range(300))
        made.publish([event(901, email="secretive@", phone="none"), b'{"action": "private@example.com"}'])
        worker = made.start(options=["--verbose"])
        drain(made)
        assert worker.stop() == 0
        log = worker.log.read_text()
        assert "partitions_assigned" in log
        assert not re.search(r"example\.com|1415555|Confidential|secretive|demo-key|u-\d", log)
