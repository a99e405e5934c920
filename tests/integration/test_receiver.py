"""What Infobip tells comes back to Kafka, on a real broker: over webhooks, asked for, and looked for in logs."""

import random
from base64 import b64encode
from collections import Counter
from pathlib import Path

import httpx
import orjson
import pytest
from confluent_kafka.admin import AdminClient

from schemas.config.webhooks import token_of
from streams.simulator import DEFAULT_FATES, SimulatorOptions
from tests.integration.brokers import Broker, Node
from tests.integration.harness import until
from tests.integration.reporting import SECRET, listens, records, report, with_webhooks
from tests.integration.sends import enter, sending, sent, told

pytestmark = pytest.mark.broker


def test_reports_are_acknowledged_when_the_brokers_have_them(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        address = with_webhooks(made)
        worker = made.start(command="receive")
        listens(address)
        body = {"results": [report(f"m-{number}") for number in range(100)]}
        assert httpx.post(f"{address}/reports/sms", json=body).status_code == 200
        assert {one["message_id"] for one in records(made, "infobip_delivery_reports")} == {
            f"m-{number}" for number in range(100)
        }
        assert httpx.post(f"{address}/reports/sms", json=body).status_code == 200  # repeated
        assert len(records(made, "infobip_delivery_reports")) == 100
        assert httpx.post(f"{address}/reports/sms", json=body, headers={"Authorization": "x"}).status_code == 200
        assert httpx.post(f"{address}x/reports/sms".replace("/t/", "/t/x"), json=body).status_code == 401
        assert worker.stop() == 0
        assert "receiver_stopped" in worker.log.read_text()


def test_what_can_not_be_read_is_a_dead_letter_that_holds_it(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        address = with_webhooks(made)
        worker = made.start(command="receive")
        listens(address)
        body = {"results": [report("m-1"), {"messageId": 7}, report("m-2")]}
        assert httpx.post(f"{address}/reports/sms", json=body).status_code == 200
        assert httpx.post(f"{address}/reports/sms", content=b"\xff no json").status_code == 200
        assert worker.stop() == 0
        assert {one["message_id"] for one in records(made, "infobip_delivery_reports")} == {"m-1", "m-2"}
        letters = records(made, "infobip_dead_letters")
        assert {letter["reason"] for letter in letters} == {"unreadable_report"}
        assert Counter(letter["value_encoding"] for letter in letters) == {"utf-8": 1, "base64": 1}
        (entry,) = [letter for letter in letters if letter["value_encoding"] == "utf-8"]
        assert orjson.loads(entry["value"]) == {"messageId": 7}


def test_an_id_that_no_topic_takes_spoils_no_other(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        address = with_webhooks(made)
        small = {"infobip_delivery_reports": {"max.message.bytes": "1000000"}}
        made.configuration["kafka"]["topics"] = {"settings": small}
        worker = made.start(command="receive")
        listens(address)
        long = b64encode(random.Random(1).randbytes(1_500_000)).decode()  # also once it is packed
        body = {"results": [report("m-1"), report(long), report("m-2")]}
        assert httpx.post(f"{address}/reports/sms", json=body, timeout=30).status_code == 200
        assert worker.stop() == 0
        ids = {one["message_id"] for one in records(made, "infobip_delivery_reports")}
        assert ids - {"m-1", "m-2"} == {long[:4096]}


def test_brokers_that_are_away_have_infobip_come_again(
    node: Node, own_broker: Broker, tmp_path: Path, unique: str
) -> None:
    with sending(own_broker, tmp_path, unique) as (_, made):
        address = with_webhooks(made)
        worker = made.start(command="receive")
        listens(address)
        assert httpx.post(f"{address}/reports/sms", json={"results": [report("m-0")]}, timeout=30).status_code == 200
        node.stop()
        try:
            answer = httpx.post(f"{address}/reports/sms", json={"results": [report("m-1")]}, timeout=15)
            assert answer.status_code == 503
            assert answer.elapsed.total_seconds() <= 10
        finally:
            node.start()

        def taken() -> bool:
            return httpx.post(f"{address}/reports/sms", json={"results": [report("m-1")]}, timeout=15).is_success

        until(taken, "it is taken once the brokers are back")
        assert {one["message_id"] for one in records(made, "infobip_delivery_reports")} == {"m-0", "m-1"}
        assert worker.stop() == 0


def test_a_port_that_is_taken_is_told_in_one_line(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        with_webhooks(made, host="192.0.2.1")
        worker = made.start(command="receive")
        assert worker.process.wait(60) == 1
        said = worker.log.read_text().splitlines()
        assert "cannot listen on 192.0.2.1" in said[-1]
        assert "Traceback" not in worker.log.read_text()


def test_a_run_listens_where_a_job_has_infobip_call(broker: Broker, tmp_path: Path, unique: str) -> None:
    options = SimulatorOptions(limits=None, report_delay_seconds=None)  # only what is posted here is told
    with sending(broker, tmp_path, unique, options) as (_, made):
        address = with_webhooks(made)
        made.publish(enter(number) for number in range(10))
        worker = made.start()
        until(lambda: len(told(made)) == 10, "all is sent")
        sent = told(made).values()
        data = {"job": unique, "event_id": "e-1", "profile_id": "u-1", "audience": "shipped"}
        body = {"results": [report(one.message_id, callbackData=orjson.dumps(data).decode()) for one in sent]}
        assert httpx.post(f"{address}/reports/sms", json=body).status_code == 200
        assert worker.stop() == 0
        found = records(made, "infobip_delivery_reports")
        assert {one["message_id"] for one in found} == {one.message_id for one in sent}
        assert {(one["job"], one["event_id"], one["audience"], one["source"]) for one in found} == {
            (unique, "e-1", "shipped", "webhook")
        }


def test_what_the_simulator_tells_of_messages_comes_back(broker: Broker, tmp_path: Path, unique: str) -> None:
    options = SimulatorOptions(limits=None, report_delay_seconds=0.1, fates=DEFAULT_FATES)
    with sending(broker, tmp_path, unique, options) as (infobip, made):
        with_webhooks(made)
        made.publish(enter(number) for number in range(100))
        worker = made.start()
        until(lambda: len(records(made, "infobip_delivery_reports")) == 99, "all have their reports, but one")
        assert worker.stop() == 0
        found = records(made, "infobip_delivery_reports")
        ids = {one.to: one.message_id for one in told(made).values()}
        assert {one["message_id"] for one in found} == set(ids.values()) - {ids["447910000004"]}  # who is never told of
        groups = {one["to"]: one["status_group_name"] for one in found}
        assert groups["447910000001"] == "UNDELIVERABLE"
        assert groups["447910000002"] == "REJECTED"
        assert groups["447910000003"] == "EXPIRED"
        assert Counter(groups.values())["DELIVERED"] == 96
        assert {(one["job"], one["channel"], one["source"]) for one in found} == {(unique, "sms", "webhook")}
        assert {one["event_id"] for one in found if one["to"] == "447910000001"} == {"e-1"}
        rows = httpx.get(f"{infobip.url}/simulator/reports").json()["reports"]
        assert sum(row["acknowledged"] for row in rows) == 99


def test_where_nobody_can_call_reports_are_asked_for(broker: Broker, tmp_path: Path, unique: str) -> None:
    options = SimulatorOptions(limits=None, report_delay_seconds=0.1, fates=DEFAULT_FATES)
    with sending(broker, tmp_path, unique, options) as (infobip, made):
        made.configuration["webhooks"] = {"mode": "pull", "every_seconds": 0.5}
        made.publish(enter(number) for number in range(100))
        first, second = made.start(), made.start()
        until(lambda: len(records(made, "infobip_delivery_reports")) == 99, "all have their reports, but one")
        assert first.stop() == 0
        assert second.stop() == 0
        found = records(made, "infobip_delivery_reports")
        assert {one["source"] for one in found} == {"pull"}
        assert len({one["report_id"] for one in found}) == len(found) == 99
        messages = infobip.do(lambda: list(infobip.simulator.outbox.messages))
        assert {message.content.get("webhooks") for message in messages} == {None}


def test_reports_that_did_not_come_are_looked_for_in_the_logs(broker: Broker, tmp_path: Path, unique: str) -> None:
    options = SimulatorOptions(limits=None, report_delay_seconds=0.1)
    with sending(broker, tmp_path, unique, options) as (_, made):
        address = with_webhooks(made, gap_after={"seconds": 2})
        made.configuration["webhooks"]["public_url"] = "http://127.0.0.1:1"  # where nobody is
        made.publish(enter(number) for number in range(120))
        worker = made.start()
        until(lambda: len(told(made)) == 120, "all is sent")
        known = [
            report(one.message_id, to=one.to) for one in sorted(told(made).values(), key=lambda one: str(one.to))[:20]
        ]
        assert httpx.post(f"{address}/reports/sms", json={"results": known}).status_code == 200

        def reported() -> int:
            return len({one["message_id"] for one in records(made, "infobip_delivery_reports")})

        until(lambda: reported() == 120, "the others are found")
        assert worker.stop() == 0
        found = records(made, "infobip_delivery_reports")
        by_source = Counter(one["source"] for one in found)
        assert by_source["webhook"] == 20
        assert by_source["logs"] >= 100
        groups = {one["to"]: one["status_group_name"] for one in found if one["source"] == "logs"}
        assert groups["447910000101"] == "DELIVERED"


def test_what_was_rejected_while_its_sender_was_gone_is_looked_for_too(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    """The logs say so before it is told as sent; that is no report yet."""
    lost = "pull_sms_reports:lose_answer"
    options = SimulatorOptions(limits=None, report_delay_seconds=0.0, fates=("*=rejected",), faults=(lost,))
    with sending(broker, tmp_path, unique, options) as (infobip, made):
        made.configuration["webhooks"] = {"mode": "pull", "every_seconds": 0.2, "gap_after": {"seconds": 2}}
        made.publish(enter(number) for number in range(50))
        assert made.start(point="sent_then_killed:1", instance="one").process.wait(60) != 0
        before = {message.message_id for message in sent(infobip)}
        assert before
        worker = made.start(instance="one")
        until(lambda: len(told(made)) == 50, "all is told")
        assert {one.status for one in told(made).values() if one.message_id in before} == {"enqueue_failed"}

        def reported() -> set[str]:
            return {one["message_id"] for one in records(made, "infobip_delivery_reports")}

        until(lambda: reported() == {one.message_id for one in told(made).values()}, "all have their reports", 60)
        assert worker.stop() == 0


def test_topics_that_are_deleted_and_made_anew_are_written_again(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        address = with_webhooks(made)
        worker = made.start(command="receive")
        listens(address)

        def taken(message_id: str) -> bool:
            body = {"results": [report(message_id)]}
            return httpx.post(f"{address}/reports/sms", json=body, timeout=15).is_success

        assert taken("m-1")
        topic = f"{made.name}.infobip_delivery_reports"
        admin = AdminClient(made.settings)
        admin.delete_topics([topic])[topic].result(30)
        until(lambda: topic not in admin.list_topics(timeout=10).topics, "it is gone")
        made.create_topic(name=topic)
        until(lambda: taken("m-2"), "it is written again")
        assert {one["message_id"] for one in records(made, "infobip_delivery_reports")} == {"m-2"}
        assert worker.stop() == 0
        assert "Traceback" not in worker.log.read_text()


def test_two_versions_of_a_secret_are_taken_side_by_side_while_it_is_changed(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    """A rolling restart: the old process takes the old token only, the new one both, at one port."""
    with sending(broker, tmp_path, unique) as (_, made):
        old = with_webhooks(made)
        first = made.start(command="receive")
        listens(old)
        new = old.replace(token_of(SECRET), token_of("new"))
        made.configuration["webhooks"]["secret"] = ["new", SECRET]
        second = made.start(command="receive")
        until(lambda: second.said("receiver_started"), "the new one listens, too")
        assert first.stop() == 0
        for number, address in enumerate((old, new)):
            body = {"results": [report(f"m-{number}")]}
            assert httpx.post(f"{address}/reports/sms", json=body, timeout=15).status_code == 200
        assert second.stop() == 0
        assert {one["message_id"] for one in records(made, "infobip_delivery_reports")} == {"m-0", "m-1"}
