"""What brokers refuse, in words: which address, what is refused, and what to do."""

import asyncio
import time
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from schemas.config.kafka import KafkaSettings
from streams.errors import NotAllowed, StreamsError
from streams.kafka import refusals
from streams.kafka import retry as kafka
from streams.kafka.complaints import Complaints, complaints_of
from streams.kafka.knock import Away, Refusal, parted
from streams.kafka.refusals import Asked, in_words, why
from streams.kafka.retry import ASKER, Asker, retry_until_available

AWAY = KafkaError(KafkaError._TRANSPORT, "Failed to get metadata: Local: Broker transport failure")
LOGIN = KafkaError(
    KafkaError._AUTHENTICATION,
    "sasl_ssl://b-1:9093/bootstrap: SASL authentication error: invalid credentials (after 7ms in state AUTH_REQ)",
)
WHERE = "grant it; `infobip-streams topics --acls` lists all that are needed"


def settings(**said: Any) -> KafkaSettings:
    return KafkaSettings.model_validate({"brokers": "b-1:9093", **said})


SIGNED_IN = settings(security={"protocol": "SASL_SSL", "mechanism": "PLAIN", "username": "u", "password": "p"})


@pytest.fixture
def knocks(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """What knocking meets; nothing: the listener would take us."""
    met: list[Exception] = []

    def knock(*_: Any) -> None:
        if met:
            raise met[0]

    monkeypatch.setattr(refusals, "knock", knock)
    return met


@pytest.mark.parametrize(
    ("expected", "code", "asked"),
    [
        ("READ topic t", KafkaError.TOPIC_AUTHORIZATION_FAILED, {"topic": "t", "group": "g"}),
        ("READ group g", KafkaError.GROUP_AUTHORIZATION_FAILED, {"topic": "t", "group": "g"}),
        ("ALTER topic t", KafkaError.TOPIC_AUTHORIZATION_FAILED, {"operation": "ALTER", "topic": "t"}),
        ("WRITE transactional id x", KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, {"name": "x"}),
        ("WRITE any topic", KafkaError.CLUSTER_AUTHORIZATION_FAILED, {}),
    ],
)
def test_a_missing_permission_is_named(expected: str, code: int, asked: dict[str, str]) -> None:
    assert str(Asked("b:1", **asked).refused(KafkaError(code))) == f"b:1: no ACL lets us {expected}: {WHERE}"


@pytest.mark.parametrize("code", [KafkaError._TRANSPORT, KafkaError.TOPIC_AUTHORIZATION_FAILED])
def test_what_was_not_asked_is_not_named(code: int) -> None:
    assert Asked("b:1", group="g").refused(KafkaError(code)) is None


@pytest.mark.usefixtures("knocks")
def test_the_complaint_that_tells_most_is_heard() -> None:
    complaints = complaints_of({"error_cb": Complaints()})
    began = time.monotonic()
    for error in (LOGIN, KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"), AWAY):
        complaints(error)
    told = why(SIGNED_IN, complaints, AWAY, began)
    assert told.text == (
        "b-1:9093: it refuses the login of u (SASL authentication error: invalid credentials): "
        "see kafka.security.username and password"
    )
    assert told.final
    assert why(SIGNED_IN, complaints, AWAY, time.monotonic() + 1).text == f"b-1:9093: {AWAY.str()}", "it was long ago"


def test_what_knocking_meets_is_told_before_what_clients_guess(knocks: list[Exception]) -> None:
    knocks.append(Refusal("b-1:9093: its certificate has expired"))
    assert why(settings(), Complaints(), AWAY, 0.0) == ("b-1:9093: its certificate has expired", True)
    knocks[:] = [Away("b-1:9093: connection refused")]
    assert why(settings(), Complaints(), AWAY, 0.0) == ("b-1:9093: connection refused", False)


def test_a_token_that_cannot_be_had_is_told_first(knocks: list[Exception]) -> None:
    complaints = Complaints()
    complaints.no_token("signing:token: OSError: no route")
    knocks.append(Away("b-1:9093: connection refused"))
    told = why(settings(), complaints, AWAY, 0.0)
    assert told.text == "b-1:9093: kafka.security.token_provider: signing:token: OSError: no route"


def test_a_command_ends_in_one_line_with_the_address(knocks: list[Exception]) -> None:
    knocks.append(Away("b-1:9093: connection refused"))
    with pytest.raises(StreamsError, match=r"^kafka\.brokers: b-1:9093: connection refused$"), in_words(settings(), {}):
        raise KafkaException(AWAY)


@pytest.mark.parametrize(
    ("expected", "written"),
    [(("a", 9093), "a:9093"), (("a", 9092), "a"), (("::1", 9093), "[::1]:9093"), (("::1", 9092), "[::1]")],
)
def test_addresses_are_parted(expected: tuple[str, int], written: str) -> None:
    assert parted(written) == expected


def asked_by(job: str, ask: Any) -> Any:
    async def story() -> Any:
        ASKER.set(Asker(job, settings(), {}))
        return await retry_until_available(ask)

    return asyncio.run(story())


def test_who_is_refused_time_and_again_gives_up(
    monkeypatch: pytest.MonkeyPatch, knocks: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kafka, "WAIT_SECONDS", 0.0)
    knocks.append(Refusal("b-1:9093: its certificate has expired"))
    asked: list[int] = []

    def ask() -> None:
        asked.append(1)
        raise KafkaException(AWAY)

    with pytest.raises(NotAllowed, match=r"^b-1:9093: its certificate has expired\Z"):
        asked_by("vip", ask)
    assert len(asked) == kafka.REFUSALS
    assert caplog.messages == ["brokers_awaited job=vip reason=b-1:9093: its certificate has expired"]


def test_who_is_refused_once_is_asked_again(monkeypatch: pytest.MonkeyPatch, knocks: list[Exception]) -> None:
    """A broker that starts may refuse a login before it has read who may sign in."""
    monkeypatch.setattr(kafka, "WAIT_SECONDS", 0.0)
    meets: list[Exception | None] = [Refusal("b-1:9093: its certificate has expired"), Away("b-1:9093: away")] * 4

    def ask() -> str:
        knocks[:] = [meet for meet in meets[:1] if meet is not None]
        if not meets:
            return "answered"
        del meets[0]
        raise KafkaException(AWAY)

    assert asked_by("vip", ask) == "answered"
