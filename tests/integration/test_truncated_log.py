"""A log that has lost its end, as after an unclean election: noticed, told of, and read on from where it ended."""

from pathlib import Path

import pytest

from tests.integration.apache_kafka import KafkaFromJars
from tests.integration.brokers import Node
from tests.integration.events import drain, emails, event
from tests.integration.harness import Corridor, SimulatorThread, corridor, until

pytestmark = [pytest.mark.broker, pytest.mark.kafka]


def publish(made: Corridor, numbers: range) -> None:
    """Publish events, ten in a batch, so that the log can be cut between them."""
    for first in range(numbers.start, numbers.stop, 10):
        made.publish(event(n) for n in range(first, first + 10))


def test_a_log_that_lost_its_end_is_noticed_even_when_it_has_grown_again(
    node: Node, tmp_path: Path, unique: str
) -> None:
    if not isinstance(node, KafkaFromJars):
        pytest.skip("needs the broker's files: have Java 17 and Maven, and no Docker engine")
    with SimulatorThread() as infobip, corridor(node.bootstrap, infobip.url, tmp_path, unique, 1) as made:
        worker = made.start()
        until(lambda: worker.said("partitions_assigned"), "it reads")
        publish(made, range(100))
        drain(made)
        # While it reads: its next offset is out of range.
        node.kill()
        node.cut(made.topic, 0, 60)
        node.start()
        until(lambda: worker.said("log_truncated"), "it is noticed while the job runs", 60)
        publish(made, range(100, 120))
        until(lambda: infobip.tagged("VIP") == emails(range(120)), "what came later is read", 30)
        drain(made)
        assert worker.stop() == 0
        # While it is stopped: the log ends behind what was committed again when it comes back.
        node.kill()
        node.cut(made.topic, 0, 60)
        node.start()
        publish(made, range(200, 240))
        worker = made.start()
        until(lambda: infobip.tagged("VIP") >= emails(range(200, 240)), "what replaced the lost events is read", 30)
        drain(made)
        assert worker.said("log_truncated")
        assert worker.stop() == 0
        worker = made.start()
        until(lambda: worker.said("partitions_assigned"), "it reads again")
        assert not worker.said("log_truncated")
        assert worker.stop() == 0
