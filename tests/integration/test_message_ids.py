"""Message ids on a real broker: over a topic that is made anew, and over the change of their form."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from schemas.records.states import IdsChanged
from streams.pipeline.message_ids import MessageIds
from tests.integration.brokers import Broker
from tests.integration.harness import Corridor, SimulatorThread, until
from tests.integration.sends import enter, sending, sent, told
from tests.making import message_id

pytestmark = pytest.mark.broker


def unnamed(number: int) -> dict[str, Any]:
    return enter(number, event_id=None)


def start_anew(made: Corridor) -> None:
    """Delete the topic and the job's group, and make the topic again."""
    admin = AdminClient(made.settings)
    admin.delete_topics([made.topic])[made.topic].result(30)
    group = f"infobip-streams.{made.name}"
    admin.delete_consumer_groups([group])[group].result(30)
    until(lambda: made.topic not in admin.list_topics(timeout=30).topics, "the topic is gone")
    made.create_topic()


def test_events_of_a_topic_that_was_made_anew_are_others(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (infobip, made):
        made.publish(unnamed(number) for number in range(3))
        first = made.start()
        until(lambda: len(sent(infobip)) == 3, "the first have theirs")
        assert first.stop() == 0
        start_anew(made)
        made.publish(unnamed(number) for number in range(100, 104))
        second = made.start()
        until(lambda: made.lag() == 0, "all is committed")
        assert second.stop() == 0
        assert len({message.to for message in sent(infobip)}) == len(sent(infobip)) == 7
        assert len({one.message_id for one in told(made).values() if not one.repeated}) >= 4


def changed_at(made: Corridor) -> IdsChanged:
    notes = [one.value() for one in made.read("infobip_job_states") if one.key() == f"{made.name}/ids".encode()]
    return IdsChanged.model_validate_json(notes[-1])


def forget(made: Corridor) -> None:
    """Leave behind what a version does that knew nothing of ids' forms."""
    producer = Producer(made.settings)
    producer.produce(f"{made.name}.infobip_job_states", key=f"{made.name}/ids".encode(), value=None)
    assert producer.flush(30) == 0


def post(infobip: SimulatorThread, messages: list[dict[str, Any]]) -> None:
    """Send messages as somebody else would."""
    key = {"Authorization": "App demo-key"}
    httpx.post(f"{infobip.url}/sms/3/messages", headers=key, json={"messages": messages}, timeout=30).raise_for_status()


def test_a_job_that_begins_today_never_asks_for_ids_of_the_former_form(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        for _ in range(2):
            made.publish([enter(1)])
            worker = made.start()
            until(lambda: made.lag() == 0, "all is committed")
            assert worker.stop() == 0
        assert changed_at(made) == IdsChanged(job=unique, changed_at=None)


def test_a_job_that_sent_under_ids_of_the_former_form_sends_nothing_again(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    """What a version before sent is put into Infobip's logs, and its offsets are as it would have left them."""
    with sending(broker, tmp_path, unique, flush={"max_events": 2, "max_seconds": 1}) as (infobip, made):
        before = made.start()
        until(lambda: before.said("partitions_assigned"), "it has begun")
        assert before.stop() == 0
        forget(made)
        made.publish(enter(number) for number in range(10))
        ids = [MessageIds(unique).former(f"e-{number}") for number in range(10)]
        bodies = [
            {
                "sender": "Acme",
                "destinations": [{"to": f"44791{number:07d}", "messageId": ids[number]}],
                "content": {"text": "Hi"},
            }
            for number in range(8)
        ]
        post(infobip, bodies)
        after = made.start()
        until(lambda: made.lag() == 0, "all is committed")
        assert after.stop() == 0
        assert after.said("message_ids_changed")
        messages = sent(infobip)
        assert len(messages) == len({message.to for message in messages}) == 10
        records = told(made)
        assert [records[f"e-{number}"].message_id for number in range(8)] == ids[:8]
        assert all(records[f"e-{number}"].repeated for number in range(8))
        assert records["e-9"].message_id == message_id(unique, "e-9", "u-9", "shipped")
        noted = changed_at(made).changed_at
        assert noted is not None
        assert abs(datetime.now(UTC) - noted) < timedelta(minutes=5)
