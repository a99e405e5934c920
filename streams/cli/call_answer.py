"""What an answer means to somebody who calls by hand: whether to try again, and what to say. Quiet."""

from http import HTTPStatus
from typing import Any

from schemas.operations import Operation
from streams import exact_json
from streams.calls.faults import told
from streams.deep_json import written as written_deep
from streams.infobip.retry import Attempt, RetryDecision, backoff_seconds, is_redirect, is_success

#: A person is told of an outage, rather than kept waiting: after so many tries, and so many seconds of waiting.
TRIES_MAX, PATIENCE_SECONDS = 4, 120.0
#: What may be done twice: by HTTP's own words it is the same as once.
REPEATABLE = frozenset({"GET", "PUT", "DELETE"})


def wait_seconds(method: str, answer: Attempt, tries: int, waited_seconds: float, jitter: float) -> float | None:
    """How long to wait before the call is made again; None where this was its last word.

    What may have been carried out is made again only where that is the same as once. After a 429 the limit of the
    operation makes it wait.

    Args:
        method: the HTTP method.
        answer: what came of the last try.
        tries: how many there were.
        waited_seconds: how long it takes already.
        jitter: a random number from 0 to 1.

    """
    if answer.verdict is RetryDecision.SLOW_DOWN:
        return 0.0 if waited_seconds + (answer.retry_after_seconds or 0.0) <= PATIENCE_SECONDS else None
    if answer.verdict is not RetryDecision.REPEAT or is_redirect(answer.status) or answer.not_json:
        return None
    if tries >= TRIES_MAX or not (answer.undone or method in REPEATABLE):
        return None
    seconds = answer.retry_after_seconds
    seconds = backoff_seconds(tries, jitter) if seconds is None else seconds
    return seconds if waited_seconds + seconds <= PATIENCE_SECONDS else None


def in_doubt(method: str, answer: Attempt) -> bool:
    """Whether nobody knows whether the call was carried out."""
    if answer.verdict is not RetryDecision.REPEAT or is_redirect(answer.status):
        return False
    return method not in REPEATABLE and not answer.undone and not is_success(answer.status)


def complaint(authorization: str, address: str, operation: Operation, answer: Attempt) -> str | None:
    """What is to be told of an answer, in a line without personal data; None of a success."""
    if is_success(answer.status) and not answer.not_json:
        return None
    key = f"the API key of authorization {authorization!r}"
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return f"{key} is refused (401)"
    if answer.status == HTTPStatus.FORBIDDEN:
        return f"{key} lacks the scope {operation.scope} (403)" if operation.scope else f"{key} may not do this (403)"
    said = told(answer.status, answer.body) if answer.status and not answer.not_json else answer.reason
    if is_redirect(answer.status):
        said = f"{said}, a redirect, which is not followed: the key goes nowhere else"
    elif answer.verdict is RetryDecision.SLOW_DOWN:
        said = f"{said}: too many calls; {_later(answer.retry_after_seconds)}"
    elif in_doubt(operation.method, answer):
        said = f"{said}; the call may have been carried out, so it is not repeated: look before you call again"
    return f"Infobip at {address}: {said}"


def _later(seconds: float | None) -> str:
    return "call again later" if seconds is None else f"call again in {seconds:,.0f} s"


def written(body: Any, *, indented: bool) -> bytes:
    """An answer's body as JSON; a text is one, too."""
    try:
        return exact_json.write(body, indented=indented)
    except TypeError:  # halves of characters, or more depth than the fast writer goes into
        return written_deep(body, (exact_json.Digits,)).encode()
