"""Whom a job asks what it may do, where brokers do not know each other yet."""

from types import SimpleNamespace
from typing import Any

import pytest

from schemas.config.kafka import KafkaSettings
from streams.kafka import permissions
from streams.kafka.permissions import TRIES, Need, Unasked, denied
from tests.fakes.clock import timeless

READ = Need("topic", "memberships", "READ", "its input")
DENIED, NO_SUCH_PARTITION = 29, 3


class Client:
    """One whose brokers tell of none until they were asked so often, and answer a fetch with a code."""

    def __init__(self, asked: int, code: int) -> None:
        self._left, self._code, self.is_closed = asked, code, False

    def __call__(self, **_: Any) -> "Client":
        return self

    async def bootstrap(self) -> None:
        self._left -= 1

    def get_random_node(self) -> int | None:
        return 1 if self._left <= 0 else None

    async def send(self, node: int, _: Any) -> Any:
        assert node == 1
        return SimpleNamespace(topics=[("memberships", [(0, self._code)])])

    async def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize(("code", "missing"), [(DENIED, [READ]), (NO_SUCH_PARTITION, [])], ids=["denied", "allowed"])
@pytest.mark.parametrize("asked", [1, 3])
@timeless
async def test_brokers_that_tell_of_none_of_them_are_asked_again(
    asked: int, code: int, missing: list[Need], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(asked, code)
    monkeypatch.setattr(permissions, "AIOKafkaClient", client)
    assert await denied(KafkaSettings(brokers=["localhost:9092"]), [READ]) == missing
    assert client.is_closed


@timeless
async def test_a_job_begins_without_an_answer_where_there_is_none_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "AIOKafkaClient", Client(TRIES + 1, NO_SUCH_PARTITION))
    with pytest.raises(Unasked, match="tell of no broker"):
        await denied(KafkaSettings(brokers=["localhost:9092"]), [READ])
