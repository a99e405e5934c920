"""The broker under the tests does what tests rely on."""

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.integration.brokers import PASSWORD, USERNAME, Broker

pytestmark = pytest.mark.broker


def test_it_keeps_what_it_acknowledged(broker: Broker, unique: str) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    producer.produce(unique, b"kept")
    assert producer.flush(30) == 0
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": unique})
    consumer.assign([TopicPartition(unique, 0, 0)])
    message = consumer.poll(30)
    consumer.close()
    assert message is not None
    assert message.value() == b"kept"


@pytest.mark.kafka
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_it_asks_for_a_login(broker: Broker, mechanism: str) -> None:
    if broker.sasl_bootstrap is None:
        pytest.fail("this broker's listeners with a login are not known: run on Apache Kafka from its jars")
    login = {
        "bootstrap.servers": broker.sasl_bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": mechanism,
        "sasl.username": USERNAME,
        "log_level": 0,
    }
    assert AdminClient({**login, "sasl.password": PASSWORD}).list_topics(timeout=20).brokers
    with pytest.raises(KafkaException):
        AdminClient({**login, "sasl.password": "wrong"}).list_topics(timeout=5)
