"""Tokens of an operator's function: shared while they are fresh, and what is told when there is none."""

import asyncio
import sys
import time
from types import ModuleType
from typing import Any

import pytest
from aiokafka import errors as aiokafka_errors

from streams.kafka.async_clients import Provider
from streams.kafka.tokens import NoToken, Tokens


class Given:
    """A function of the operator's, and how often it was called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, gives: Any) -> None:
        self.gives, self.calls = gives, 0
        self.complaints: list[str] = []
        module: Any = ModuleType("signing")
        module.token = self
        monkeypatch.setitem(sys.modules, "signing", module)

    def __call__(self) -> Any:
        self.calls += 1
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives

    def tokens(self) -> Tokens:
        return Tokens("signing:token", self.complaints.append)


def test_a_token_serves_all_clients_while_it_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Given(monkeypatch, ("abc", time.time() + 900))
    tokens = given.tokens()
    assert tokens()[0] == tokens("as the library calls")[0] == asyncio.run(Provider(tokens).token()) == "abc"
    assert given.calls == 1


def test_a_token_whose_time_is_half_over_is_asked_for_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    given, now = Given(monkeypatch, ("abc", 1_000_900.0)), 1_000_000.0
    tokens = given.tokens()
    for passed in (0.0, 449.0, 451.0):
        monkeypatch.setattr(time, "time", lambda passed=passed: now + passed)
        tokens.get()
    assert given.calls == 2


def test_extensions_go_to_both_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Given(monkeypatch, ("abc", time.time() + 900, {"logicalCluster": "lkc-1"})).tokens()
    assert tokens()[3] == Provider(tokens).extensions() == {"logicalCluster": "lkc-1"}


@pytest.mark.parametrize(
    ("told", "gives"),
    [
        ("must return a token and the Unix time in seconds at which it expires", "abc"),
        ("must return a token and the Unix time in seconds at which it expires", ("", 2e9)),
        ("must return a token and the Unix time in seconds at which it expires", ("abc", None)),
        ("must return the time of expiry in seconds, not in milliseconds", ("abc", 2e12)),
        ("the token it returned has expired", ("abc", 1.0)),
        ("the third value it returns, the SASL extensions, must be a mapping", ("abc", 2e10, "x")),
        ("OSError: no route to idp ...", OSError("no route\nto idp " + "eyJhbGciOiJub25lIn0" * 3)),
    ],
)
def test_what_is_no_token_is_told_without_it(monkeypatch: pytest.MonkeyPatch, told: str, gives: Any) -> None:
    given = Given(monkeypatch, gives)
    with pytest.raises(NoToken) as caught:
        given.tokens()()
    assert str(caught.value) == f"signing:token: {told}"
    assert given.complaints == [str(caught.value)]


def test_a_consumer_without_a_token_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider(Given(monkeypatch, OSError("no route")).tokens())
    with pytest.raises(aiokafka_errors.KafkaConnectionError, match=r"token_provider: signing:token: OSError: no route"):
        asyncio.run(provider.token())
