"""What /metrics says of real processes is what `status`, the topics and Infobip say."""

import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.brokers import Broker
from tests.integration.events import drain, event
from tests.integration.harness import QUICK, SimulatorThread, corridor, until
from tests.integration.importing import Crowd, importing
from tests.integration.keeping import keeping
from tests.integration.operating import Metrics, address_of
from tests.integration.reporting import listens, report, with_webhooks
from tests.integration.sends import enter, sending, told
from tests.integration.tracking import message, tracking
from tests.integration.tracking import report as reported

pytestmark = pytest.mark.broker

OPERATIONS = {"port": 0}


def test_values_of_two_processes_add_up_to_what_status_says(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.configuration["operations"] = OPERATIONS
        made.change(flush={"max_events": 100, "max_seconds": 1})
        events: list[Any] = [event(number) for number in range(1500)]
        events += [event(9000 + number, email="nowhere") for number in range(15)]
        events += [event(number, audience="other") for number in range(20)] + [b"not json"] * 10
        workers = [made.start(point=QUICK), made.start(point=QUICK)]
        addresses = [address_of(worker) for worker in workers]
        until(lambda: _values(addresses, "job_partitions") == [2, 2], "partitions are shared out")
        published = made.publish(events)
        drain(made)
        until(lambda: Metrics(*addresses).by("lag_events", "job") == {}, "a look has seen it")
        metrics, status = Metrics(*addresses), made.status()
        assert metrics.by("events_total", "outcome", job=unique) == status["outcomes"]
        assert metrics.sum("events_total") == published
        assert metrics.sum("dead_letters_total", job=unique) == status["dead_letters"] == 25
        assert metrics.by("dead_letters_total", "reason") == {"no_address": 15, "undecodable": 10}
        assert metrics.sum("window_seconds_count") == status["flushes"]
        assert metrics.by("job_state", "state", job=unique) == {"running": 2}
        calls: Counter[str] = Counter()
        for flush in made.flushes():
            calls.update(flush.calls)
        answered = metrics.by("calls_total", "operation", status="2xx")
        assert {name: answered[name] for name in calls} == calls
        tried = metrics.by("calls_total", "operation")  # both make the tag, and one is told that it is there
        assert {name: infobip.count(name) for name in tried} == tried
        assert metrics.by("call_seconds_count", "operation") == tried
        assert 0 < metrics.by("quota_used_ratio", "operation")["upsert_persons"] <= 1
        assert all(time.time() - 60 < at <= time.time() for at in _values(addresses, "last_commit_timestamp_seconds"))
        assert all(10_000_000 < size < 1_000_000_000 for size in _values(addresses, "process_memory_bytes"))
        assert metrics.sum("ready") == 2
        assert [worker.stop() for worker in workers] == [0, 0]


def test_what_keeps_a_job_waiting_is_seen(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.configuration["operations"] = OPERATIONS
        worker = made.start(point=QUICK)
        address = address_of(worker)
        until(lambda: Metrics(address).sum("ready") == 1, "it is ready")
        infobip.do(partial(infobip.simulator.set_key, "demo-key", None))
        made.publish(event(number) for number in range(50))
        until(lambda: Metrics(address).sum("lag_events") == 50, "the lag is seen")
        until(lambda: Metrics(address).sum("lag_age_seconds") > 5, "and grows old")
        metrics = Metrics(address)
        assert metrics.by("job_state", "state") == {"unauthorized": 1}
        assert metrics.sum("ready") == 0
        assert metrics.sum("windows_in_flight") >= 1
        assert metrics.by("calls_total", "operation", status="4xx")["upsert_persons"] >= 1
        assert metrics.sum("call_retries_total") >= 1
        infobip.do(partial(infobip.simulator.set_key, "demo-key", frozenset({"people:read", "people:manage"})))
        drain(made)
        until(lambda: Metrics(address).sum("lag_events") == 0, "it has caught up")
        metrics = Metrics(address)
        assert (metrics.sum("lag_age_seconds"), metrics.sum("windows_in_flight"), metrics.sum("ready")) == (0, 0, 1)
        assert worker.stop() == 0


def test_an_infobip_that_is_away_is_seen_as_waiting_since_when(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.configuration["operations"] = OPERATIONS
        worker = made.start(point=QUICK)
        address = address_of(worker)
        until(lambda: Metrics(address).sum("ready") == 1, "it is ready")
        assert not Metrics(address).has("job_waiting_since_timestamp_seconds")
        infobip.call(infobip.simulator.stop())
        began = time.time()
        made.publish(event(number) for number in range(5))
        until(lambda: Metrics(address).has("job_waiting_since_timestamp_seconds"), "it waits")
        metrics = Metrics(address)
        assert began - 1 < metrics.sum("job_waiting_since_timestamp_seconds") <= time.time()
        assert metrics.by("calls_total", "operation", status="none").keys() == {"upsert_persons"}
        assert metrics.sum("ready") == 1  # it does what can be done
        worker.kill()


def test_messages_are_counted_as_their_records_say(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        made.configuration["operations"] = OPERATIONS
        worker = made.start()
        address = address_of(worker)
        bad = enter(901)
        bad["profile"]["phone"] = "+4479"
        made.publish([*(enter(number) for number in range(40)), bad])
        drain(made)
        records = told(made).values()
        metrics = Metrics(address)
        assert metrics.by("messages_total", "status", channel="sms", kind="send_message") == Counter(
            record.message_status for record in records
        )
        assert metrics.sum("messages_total") == 41
        assert worker.stop() == 0


def test_what_infobip_tells_is_counted_as_it_is_written(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        made.configuration["operations"] = OPERATIONS
        listening = with_webhooks(made)
        worker = made.start(command="receive")
        listens(listening)  # which asks for an address that there is not: 404s
        body = {"results": [*(report(f"m-{number}") for number in range(20)), {"messageId": 7}]}
        assert httpx.post(f"{listening}/reports/sms", json=body).status_code == 200
        assert httpx.post(f"{listening}/reports/sms", json=body).status_code == 200  # repeated: what is new is written
        assert httpx.post(f"{listening}x/reports/sms".replace("/t/", "/t/x"), json=body).status_code == 401
        metrics = Metrics(address_of(worker))
        assert metrics.by("reports_received_total", "outcome", what="reports", channel="sms") == {
            "written": len(made.read("infobip_delivery_reports")),
            "unreadable": len(made.read("infobip_dead_letters")),
        }
        assert metrics.by("dead_letters_total", "reason", job="") == {
            "unreadable_report": len(made.read("infobip_dead_letters"))
        }
        assert metrics.by("report_requests_refused_total", "status")["401"] == 1
        assert worker.stop() == 0


def test_an_import_tells_how_far_it_has_come(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique, keep_updated=True) as made:
        made.configuration["operations"] = OPERATIONS
        infobip.create(range(1200))
        worker = made.start()
        address = address_of(worker)
        until(lambda: Metrics(address).sum("events_total", outcome="imported") == 1200, "all are imported")
        until(lambda: worker.said("import_finished"), "the run is over")
        metrics = Metrics(address)
        assert metrics.has("import_cursor_age_seconds")
        assert 0 <= metrics.sum("import_cursor_age_seconds") < 120
        assert metrics.sum("job_partitions") == 1
        assert time.time() - 60 < metrics.sum("last_commit_timestamp_seconds") <= time.time()
        assert worker.stop() == 0


@pytest.mark.kafka
def test_a_join_tells_what_it_joined(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.made.configuration["operations"] = OPERATIONS
        one.create()
        worker = one.made.start(point=QUICK)
        address = address_of(worker)
        until(one.ready, "the job has its partitions")
        one.tell(*(message(f"m{number}") for number in range(30)), *(reported(f"m{number}") for number in range(30)))
        one.wait_for([f"m{number}" for number in range(30)], "all are told of")
        until(lambda: Metrics(address).sum("lag_events") == 0, "all is committed")
        metrics = Metrics(address)
        assert metrics.by("events_total", "outcome", kind="track_messages") == {"joined": 60}
        assert metrics.sum("window_seconds_count") >= 1
        assert metrics.sum("windows_in_flight") == 0
        assert worker.stop() == 0


@pytest.mark.kafka
def test_a_history_tells_what_it_stored(broker: Broker, tmp_path: Path, unique: str) -> None:
    with keeping(broker.bootstrap, tmp_path, unique, "") as kept:
        kept.made.configuration["operations"] = OPERATIONS
        worker = kept.made.start()
        address = address_of(worker)
        until(lambda: worker.said("partitions_assigned"), "the topics are made and read")
        kept.tell(*(message(f"m{number}") for number in range(30)))
        until(lambda: kept.count("messages") == 30, "all is stored")
        until(lambda: Metrics(address).by("events_total", "outcome") == {"stored": 30}, "and told of")
        until(lambda: Metrics(address).has("lag_events") and Metrics(address).sum("lag_events") == 0, "a look is told")
        assert worker.stop() == 0


def _values(addresses: list[str], name: str) -> list[float]:
    return [Metrics(address).sum(name) for address in addresses]
