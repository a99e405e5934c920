"""Senders killed in the middle: whoever takes over asks by name what was in flight, and nothing is even tried twice."""

from functools import partial
from pathlib import Path

import httpx
import pytest

from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.harness import SimulatorThread, until
from tests.integration.sends import enter, sending, sent, told

pytestmark = pytest.mark.kafka

EVENTS, OF_OTHERS = 6000, 5000
SENDS = "/sms/3/messages"


def others_send(infobip: SimulatorThread) -> None:
    """Somebody else sends by the same account, many messages in one request."""
    to = [{"to": f"44792{number:07d}"} for number in range(OF_OTHERS)]
    body = {"messages": [{"sender": "Other", "destinations": to, "content": {"text": "Hello"}}]}
    answer = httpx.post(f"{infobip.url}{SENDS}", json=body, headers={"Authorization": "App demo-key"}, timeout=60)
    assert answer.status_code == 200, answer.text


def ours(infobip: SimulatorThread) -> int:
    """How many messages of ours Infobip has."""
    return int(infobip.do(lambda: len(infobip.simulator.outbox.messages))) - OF_OTHERS


@pytest.mark.parametrize("processes", [1, 2])
def test_nothing_that_was_in_flight_at_a_kill_is_even_tried_again(
    processes: int, broker: Broker, tmp_path: Path, unique: str
) -> None:
    lost = "send_sms:lose_answer,probability=0.05,seed=7"
    options = SimulatorOptions(latency_seconds=0.03, faults=(lost,))
    with sending(broker, tmp_path, unique, options, existing_members=True) as (infobip, made):
        others_send(infobip)
        made.publish(enter(number) for number in range(EVENTS))
        workers = [made.start() for _ in range(processes)]
        for part in (0.25, 0.5, 0.75):
            until(partial(lambda enough: ours(infobip) >= enough, part * EVENTS), "messages go out", 120)
            workers.pop(0).kill()
            workers.append(made.start())
        until(lambda: made.lag() == 0, "all is committed", 180)
        assert [worker.stop() for worker in workers] == [0] * processes
        messages = [message for message in sent(infobip) if message.sender != "Other"]
        assert len(messages) == len({message.to for message in messages}) == EVENTS
        assert sum(message.duplicates for message in messages) == 0
        assert len(told(made)) == EVENTS
        assert {message.status for message in told(made).values()} == {"enqueued"}


def test_what_a_job_did_while_its_requests_had_another_name_is_looked_for_by_ids(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    """Notes of windows that had names say nothing of those that had none."""
    with sending(broker, tmp_path, unique, SimulatorOptions(), existing_members=True) as (infobip, made):
        for first, bulk_id, point in ((0, None, None), (100, "promo", "sent_then_killed:1"), (200, None, None)):
            made.change(bulk_id=bulk_id)
            worker = made.start(point=point)
            made.publish(enter(number) for number in range(first, first + 100))
            if point is None:
                until(lambda: made.lag() == 0, "all is committed", 120)
                assert worker.stop() == 0
            else:
                worker.process.wait(120)
        messages = sent(infobip)
        assert len(messages) == len({message.to for message in messages}) == 300
        assert sum(message.duplicates for message in messages) == 0
