"""Who gets no message on a real broker: whoever has had theirs, through kills and moves, and whoever is too late."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.brokers import Broker
from tests.integration.harness import Corridor, until
from tests.integration.sends import enter, sending, sent, told

pytestmark = pytest.mark.broker

PEOPLE = 60


def again(number: int, time: int) -> dict[str, Any]:
    """Somebody enters for the so manieth time."""
    return enter(number, event_id=f"e-{number}-{time}")


def words(made: Corridor) -> Counter[str]:
    """What became of the messages of all events, by their last words."""
    return Counter(message.message_status for message in told(made).values())


@pytest.mark.parametrize("point", ["sent_then_killed:2", "kill_before_record:2", "kill_before_commit:2"])
@pytest.mark.kafka
def test_everybody_gets_one_message_however_processes_die(
    point: str, broker: Broker, tmp_path: Path, unique: str
) -> None:
    with sending(broker, tmp_path, unique, once="ever", flush={"max_events": 20, "max_seconds": 0.2}) as (
        infobip,
        made,
    ):
        made.publish(again(number, time) for time in range(2) for number in range(PEOPLE))
        victim = made.start(point=point, instance="one")
        assert victim.process.wait(120) != 0
        made.publish(again(number, 2) for number in range(PEOPLE))
        last = made.start(instance="one")
        until(lambda: made.lag() == 0, "all is committed")
        assert last.stop() == 0
        messages = sent(infobip)
        assert len(messages) == len({message.to for message in messages}) == PEOPLE
        assert words(made) == {"Success": PEOPLE, "Error: Sent before": 2 * PEOPLE}
        assert {one.status for one in told(made).values() if one.message_status == "Error: Sent before"} == {
            "enqueue_failed"
        }
        assert not made.dead_letters()


def test_what_is_known_of_a_partition_moves_with_it(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique, once={"per": "day"}) as (infobip, made):
        made.publish(again(number, 0) for number in range(PEOPLE))
        first = made.start()
        until(lambda: made.lag() == 0, "all have theirs")
        second = made.start()
        until(lambda: second.said("last_messages_restored"), "the second takes a part over")
        made.publish(again(number, 1) for number in range(PEOPLE))
        until(lambda: made.lag() == 0, "all is read")
        assert first.stop() == 0
        made.publish(again(number, 2) for number in range(PEOPLE + 5))
        until(lambda: made.lag() == 0, "all is read by the other")
        assert second.stop() == 0
        assert len(sent(infobip)) == PEOPLE + 5
        assert words(made) == {"Success": PEOPLE + 5, "Error: Sent before": 2 * PEOPLE}


def test_who_is_too_late_is_told_of_and_gets_nothing(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique, max_age={"seconds": 30}) as (infobip, made):
        worker = made.start()
        until(lambda: worker.said("partitions_assigned"), "it reads")
        infobip.do(lambda: infobip.simulator.faults.add("*:status=503"))
        long_ago = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        soon_over = (datetime.now(UTC) - timedelta(seconds=15)).strftime("%Y-%m-%dT%H:%M:%SZ")
        later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        made.publish([enter(0, occurred_at=long_ago), enter(1, occurred_at=soon_over), enter(2, occurred_at=later)])
        over = datetime.fromisoformat(soon_over) + timedelta(seconds=32)
        until(lambda: datetime.now(UTC) > over, "the second is too late, too")
        infobip.do(infobip.simulator.faults.clear)
        until(lambda: made.lag() == 0, "all is committed")
        assert worker.stop() == 0
        assert [message.to for message in sent(infobip)] == ["447910000002"]
        records = told(made)
        assert [records[f"e-{number}"].message_status for number in range(3)] == [
            "Error: Event too old",
            "Error: Event too old",
            "Success",
        ]
        assert made.outcomes() == {"skipped": 2, "accepted": 1}
