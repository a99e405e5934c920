"""What clients complain of while they are asked something: a time-out tells less than what came before it."""

import time
from collections.abc import Mapping
from threading import Lock
from typing import Any, NamedTuple

from confluent_kafka import KafkaError

#: How much each kind of complaint tells; those that are not listed tell most of all but a refused login.
NOTHING, LITTLE, SOME, MUCH = 0, 1, 2, 3
TELLS = {
    KafkaError._ALL_BROKERS_DOWN: NOTHING,  # noqa: SLF001 - the client library's own codes begin with an underscore
    KafkaError._TRANSPORT: LITTLE,  # noqa: SLF001
    KafkaError._RESOLVE: LITTLE,  # noqa: SLF001
    KafkaError._TIMED_OUT: LITTLE,  # noqa: SLF001
    KafkaError._AUTHENTICATION: MUCH,  # noqa: SLF001
    KafkaError.SASL_AUTHENTICATION_FAILED: MUCH,
}
LOGIN_REFUSED = frozenset({KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED})  # noqa: SLF001


class Complaint(NamedTuple):
    """One complaint: the library's code and words, and when it was made."""

    code: int
    text: str
    at: float


class Complaints:
    """What the clients of one process last complained of; called by them, from any thread."""

    def __init__(self) -> None:
        self._last: dict[int, Complaint] = {}
        self._token = "", 0.0
        self._noting = Lock()

    def __call__(self, error: KafkaError) -> None:
        """Take a complaint of confluent-kafka's."""
        with self._noting:
            self._last[error.code()] = Complaint(error.code(), error.str(), time.monotonic())

    def no_token(self, words: str) -> None:
        """Take the words of a token provider, which no library hears."""
        self._token = words, time.monotonic()

    def token(self, since: float) -> str:
        """Why there is no token, if that came up since then (by the monotonic clock)."""
        words, at = self._token
        return words if at >= since else ""

    def worst(self, since: float) -> Complaint | None:
        """The complaint since then that tells most."""
        with self._noting:
            recent = [one for one in self._last.values() if one.at >= since]
        told = [one for one in recent if TELLS.get(one.code, SOME) > NOTHING]
        return max(told, key=lambda one: (TELLS.get(one.code, SOME), one.at), default=None)


def complaints_of(settings: Mapping[str, Any]) -> Complaints:
    """Where the clients that are made of these settings complain."""
    found = settings.get("error_cb")
    return found if isinstance(found, Complaints) else Complaints()
