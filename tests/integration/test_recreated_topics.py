"""A topic that is deleted and made anew is another topic: it is noticed, told of, read, and counted."""

from pathlib import Path

import pytest

from tests.integration.brokers import Broker
from tests.integration.events import drain, emails, event
from tests.integration.harness import QUICK, SimulatorThread, corridor, until

pytestmark = [pytest.mark.broker, pytest.mark.kafka]


def test_one_that_is_made_anew_while_the_job_runs(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(existing_members=False)
        worker = made.start(point=QUICK)
        until(lambda: worker.said("partitions_assigned"), "it reads")
        made.publish(event(n) for n in range(100))
        drain(made)
        made.make_topic_anew()
        # As many as before, and more: nothing but the topic's id tells that these are others.
        made.publish(event(n) for n in range(100, 260))
        until(lambda: infobip.tagged("VIP") == emails(range(260)), "all events of the new topic are read", 30)
        drain(made)
        assert worker.said("topic_recreated")
        assert made.status()["events"] == 260
        assert worker.stop() == 0


def test_one_that_is_made_anew_while_the_job_is_stopped(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(existing_members=False)
        worker = made.start()
        until(lambda: worker.said("partitions_assigned"), "it reads")
        made.publish(event(n) for n in range(100))
        drain(made)
        assert worker.stop() == 0
        made.make_topic_anew()
        made.publish(event(n) for n in range(100, 130))
        # What a process that had not heard of it may still commit.
        made.commit({0: 40, 1: 5})
        worker = made.start()
        until(lambda: infobip.tagged("VIP") == emails(range(130)), "all events of the new topic are read", 30)
        drain(made)
        assert worker.said("topic_recreated")
        assert made.status()["events"] == 130
        assert worker.stop() == 0
        # From then on it is a topic like any other.
        made.publish(event(n) for n in range(130, 140))
        worker = made.start()
        drain(made)
        assert not worker.said("topic_recreated")
        assert made.status()["events"] == 140
        assert worker.stop() == 0
