"""Topics read to their end that somebody deletes or makes anew in the midst of it."""

from collections.abc import Iterator
from itertools import islice

import pytest
from confluent_kafka import KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from streams.kafka import compacted
from streams.kafka.compacted import read_topic
from tests.integration.brokers import Broker
from tests.integration.harness import make_topic

pytestmark = pytest.mark.kafka

RECORDS = 5_000
#: So little is fetched ahead that most records are still the broker's when the first is read.
LITTLE = {"queued.max.messages.kbytes": 1, "queued.min.messages": 1, "fetch.message.max.bytes": 20_000}


def begun(broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch) -> tuple[AdminClient, Iterator[Message]]:
    """A topic of many records of which the first is read."""
    settings = {"bootstrap.servers": broker.bootstrap}
    monkeypatch.setattr(compacted, "SILENT_SECONDS", 0.5)
    admin = AdminClient(settings)
    make_topic(admin, topic, 1)
    producer = Producer(settings)
    for number in range(RECORDS):
        producer.produce(topic, number.to_bytes(1000), partition=0)
        producer.poll(0)
    assert producer.flush(60) == 0
    reader = read_topic(settings | LITTLE, topic, [0])
    assert next(reader).offset() == 0
    return admin, reader


def test_whoever_reads_a_topic_that_is_deleted_hears_of_it(
    broker: Broker, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, reader = begun(broker, unique, monkeypatch)
    admin.delete_topics([unique])[unique].result(30)
    with pytest.raises(KafkaException, match="Unknown"):
        list(reader)


def test_whoever_reads_a_topic_that_is_made_anew_ends(
    broker: Broker, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, reader = begun(broker, unique, monkeypatch)
    admin.delete_topics([unique])[unique].result(30)
    make_topic(admin, unique, 1)
    assert len(list(islice(reader, RECORDS))) < RECORDS
