"""Which answers of brokers are only early: the question is asked again, for as long as it takes."""

import asyncio

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.kafka import retry as kafka
from streams.kafka.retry import retry_until_available


@pytest.mark.parametrize(
    "code",
    [
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError._RESOLVE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.STALE_BROKER_EPOCH,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
        KafkaError._TRANSPORT,
    ],
)
def test_what_brokers_answer_while_they_move_leaders_or_recover_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(kafka, "WAIT_SECONDS", 0.0)
    answers: list[Exception | str] = [KafkaException(KafkaError(code)), KafkaException(KafkaError(code)), "answered"]

    def ask() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert asyncio.run(retry_until_available(ask)) == "answered"


def test_who_asks_for_no_job_names_none(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(kafka, "WAIT_SECONDS", 0.0)
    answers: list[Exception | None] = [KafkaException(KafkaError(KafkaError._ALL_BROKERS_DOWN)), None]

    def ask() -> None:
        if (answer := answers.pop(0)) is not None:
            raise answer

    asyncio.run(retry_until_available(ask))
    assert [one.getMessage() for one in caplog.records] == [
        "brokers_awaited reason=Local: All broker connections are down"
    ]


@pytest.mark.parametrize("code", [KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.TOPIC_EXCEPTION])
def test_what_no_patience_mends_is_raised(code: int) -> None:
    def ask() -> None:
        raise KafkaException(KafkaError(code))

    with pytest.raises(KafkaException):
        asyncio.run(retry_until_available(ask))
