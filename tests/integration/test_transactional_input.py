"""Events written in transactions: only those that are committed count, and markers are no events."""

from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest
from confluent_kafka import Producer

from tests.integration.brokers import Broker
from tests.integration.events import emails, event
from tests.integration.harness import QUICK, Corridor, SimulatorThread, Worker, corridor, until

pytestmark = [pytest.mark.broker, pytest.mark.kafka]

#: More looks than a partition may stand still for.
STALL_SECONDS = 16.0


class Segments:
    """A transactional producer, as of Kafka Streams or Flink."""

    def __init__(self, made: Corridor, name: str) -> None:
        self._topic = made.topic
        self.producer = Producer({**made.settings, "transactional.id": name, "transaction.timeout.ms": 60_000})
        self.producer.init_transactions(30)

    def begin(self, numbers: Iterable[int]) -> None:
        """Write events in a transaction, and leave it open."""
        self.producer.begin_transaction()
        for number in numbers:
            value = orjson.dumps(event(number))
            self.producer.produce(self._topic, key=f"u-{number}", value=value)
        assert self.producer.flush(30) == 0

    def commit(self, numbers: Iterable[int]) -> None:
        """Write events in a transaction that is committed."""
        self.begin(numbers)
        self.producer.commit_transaction(30)

    def abort(self, numbers: Iterable[int]) -> None:
        """Write events in a transaction that is aborted."""
        self.begin(numbers)
        self.producer.abort_transaction(30)


def is_at_rest(made: Corridor) -> bool:
    """Whether `status` and a consumer's own view agree that nothing is to come."""
    return made.lag() == 0 and set(made.status()["lag"].values()) == {0}


def passes(worker: Worker, seconds: float) -> None:
    """Let time pass in which the worker must say nothing of a stall."""
    with pytest.raises(AssertionError, match="told"):
        until(lambda: worker.said("job_stalled"), "a stall is told", seconds)


def test_only_what_is_committed_counts_and_markers_are_no_lag(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        segments, others = Segments(made, unique), Segments(made, f"{unique}-others")
        segments.abort(range(5))
        worker = made.start(point=QUICK)
        until(lambda: worker.said("partitions_assigned"), "it reads")
        until(lambda: is_at_rest(made), "a log of nothing but an aborted transaction is read through")
        segments.commit(range(10, 40))
        segments.abort(range(40, 50))
        until(lambda: is_at_rest(made), "the markers behind the last event are read through")
        until(
            lambda: infobip.tagged("VIP") == emails(range(10, 40)), "those whose transaction was committed are tagged"
        )
        segments.begin(range(50, 60))
        others.commit(range(60, 70))
        until(lambda: worker.said("transaction_open"), "the open transaction is told of", 30)
        until(lambda: "a transaction has been open for" in made.status()["detail"], "`status` tells it, too", 30)
        assert infobip.tagged("VIP") == emails(range(10, 40))
        assert min(made.status()["lag"].values()) >= 0
        segments.producer.abort_transaction(30)
        until(lambda: is_at_rest(made), "it goes on behind the aborted one")
        assert infobip.tagged("VIP") == emails(range(10, 40)) | emails(range(60, 70))
        for _ in range(2):
            segments.abort(range(70, 80))
            until(lambda: is_at_rest(made), "markers behind markers are read through")
        passes(worker, STALL_SECONDS)
        assert made.status()["detail"] == ""
        assert worker.stop() == 0
        assert len(infobip.people()) == 40
        assert made.outcomes().total() == 40


def test_later_members_begin_behind_an_open_transaction(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 1) as made:
        made.change(existing_members=False)
        segments = Segments(made, unique)
        segments.begin(range(5))
        made.publish(event(n) for n in range(5, 10))
        worker = made.start()
        until(lambda: worker.said("partitions_assigned"), "it reads")
        segments.producer.commit_transaction(30)
        segments.commit(range(10, 20))
        until(lambda: infobip.tagged("VIP") == emails(range(10, 20)), "who came later is tagged")
        until(lambda: is_at_rest(made), "nothing is to come")
        assert worker.stop() == 0
        assert len(infobip.people()) == 10
