"""What Infobip has to tell of messages, what came of it to Kafka, and whether the two are the same."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from confluent_kafka import Consumer, TopicPartition

from schemas.records.delivery_report import DeliveryReport
from streams.simulator.feedback.courses import steps_of
from streams.simulator.feedback.times import wire_time
from tests.integration.harness import Corridor, SimulatorThread

REPORTS = "infobip_delivery_reports"
READ_SECONDS = 0.3
#: Times are told to the millisecond.
MILLISECOND = timedelta(milliseconds=1)


class End(NamedTuple):
    """What one delivery report tells: which message, what became of it, and when."""

    message_id: str | None
    status_id: int | None
    done_at: datetime | None


class Follower:
    """Reads a topic of ours on and on: each record once."""

    def __init__(self, made: Corridor, topic: str) -> None:
        self._consumer = Consumer({**made.settings, "group.id": "follower", "auto.offset.reset": "earliest"})
        name = f"{made.name}.{topic}"
        found = self._consumer.list_topics(name, timeout=30).topics[name]
        self._consumer.assign([TopicPartition(name, number, 0) for number in found.partitions])

    def more(self) -> Iterator[Any]:
        """Give the records that have come since; it waits a little for the first."""
        while records := self._consumer.consume(10_000, READ_SECONDS):
            yield from (record for record in records if record.error() is None)

    def close(self) -> None:
        """Read no more."""
        self._consumer.close()


def ends_told(infobip: SimulatorThread) -> set[End]:
    """All that Infobip has to tell of the delivery of its messages."""
    messages = infobip.do(lambda: list(infobip.simulator.outbox.messages))
    return {
        End(sent.message_id, step.status.id, datetime.fromisoformat(wire_time(step.done_at)))
        for sent in messages
        for step in steps_of(sent)
        if step.kind == "delivery" and step.status is not None
    }


def counted(infobip: SimulatorThread, word: str) -> int:
    """How many reports met this end, of all channels and kinds."""
    rows = infobip.do(lambda: list(infobip.simulator.office.ledger.rows()))
    return sum(row[word] for row in rows)


def check_reports(made: Corridor, told: set[End]) -> Counter[str]:
    """Fail unless each that was told is there under one id of its own, and no other; records by their source."""
    ids: defaultdict[str, set[End]] = defaultdict(set)
    sources: Counter[str] = Counter()
    for record in made.read(REPORTS):
        report = DeliveryReport.model_validate_json(record.value())
        assert (record.key() or b"").decode() == report.message_id
        ids[report.report_id].add(End(report.message_id, report.status_id, report.done_at))
        sources[report.source] += 1
    assert all(len(ends) == 1 for ends in ids.values()), "two reports have one id"
    found = [end for ends in ids.values() for end in ends]
    assert not set(found) - told, f"made up: {[*set(found) - told][:3]}"
    assert not told - set(found), f"lost: {len(told - set(found))}, such as {[*told - set(found)][:3]}"
    assert len(found) == len(told), "a report has two ids"
    return sources


def read_json(record: Any) -> dict[str, Any]:
    """A record's value."""
    value: dict[str, Any] = orjson.loads(record.value())
    return value
