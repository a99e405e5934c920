"""What an answer, or its absence, means for the call: quiet tables without clock or network."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any

import aiohttp
import httpx

from streams.calls.faults import is_own, told
from streams.exact_json import read

BACKOFF_SECONDS_MAX = 60.0
FIRST_BACKOFF_SECONDS = 0.5
#: A Retry-After beyond this is taken for a mistake: asking once an hour harms nobody.
RETRY_AFTER_SECONDS_MAX = 3600.0


class RetryDecision(Enum):
    """What to do with an answer."""

    RETURN = auto()
    """It is Infobip's last word."""
    REPEAT = auto()
    """The world failed: the same call may do better later."""
    SLOW_DOWN = auto()
    """We were too fast."""
    REFUSED = auto()
    """The key is wrong or lacks a scope: no call will do better until a person mends it."""
    UNEXPECTED = auto()
    """It speaks of no item: of the address or the account, or it is a gateway's."""


#: By class, and by status where the class is wrong. A redirect is a gateway speaking, not Infobip's word on a person.
CLASSES: Mapping[int, RetryDecision] = {
    1: RetryDecision.REPEAT,
    2: RetryDecision.UNEXPECTED,
    3: RetryDecision.REPEAT,
    4: RetryDecision.UNEXPECTED,
    5: RetryDecision.REPEAT,
}
STATUSES: Mapping[int, RetryDecision] = {
    200: RetryDecision.RETURN,
    201: RetryDecision.RETURN,
    202: RetryDecision.RETURN,
    204: RetryDecision.RETURN,
    207: RetryDecision.RETURN,
    400: RetryDecision.RETURN,
    401: RetryDecision.REFUSED,
    403: RetryDecision.REFUSED,
    407: RetryDecision.REPEAT,
    408: RetryDecision.REPEAT,
    409: RetryDecision.RETURN,
    413: RetryDecision.RETURN,
    421: RetryDecision.REPEAT,
    422: RetryDecision.RETURN,
    425: RetryDecision.REPEAT,
    429: RetryDecision.SLOW_DOWN,
}
NOT_FOUND = 404
#: What stands for a body that is no JSON.
UNREADABLE = object()
#: Refusals that are Infobip's only in words of its own; a body that is too large (413) may be too large for a gateway.
WORDED = frozenset({400, 409, 422})


class PrivateAddress(OSError):
    """A name stands for an address that is not to be called."""


#: Why there was no answer: the first line with a class that is found among the failure and its causes.
FAILURES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((PrivateAddress,), "its name stands for a private address, which only `allow_private: true` allows"),
    ((aiohttp.ClientConnectorDNSError, socket.gaierror), "its name does not resolve (DNS)"),
    ((aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError), "its TLS certificate is not trusted"),
    ((aiohttp.ClientSSLError, ssl.SSLError), "the TLS handshake failed"),
    ((ConnectionRefusedError,), "the connection was refused"),
    ((aiohttp.ClientPayloadError, httpx.ReadError, httpx.DecodingError), "the answer was cut off"),
    ((aiohttp.ServerDisconnectedError, ConnectionError), "the connection was lost"),
    ((httpx.ProxyError,), "the proxy did not connect"),
    ((aiohttp.ClientConnectorError,), "the connection could not be made"),
    ((TimeoutError, httpx.TimeoutException), "it did not answer in time"),
)
#: What is raised before any of the request has been sent: nothing was done, whatever it was.
UNDONE = (aiohttp.ClientConnectorError, httpx.ConnectError)
#: What a request may raise. aiohttp's own come through where its httpx transport has no name for them.
NO_ANSWER = (httpx.HTTPError, aiohttp.ClientError, OSError)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: what it means, in words without personal data (`reason`), and what Infobip said.

    `status` is 0 when nothing came back. `not_json` is an answer that would be a success if it were JSON; `undone` says
    that the request was not even sent. `is_text` is a body that is no JSON, `seconds` how long it took.
    """

    verdict: RetryDecision
    reason: str
    status: int = 0
    body: Any = None
    retry_after_seconds: float | None = None
    not_json: bool = False
    undone: bool = False
    is_text: bool = False
    seconds: float = 0.0


def judge(
    status: int,
    content: bytes | None,
    retry_after: str | None,
    unix_now: float,
    *,
    missing: bool = False,
    text: bool = False,
) -> Attempt:
    """Read an answer that came back.

    Args:
        status: the HTTP status.
        content: the body; None where it was too large to be an answer.
        retry_after: the header of that name.
        unix_now: the time in seconds, for a header that holds a date.
        text: a body that is no JSON is a text.
        missing: a 404 in Infobip's own words is one that was reckoned with.

    """
    verdict = STATUSES.get(status) or CLASSES.get(status // 100, RetryDecision.REPEAT)
    body = UNREADABLE if content is None else _read(content)
    is_text = text and content is not None and body is UNREADABLE
    if is_text and content is not None:
        body = content.decode(errors="replace")
    if body is UNREADABLE and verdict is RetryDecision.RETURN and is_success(status):
        # Whether the work was done is unknown.
        what = "more than an answer can be" if content is None else "something other than JSON"
        return Attempt(RetryDecision.REPEAT, f"answered {status} with {what}", status, not_json=True)
    body = None if body is UNREADABLE else body
    if status in WORDED and not isinstance(body, dict | list):
        verdict = RetryDecision.UNEXPECTED
    if status == NOT_FOUND and missing and is_own(status, body):
        verdict = RetryDecision.RETURN
    # With Infobip's code where a person has to look into it.
    reason = told(status, body) if verdict is RetryDecision.UNEXPECTED else f"answered {status}"
    return Attempt(verdict, reason, status, body, retry_after_seconds(retry_after, unix_now), is_text=is_text)


def is_success(status: int) -> bool:
    """Whether a status says that the work was done."""
    return status // 100 == 2  # noqa: PLR2004 - the class of success


def is_redirect(status: int) -> bool:
    """Whether a status says that something is elsewhere."""
    return status // 100 == 3  # noqa: PLR2004 - the class of redirects


def _read(content: bytes) -> Any:
    """Read JSON, or say that it is none; people's names may hold halves of characters, and attributes any number."""
    if not content.strip():
        return None
    try:
        return read(content)
    except (ValueError, RecursionError):
        return UNREADABLE


def absent(failure: BaseException) -> Attempt:
    """Read a failure to get an answer, one of NO_ANSWER. Its own text is dropped: it may quote the whole URL."""
    found = tuple(_chain(failure))
    undone = any(isinstance(each, UNDONE) for each in found)
    for classes, reason in FAILURES:
        if any(isinstance(each, classes) for each in found):
            return Attempt(RetryDecision.REPEAT, reason, undone=undone)
    return Attempt(RetryDecision.REPEAT, f"the connection failed ({type(failure).__name__})", undone=undone)


def _chain(failure: BaseException | None) -> Iterator[BaseException]:
    while failure is not None:
        yield failure
        failure = failure.__cause__ or failure.__context__


def retry_after_seconds(header: str | None, unix_now: float) -> float | None:
    """Read a Retry-After header, seconds or a date, as seconds of at most an hour; None when it says nothing."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
    else:
        try:
            date = parsedate_to_datetime(text)
        except (ValueError, RecursionError):
            return None
        # A date without a zone is GMT, as the HTTP standard says.
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - unix_now
    return min(max(seconds, 0.0), RETRY_AFTER_SECONDS_MAX)


def backoff_seconds(retries: int, jitter: float) -> float:
    """How long to wait before the next try, in seconds: exponential with full jitter, a minute at most.

    `retries` is how many tries failed, 1 or more; `jitter` is a random number from 0 to 1.
    """
    doublings = min(retries - 1, 10)
    return min(BACKOFF_SECONDS_MAX, FIRST_BACKOFF_SECONDS * 2.0**doublings) * jitter
