"""What the brokers lose: committed offsets, the end of a log, events that nobody has read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from tests.integration.brokers import Broker
from tests.integration.events import drain, emails, event
from tests.integration.harness import Corridor, SimulatorThread, corridor, until
from tests.integration.sends import enter, sending, sent

pytestmark = [pytest.mark.broker, pytest.mark.kafka]


@pytest.fixture
def infobip() -> Iterator[SimulatorThread]:
    """A simulated Infobip."""
    with SimulatorThread() as thread:
        yield thread


@pytest.fixture
def made(broker: Broker, infobip: SimulatorThread, tmp_path: Path, unique: str) -> Iterator[Corridor]:
    """A job on one partition, of which it has read a hundred events."""
    with corridor(broker.bootstrap, infobip.url, tmp_path, unique, 1) as made:
        made.publish(event(n) for n in range(100))
        worker = made.start()
        drain(made)
        assert worker.stop() == 0
        yield made


def test_a_send_whose_offsets_are_lost_goes_on_where_it_was(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (infobip, made):
        made.publish(enter(number) for number in range(100))
        worker = made.start()
        drain(made)
        assert worker.stop() == 0
        made.delete_group()
        made.publish(enter(number) for number in range(100, 120))
        calls = infobip.count("send_sms")
        worker = made.start()
        drain(made)
        assert worker.said("offsets_lost")
        assert len(sent(infobip)) == 120
        # Not even tried: what Infobip knows of ids is not what keeps them from being messaged again.
        assert infobip.count("send_sms") - calls <= made.partitions
        assert worker.stop() == 0


def test_a_kill_before_positions_are_kept_loses_nothing_that_was_told(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with sending(broker, tmp_path, unique) as (infobip, made):
        worker = made.start()
        until(lambda: worker.said("partitions_assigned"), "it reads")
        made.publish(enter(number) for number in range(50))
        drain(made)
        worker.kill()
        until(made.delete_group, "the group is empty once the session is over, and deleted")
        calls = infobip.count("send_sms")
        worker = made.start()
        drain(made)
        assert worker.said("offsets_lost")
        assert worker.stop() == 0
        assert infobip.count("send_sms") == calls
        assert len(sent(infobip)) == 50


def test_what_others_went_past_is_not_lost_with_the_offsets(broker: Broker, tmp_path: Path, unique: str) -> None:
    """Windows tell of what they have done before those in front of them are."""
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(flush={"max_events": 100, "max_seconds": 1}, give_up_after={"minutes": 10})
        infobip.do(lambda: infobip.simulator.faults.add("upsert_persons:status=500,containing=p777@example.com"))
        made.publish(event(number) for number in range(2000))
        worker = made.start()
        until(lambda: len(infobip.tagged("VIP")) == 1999, "all others are tagged")
        until(lambda: sum(flush.events for flush in made.flushes()) == 1999, "all others are told of")
        worker.kill()
        infobip.do(infobip.simulator.faults.clear)
        until(made.delete_group, "the group is empty once the session is over, and deleted")
        worker = made.start()
        drain(made)
        assert worker.said("offsets_lost")
        assert worker.stop() == 0
        assert infobip.tagged("VIP") == emails(range(2000))
        assert made.offsets_told() == made.offsets_published()


def test_offsets_that_were_reset_to_a_chosen_place_are_gone_by(made: Corridor, infobip: SimulatorThread) -> None:
    upserted = infobip.count("upsert_persons")
    made.commit({0: 40})
    worker = made.start()
    drain(made)
    assert infobip.count("upsert_persons") == upserted + 1
    assert sum(flush.events for flush in made.flushes()) == 160
    made.publish(event(n) for n in range(100, 110))
    assert worker.stop() == 0


def test_a_log_that_ends_before_what_was_committed_is_told_of_and_read_on(
    made: Corridor, infobip: SimulatorThread
) -> None:
    made.commit({0: 120})
    worker = made.start()
    until(lambda: worker.said("log_truncated"), "it is told of")
    made.publish(event(n) for n in range(100, 150))
    until(lambda: infobip.tagged("VIP") == emails(range(150)), "what came later is read", 30)
    drain(made)
    assert worker.said("committed=120 end=100")
    assert worker.stop() == 0


def test_what_retention_deletes_is_told_of_at_the_start_and_later(made: Corridor, infobip: SimulatorThread) -> None:
    made.publish(event(n) for n in range(100, 130))
    admin = AdminClient(made.settings)
    until_120 = TopicPartition(made.topic, 0, 120)
    admin.delete_records([until_120])[until_120].result(30)
    worker = made.start()
    until(lambda: worker.said("events_expired") and made.lag() == 0, "it is told of at the start")
    assert worker.said("events=20: deleted by the topic's retention")
    assert infobip.tagged("VIP") == emails(range(100)) | emails(range(120, 130))
    assert worker.stop() == 0
