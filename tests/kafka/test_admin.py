"""Whoever asks the brokers about topics is answered, or told that nobody answers; however many ask at once."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from confluent_kafka import KafkaException

from schemas.config.kafka import KafkaSettings
from streams.kafka import admin
from streams.kafka.admin import PATIENCE_WITH_A_CLIENT, TopicAdmin

ASKING = 4 * PATIENCE_WITH_A_CLIENT
REQUEST_SECONDS = 0.5
#: For the machine to be busy with something else.
PATIENCE_SECONDS = 60.0


@pytest.fixture(name="silent")
def _silent() -> Iterator[str]:
    """The address of a broker that takes connections, and answers nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_all_who_ask_at_once_are_told_that_no_broker_answers(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client makes way for a new one while most of them wait for it."""
    monkeypatch.setattr(admin, "REQUEST_SECONDS", REQUEST_SECONDS)
    topics = TopicAdmin(KafkaSettings(brokers=[silent]))

    def told() -> str:
        with pytest.raises(KafkaException) as caught:
            topics.create("orders", 1, {})
        return str(caught.value.args[0].name())

    pool = ThreadPoolExecutor(ASKING)
    try:
        asked = [pool.submit(told) for _ in range(ASKING)]
        done, waiting = wait(asked, PATIENCE_SECONDS)
        assert not waiting, f"{len(waiting)} of {ASKING} were never told anything"
        assert {one.result() for one in done} == {"_TIMED_OUT"}
    finally:
        pool.shutdown(wait=False)
