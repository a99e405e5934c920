"""Messages sent when somebody enters an audience, on a real broker: who gets one, what is told, at which speed."""

import threading
import time
from pathlib import Path

import orjson
import pytest

from schemas.records.states import JobState
from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.harness import Corridor, until
from tests.integration.sends import enter, sending, sent, told

pytestmark = pytest.mark.broker


def states(made: Corridor) -> dict[str, str]:
    """What each job was said to be doing last."""
    others = (b"/start/", b"/position/", b"/ids", b"/configuration")
    records = [record for record in made.read("infobip_job_states") if not any(name in record.key() for name in others)]
    told = [JobState.model_validate_json(record.value()) for record in records]
    return {state.job: state.state for state in told}


def test_who_enters_gets_one_message_and_every_event_is_told_of(broker: Broker, tmp_path: Path, unique: str) -> None:
    options = SimulatorOptions(limits=None, statuses=("44799*=52",))
    with sending(broker, tmp_path, unique, options, callback_data={"who": "{{name}}"}) as (infobip, made):
        made.publish(enter(number) for number in range(1000))
        made.publish(
            [
                enter(7),  # published twice
                enter(1000, action="exit"),
                enter(1001, audience="vip"),
                enter(1002, profile={"name": "Ann"}),
                enter(1003, profile={"phone": "+447990000001"}),
                enter(1004, event_id=None),
                b"not an event",
            ]
        )
        worker = made.start()
        until(lambda: made.lag() == 0, "all is committed")
        assert worker.stop() == 0
        accepted = [message for message in sent(infobip) if not message.status.is_rejected]
        assert len(accepted) == len({message.to for message in accepted}) == 1001
        (first,) = [message for message in accepted if message.to == "447910000005"]
        assert first.content["text"] == "Hi Name 5"
        assert orjson.loads(first.callback_data) == {
            "job": unique,
            "event_id": "e-5",
            "profile_id": "u-5",
            "audience": "shipped",
            "who": "Name 5",
        }
        records = told(made)
        assert len(records) == 1003
        assert records["e-5"].message_id == first.message_id
        assert (records["e-5"].status, records["e-5"].message_status, records["e-5"].parts) == (
            "enqueued",
            "Success",
            1,
        )
        missing = records["e-1002"]
        assert (missing.status, missing.to) == ("enqueue_failed", None)
        assert missing.message_status == "Error: Missing phone number in request"
        refused = records["e-1003"]
        assert (refused.status, refused.status_id) == ("enqueue_failed", 52)
        assert refused.message_status == "Error: Invalid phone number"
        (nameless,) = [one for one in records.values() if one.profile_id == "u-1004"]
        assert nameless.event_id.startswith(f"{made.topic}-")
        outcomes = made.outcomes()
        assert outcomes["accepted"] == 1001
        assert outcomes["unchanged"] == 1
        assert outcomes["skipped"] == 3
        assert (outcomes["rejected"], outcomes["undecodable"]) == (1, 1)
        assert {letter.reason for letter in made.dead_letters()} == {"rejected", "undecodable"}
        assert made.offsets_told() == made.offsets_published()


def test_existing_members_get_nothing_unless_asked_for(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique, existing_members=False) as (infobip, made):
        made.publish(enter(number) for number in range(100))
        worker = made.start()
        until(lambda: worker.said("partitions_assigned"), "it reads")
        made.publish(enter(number) for number in range(100, 110))
        until(lambda: len(sent(infobip)) == 10, "the newcomers have theirs")
        assert worker.stop() == 0
        assert {message.to for message in sent(infobip)} == {f"44791{number:07d}" for number in range(100, 110)}


def test_who_enters_on_a_topic_that_was_awaited_is_no_existing_member(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with sending(broker, tmp_path, unique, existing_members=False) as (infobip, made):
        made.configuration["jobs"][0]["topics"] = [made.topic, f"{made.topic}.later"]
        worker = made.start()
        until(lambda: worker.said("topics_awaited"), "it waits")
        made.topic = f"{made.topic}.later"
        made.create_topic()
        made.publish(enter(number) for number in range(5))
        until(lambda: len(sent(infobip)) == 5, "they have their messages")
        assert worker.stop() == 0


def test_a_window_whose_answer_was_lost_is_looked_up_and_not_sent_again(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    options = SimulatorOptions(limits=None, faults=("send_sms:lose_answer,count=1", "send_sms:status=503,count=1"))
    with sending(broker, tmp_path, unique, options, max_per_request=1000) as (infobip, made):
        made.publish(enter(number) for number in range(400))
        worker = made.start()
        until(lambda: made.lag() == 0, "all is committed")
        assert worker.stop() == 0
        messages = sent(infobip)
        assert len(messages) == len({message.to for message in messages}) == 400
        assert sum(message.duplicates for message in messages) == 0
        assert {message.status for message in told(made).values()} == {"enqueued"}
        assert any(message.repeated for message in told(made).values())


@pytest.mark.kafka
def test_a_speed_limit_is_kept_by_two_processes_one_of_which_is_killed(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    limit = {"amount": 600, "per": "minute"}
    with sending(broker, tmp_path, unique, speed_limit=limit, flush={"max_seconds": 0.2}) as (infobip, made):
        made.publish(enter(number) for number in range(400))
        workers = [made.start(), made.start()]
        until(lambda: len(sent(infobip)) >= 120, "a third is sent")
        workers[1].kill()
        until(lambda: made.lag() == 0, "all is committed", 180)
        assert workers[0].stop() == 0
        messages = sent(infobip)
        assert len(messages) == len({message.to for message in messages}) == 400
        assert most_within([message.accepted_at for message in messages], 10.0) <= 100
        accepted = {message.message_id: message.accepted_at for message in messages}
        late = [
            record.sent_at.timestamp() - accepted[record.message_id]
            for record in told(made).values()
            if not record.repeated
        ]
        assert max(late) < 2  # told by the message, and not by the window of ten seconds
        assert {message.status for message in told(made).values()} == {"enqueued"}
        assert len(told(made)) == 400


def most_within(times: list[float], seconds: float) -> int:
    """The most that came within so many seconds, wherever these begin."""
    times = sorted(times)
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_a_restart_makes_no_burst(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique, speed_limit={"amount": 1, "per": "hour"}) as (infobip, made):
        made.publish(enter(number) for number in range(20))
        first = made.start(instance="one")
        until(lambda: len(sent(infobip)) == 1, "the first is sent")
        first.kill()
        second = made.start(instance="one")
        asked = infobip.count("list_sms_logs")
        # Whether its key is good, and what was in flight.
        until(lambda: infobip.count("list_sms_logs") > asked + 1, "it asks what was sent")
        threading.Event().wait(3)  # to see that nothing comes
        assert len(sent(infobip)) == 1
        began = time.monotonic()
        assert second.stop() == 0
        assert time.monotonic() - began < 25


def test_a_key_without_the_scope_to_send_does_not_stop_an_export(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (infobip, made):
        made.configuration["jobs"].append(made.job(f"{unique}-x", audiences=["shipped"]))
        worker = made.start()
        made.publish(enter(number) for number in range(100))
        until(lambda: made.lag() == 0 and made.lag(f"{unique}-x") == 0, "all is committed")
        people = frozenset({"people:read", "people:manage", "sms:logs:read"})
        infobip.do(lambda: infobip.simulator.set_key("demo-key", people))
        made.publish(enter(number) for number in range(100, 200))
        until(lambda: made.lag(f"{unique}-x") == 0, "the export goes on")
        until(lambda: worker.said("lacks the scope sms:message:send"), "it says what is missing")
        assert len(sent(infobip)) == 100
        until(lambda: states(made) == {unique: "unauthorized", f"{unique}-x": "running"}, "each says how it fares")
        assert worker.stop() == 0
        assert "+4479" not in worker.log.read_text()
