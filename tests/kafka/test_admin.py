"""Whoever asks the brokers about topics is answered, or told that nobody answers; however many ask at once."""

import asyncio
import gc
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any
from weakref import WeakSet

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from schemas.config.kafka import KafkaSettings
from streams.kafka import admin
from streams.kafka.admin import PATIENCE_WITH_A_CLIENT, TopicAdmin
from streams.kafka.threads import in_own_thread

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


def test_a_client_that_made_way_for_a_new_one_is_gone(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has threads and sockets, and brokers may be away for long."""
    made: WeakSet[AdminClient] = WeakSet()

    class Noted(AdminClient):  # type: ignore[misc] # the library is untyped here
        def __init__(self, settings: dict[str, Any]) -> None:
            super().__init__(settings)
            made.add(self)

    monkeypatch.setattr(admin, "REQUEST_SECONDS", 0.05)
    monkeypatch.setattr(admin, "PATIENCE_WITH_A_CLIENT", 1)
    monkeypatch.setattr(admin, "AdminClient", Noted)
    topics = TopicAdmin(KafkaSettings(brokers=[silent]))

    async def ask() -> None:
        for ask in (partial(topics.create, "orders", 1, {}), partial(topics.counts, ["orders"]), topics.partitions):
            with pytest.raises(KafkaException):
                await in_own_thread(ask)

    gc.disable()
    try:
        for _ in range(3):
            asyncio.run(ask())
        assert len(made) == 1, f"{len(made)} clients live"
    finally:
        gc.enable()
