"""Audiences that share a tag, on a real broker: over more partitions, other audiences, and records written late."""

from pathlib import Path

import pytest
from confluent_kafka import Producer

from tests.integration.brokers import Broker
from tests.integration.events import drain, emails, event, grow
from tests.integration.harness import Corridor, SimulatorThread, corridor

pytestmark = pytest.mark.kafka


def run(made: Corridor, code: int = 0) -> None:
    """Run until all is read."""
    worker = made.start()
    drain(made)
    assert worker.stop() == code


def test_partitions_may_be_added(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 1) as made:
        made.change(audiences=["vip", "gold"])
        made.publish(event(n, audience=audience) for n in range(60) for audience in ("vip", "gold"))
        run(made)
        grow(made, 4)
        made.publish(event(n, "exit", "gold") for n in range(60))
        made.publish(event(n, "exit", "vip") for n in range(20))
        worker = made.start()
        drain(made)
        assert worker.said(f"topic_grown topic={unique}.infobip_memberships_{unique} partitions=4")
        assert infobip.tagged("VIP") == emails(range(20, 60))
        worker.kill()
        # As if a process had slept since before: it says of one who left that they are there.
        state = f"infobip_memberships_{unique}"
        known = [one for one in made.read(state) if one.key() == b"u-5"]
        partition = next(one.partition() for one in known if one.value() is None)
        producer = Producer(made.settings)
        producer.produce(f"{unique}.{state}", key=b"u-5", value=known[0].value(), partition=partition)
        assert producer.flush(30) == 0
        made.publish(event(n, "exit", "vip") for n in range(20, 40))
        run(made)
        last = {one.partition(): one.value() for one in made.read(state) if one.key() == b"u-5"}
        assert set(last.values()) == {None}, "what was written late is mended"
        assert infobip.tagged("VIP") == emails(range(40, 60))


def test_an_audience_that_comes_to_a_tag_is_made_up_for(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.publish(event(n, audience=audience) for n in range(30) for audience in ("vip", "gold"))
        run(made)
        made.change(audiences=["vip", "gold"], on_change="keep")
        made.publish(event(n, "exit", "gold") for n in range(30))
        made.publish(event(n, "exit", "vip") for n in range(10))
        worker = made.start()
        drain(made)
        assert infobip.tagged("VIP") == emails(range(10, 30))
        assert worker.said(f"membership_made_up_for job={unique} partition=0 from=0")
        assert worker.said(f"configuration_changed job={unique}")
        assert worker.stop() == 0


def test_who_cannot_be_known_any_more_is_told_in_a_line(broker: Broker, tmp_path: Path, unique: str) -> None:
    compacted = {"cleanup.policy": "compact"}
    with (
        SimulatorThread() as infobip,
        corridor(broker.bootstrap, infobip.url, tmp_path, unique, 1, topic_config=compacted) as made,
    ):
        made.publish(event(n) for n in range(5))
        run(made)
        made.change(audiences=["vip", "gold"], on_change="keep")
        worker = made.start()
        assert worker.process.wait(60) == 1
        assert worker.said("so far it was noted who is in none")
        assert worker.said("because it is compacted; rename the job")
        assert not worker.said("Traceback")
