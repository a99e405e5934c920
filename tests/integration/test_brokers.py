"""The broker under the tests does what tests rely on."""

from collections.abc import Callable

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from streams.errors import StreamsError
from tests.integration.apache_kafka import environment_name
from tests.integration.brokers import PASSWORD, USERNAME, Broker, Node, any_broker, main
from tests.integration.harness import LOOK_SECONDS, until

pytestmark = pytest.mark.broker


def publish(bootstrap: str, topic: str, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all"})
    producer.produce(topic, value)
    assert producer.flush(30) == 0


def first(bootstrap: str, topic: str) -> bytes | None:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic})
    consumer.assign([TopicPartition(topic, 0, 0)])
    message = consumer.poll(30)
    consumer.close()
    return None if message is None else message.value()


def signing_in(bootstrap: str, mechanism: str, password: str, told: Callable[[KafkaError], None]) -> AdminClient:
    return AdminClient(
        {
            "bootstrap.servers": bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": mechanism,
            "sasl.username": USERNAME,
            "sasl.password": password,
            "error_cb": told,
            "log_level": 0,
        }
    )


def test_it_keeps_what_it_acknowledged(broker: Broker, unique: str) -> None:
    publish(broker.bootstrap, unique, b"kept")
    assert first(broker.bootstrap, unique) == b"kept"


@pytest.mark.kafka
def test_it_keeps_address_and_data_over_restarts_and_kills(node: Node, unique: str) -> None:
    publish(node.bootstrap, unique, b"kept")
    node.restart()
    assert first(node.bootstrap, unique) == b"kept"
    node.kill()
    with pytest.raises(KafkaException):
        AdminClient({"bootstrap.servers": node.bootstrap, "log_level": 0}).list_topics(timeout=1)
    node.start()
    assert first(node.bootstrap, unique) == b"kept"


@pytest.mark.kafka
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_it_takes_the_right_password_and_refuses_another(sasl_bootstrap: str, mechanism: str) -> None:
    errors: list[KafkaError] = []
    assert signing_in(sasl_bootstrap, mechanism, PASSWORD, errors.append).list_topics(timeout=20).brokers
    assert errors == []
    refused = signing_in(sasl_bootstrap, mechanism, "wrong", errors.append)
    until(lambda: refused.poll(LOOK_SECONDS) and bool(errors), "the other password refused", 20)
    assert errors[0].code() == KafkaError._AUTHENTICATION


def test_brokers_that_are_named_and_do_not_answer_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.integration.brokers.ANSWER_SECONDS", 0.1)
    monkeypatch.setenv("KAFKA_BROKERS", "127.0.0.1:1")
    with pytest.raises(StreamsError, match=r"do not answer: 127\.0\.0\.1:1"), any_broker():
        pass


def test_without_apache_kafka_ci_stops_and_others_get_the_embedded_broker(
    monkeypatch: pytest.MonkeyPatch, unique: str
) -> None:
    monkeypatch.delenv("KAFKA_BROKERS", raising=False)
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.setattr("tests.integration.kafka_jars.java_version", lambda: 11)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(StreamsError, match="no Docker engine answers; no Java 17 or newer"), any_broker():
        pass
    monkeypatch.delenv("CI")
    with any_broker() as broker:
        assert (broker.kind, broker.is_apache_kafka, broker.sasl_bootstrap, broker.node) == (
            "embedded",
            False,
            None,
            None,
        )
        publish(broker.bootstrap, unique, b"kept")
        assert first(broker.bootstrap, unique) == b"kept"


def test_a_command_runs_beside_a_broker_and_its_exit_code_is_kept(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_BROKERS", broker.bootstrap)
    assert main(["--", "sh", "-c", "echo at $KAFKA_BROKERS; exit 3"]) == 3
    assert f"at {broker.bootstrap}\n" in capfd.readouterr().out
    assert main(["sh"]) == 2


def test_settings_have_the_names_that_the_container_image_reads() -> None:
    name = environment_name("listener.name.sasl.scram-sha-512.sasl.jaas.config")
    assert name == "KAFKA_LISTENER_NAME_SASL_SCRAM___SHA___512_SASL_JAAS_CONFIG"
