"""Webhooks on Apache Kafka: sends that go out once, calls that are made at least or at most once, reports passed on."""

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from schemas.records.call import CallMade
from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.harness import Corridor, until
from tests.integration.reporting import listens, report, with_webhooks
from tests.integration.sends import enter, sent, told
from tests.integration.webhooks import BY_ID, SMS, Endpoint, hooking
from tests.making import message_id

pytestmark = pytest.mark.kafka

EVENTS = 600
#: Of those whose answers a team's endpoint loses.
LOST = frozenset(f"e-{number}" for number in range(0, EVENTS, 20))


def calls(made: Corridor) -> dict[str, list[CallMade]]:
    """The records of infobip_calls, by their event."""
    found: dict[str, list[CallMade]] = {}
    for record in made.read("infobip_calls"):
        one = CallMade.model_validate_json(record.value())
        assert record.key() == one.event_id.encode()
        found.setdefault(one.event_id, []).append(one)
    return found


def test_a_send_of_a_template_goes_out_once_over_a_kill_and_lost_answers(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    options = SimulatorOptions(limits=None, latency_seconds=0.02, faults=("send_sms:lose_answer,probability=0.05",))
    job: dict[str, Any] = {"authorization": "main", "path": "/sms/3/messages"}
    with hooking(broker, tmp_path, unique, ("sms.jsonnet", SMS), options, **job) as (infobip, made):
        made.configuration["authorizations"][0]["limits"] = {"list_sms_logs": 1000}
        made.publish(enter(number) for number in range(EVENTS))
        victim = made.start()
        until(lambda: len(sent(infobip)) >= EVENTS // 3, "messages go out")
        victim.kill()
        assert len(sent(infobip)) < EVENTS
        last = made.start()
        until(lambda: made.lag() == 0, "all is committed")
        assert last.stop() == 0
        accepted = sent(infobip)
        ids = {f"e-{number}": message_id(unique, f"e-{number}", f"u-{number}", "shipped") for number in range(EVENTS)}
        assert len(accepted) == EVENTS
        assert {message.message_id for message in accepted} == set(ids.values())
        assert infobip.count("send_sms", "lost") > 0
        records = told(made)
        assert {event: message.message_id for event, message in records.items()} == ids
        assert {message.status for message in records.values()} == {"enqueued"}
        assert calls(made).keys() <= ids.keys()
        assert made.dead_letters() == []


def test_another_endpoint_is_called_at_least_once_over_a_kill_and_lost_answers(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Endpoint(LOST) as endpoint:
        job: dict[str, Any] = {
            "url": f"{endpoint.url}/in/{{{{event_id}}}}",
            "allow_private": True,
            "headers": {"X-Team": "growth"},
        }
        with hooking(broker, tmp_path, unique, ("id.js", BY_ID), **job, max_per_second=500) as (_, made):
            made.publish(enter(number) for number in range(EVENTS))
            victim = made.start()
            until(lambda: len(endpoint.requests) >= EVENTS // 3, "calls are made")
            victim.kill()
            assert made.lag() > 0
            last = made.start()
            until(lambda: made.lag() == 0, "all is committed")
            assert last.stop() == 0
            assert endpoint.ids.keys() == {f"e-{number}" for number in range(EVENTS)}
            assert all(endpoint.ids[name] >= 2 for name in LOST)
            made_calls = calls(made)
            assert made_calls.keys() == endpoint.ids.keys()
            assert {one.status for found in made_calls.values() for one in found} == {200}
            assert {path for _, path, _, _ in endpoint.requests} == {f"/in/e-{number}" for number in range(EVENTS)}
            assert {headers["x-team"] for _, _, headers, _ in _lowered(endpoint)} == {"growth"}
            assert not any("authorization" in headers for _, _, headers, _ in _lowered(endpoint))
            assert made.dead_letters() == []


def test_with_repeat_never_nobody_is_called_twice_and_who_may_not_have_been_is_a_dead_letter(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Endpoint(LOST) as endpoint:
        job: dict[str, Any] = {
            "url": f"{endpoint.url}/in",
            "allow_private": True,
            "repeat": "never",
            "max_per_second": 500,
        }
        with hooking(broker, tmp_path, unique, ("id.js", BY_ID), **job) as (_, made):
            made.publish(enter(number) for number in range(EVENTS))
            victim = made.start()
            until(lambda: len(endpoint.requests) >= EVENTS // 3, "calls are made")
            victim.kill()
            assert made.lag() > 0
            last = made.start()
            until(lambda: made.lag() == 0, "all is committed")
            assert last.stop() == 0
            assert set(endpoint.ids.values()) == {1}
            letters = {orjson.loads(letter.value or "")["event_id"] for letter in made.dead_letters()}
            assert endpoint.ids.keys() | letters == {f"e-{number}" for number in range(EVENTS)}
            assert letters >= LOST & endpoint.ids.keys()
            assert letters != LOST, "nothing was on its way when the process was killed"


def test_what_fails_in_a_template_is_a_dead_letter_and_the_rest_goes_on(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    text = "module.exports = (e) => { if (e.profile_id === 'u-7') for (;;) {}\n return { id: e.event_id } }\n"
    with Endpoint() as endpoint:
        job: dict[str, Any] = {"url": f"{endpoint.url}/in"}
        with hooking(broker, tmp_path, unique, ("loop.js", text), **job) as (_, made):
            made.publish(enter(number) for number in range(100))
            worker = made.start()
            until(lambda: made.lag() == 0, "all is committed")
            assert worker.stop() == 0
            assert set(endpoint.ids) == {f"e-{number}" for number in range(100) if number != 7}
            (letter,) = made.dead_letters()
            assert (letter.reason, letter.detail) == ("template_failed", "loop.js:1:47: took longer than 100 ms")
            assert orjson.loads(letter.value or "") == enter(7)


def test_reports_of_infobips_go_on_to_a_teams_own_url(broker: Broker, tmp_path: Path, unique: str) -> None:
    forward = "module.exports = (report) => ({ id: report.report_id, status: report.status_name, report })\n"
    with Endpoint() as endpoint:
        job: dict[str, Any] = {
            "url": f"{endpoint.url}/reports/{{{{message_id}}}}",
            "allow_private": True,
            "method": "PUT",
        }
        with hooking(broker, tmp_path, unique, ("forward.js", forward), **job) as (_, made):
            made.change(topics=[f"{unique}.infobip_delivery_reports"], audiences=[])
            address = with_webhooks(made)
            worker = made.start()
            listens(address)
            body = {"results": [report(f"m-{number}") for number in range(20)]}
            assert httpx.post(f"{address}/reports/sms", json=body).status_code == httpx.codes.OK
            until(lambda: len(endpoint.ids) == 20, "all reports are passed on")
            assert {(method, path) for method, path, _, _ in endpoint.requests} == {
                ("PUT", f"/reports/m-{number}") for number in range(20)
            }
            written = {orjson.loads(one.value())["report_id"]: orjson.loads(one.value()) for one in made.read(REPORTS)}
            assert {said["id"]: said["report"] for *_, said in endpoint.requests} == written
            until(lambda: calls(made).keys() == written.keys(), "each is told of by its own id")
            assert worker.stop() == 0


REPORTS = "infobip_delivery_reports"


def _lowered(endpoint: Endpoint) -> list[tuple[str, str, dict[str, str], object]]:
    """What was asked, with the names of headers in lower case."""
    return [
        (method, path, {name.lower(): value for name, value in headers.items()}, body)
        for method, path, headers, body in endpoint.requests
    ]
