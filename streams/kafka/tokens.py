"""Tokens by which clients sign in (OAUTHBEARER), as a function of the operator's gives them.

The function is named by kafka.security.token_provider. It takes nothing, may block, and returns the token and the Unix
time in seconds at which it expires; a third value, a mapping of texts, goes to the brokers as SASL extensions.
"""

import importlib
import re
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, NamedTuple

from streams.errors import StreamsError

#: A token is given out again for so long: clients ask for the next one when four fifths of its time are over.
SHARE_OF_ITS_TIME = 0.5
#: No time in seconds is so late; it would be one in milliseconds.
LATEST = 100_000_000_000
WORDS_MAX = 300
#: What may be a secret in somebody else's words: long, and without a blank.
SECRET = re.compile(r"[A-Za-z0-9+/_.=~-]{40,}")


class NoToken(StreamsError):
    """The provider gave no token; the message names it and says why, and holds none."""


class Token(NamedTuple):
    """A token, when it was got and when it expires, and what goes with it."""

    value: str
    got_at: float
    expires_at: float
    extensions: dict[str, str]


def provider_of(name: str) -> Callable[[], Any]:
    """Find the function of a token_provider. Raises NoToken where there is none."""
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function, None)
    except Exception as error:
        raise NoToken(f"{name}: {in_one_line(error)}") from error
    if not callable(found):
        raise NoToken(f"{name}: the module {module} has no function {function}")
    return found  # type: ignore[no-any-return] # whatever it takes and gives is seen when it is called


class Tokens:
    """The tokens of one process, shared by all its clients; called as confluent-kafka calls for a token."""

    def __init__(self, name: str, failed: Callable[[str], None]) -> None:
        self._name, self._failed = name, failed
        self._token: Token | None = None
        self._asking = Lock()

    def __call__(self, _: str = "") -> tuple[str, float, str, dict[str, str]]:
        """A token as confluent-kafka takes it. Raises as `get`."""
        token = self.get()
        return token.value, token.expires_at, "", token.extensions

    def get(self) -> Token:
        """A token that is good for a while; blocks as long as the provider does. Raises NoToken."""
        with self._asking:
            token, now = self._token, time.time()
            if token is None or now > token.got_at + SHARE_OF_ITS_TIME * (token.expires_at - token.got_at):
                try:
                    self._token = token = self._ask(now)
                except NoToken as error:
                    self._failed(str(error))
                    if token is None or now >= token.expires_at:
                        raise
            return token

    def _ask(self, now: float) -> Token:
        provider = provider_of(self._name)
        try:
            given = provider()
        except Exception as error:
            raise NoToken(f"{self._name}: {in_one_line(error)}") from error
        match given:
            case (str() as value, int() | float() as expires_at, *rest) if value and len(rest) < 2:  # noqa: PLR2004
                pass
            case _:
                raise NoToken(f"{self._name}: must return a token and the Unix time in seconds at which it expires")
        extensions = rest[0] if rest else {}
        if not isinstance(extensions, Mapping):
            raise NoToken(f"{self._name}: the third value it returns, the SASL extensions, must be a mapping")
        if expires_at > LATEST:
            raise NoToken(f"{self._name}: must return the time of expiry in seconds, not in milliseconds")
        if expires_at <= now:
            raise NoToken(f"{self._name}: the token it returned has expired")
        return Token(value, now, float(expires_at), {str(key): str(one) for key, one in extensions.items()})


def in_one_line(error: BaseException) -> str:
    """Somebody else's error in one line, without what may be a secret."""
    words = SECRET.sub("...", " ".join(f"{type(error).__name__}: {error}".split()))
    return words if len(words) <= WORDS_MAX else f"{words[:WORDS_MAX]}..."
