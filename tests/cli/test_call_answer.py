"""What an answer means to somebody who calls by hand: what is made again, how long that is waited for, what is told."""

import aiohttp
import pytest

from schemas.operations import CREATE_TAG, LIST_TAGS
from streams.cli.call_answer import PATIENCE_SECONDS, TRIES_MAX, complaint, wait_seconds
from streams.infobip.retry import Attempt, absent, judge

ADDRESS = "https://xyz123.api.infobip.com"
TIMED_OUT, CUT_OFF = absent(TimeoutError()), absent(aiohttp.ClientPayloadError())
NEVER_SENT = absent(ConnectionRefusedError())
UNSENT = Attempt(NEVER_SENT.verdict, NEVER_SENT.reason, undone=True)


def answered(status: int, content: bytes = b"{}", retry_after: str | None = None) -> Attempt:
    return judge(status, content, retry_after, 0.0, text=True)


def waits(method: str, answer: Attempt, tries: int = 1, waited: float = 0.0) -> float | None:
    return wait_seconds(method, answer, tries, waited, 1.0)


@pytest.mark.parametrize("answer", [TIMED_OUT, CUT_OFF, answered(500), answered(502, b"<html>"), answered(503)])
def test_only_what_is_the_same_twice_as_once_is_made_again_when_nobody_knows_whether_it_was_done(
    answer: Attempt,
) -> None:
    assert {method: waits(method, answer) for method in ("GET", "PUT", "DELETE", "POST", "PATCH")} == {
        "GET": 0.5,
        "PUT": 0.5,
        "DELETE": 0.5,
        "POST": None,
        "PATCH": None,
    }
    assert [waits("GET", answer, tries) for tries in range(1, TRIES_MAX + 1)] == [0.5, 1.0, 2.0, None]


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_what_was_certainly_not_done_is_made_again_whatever_it_is(method: str) -> None:
    assert waits(method, UNSENT) == 0.5
    assert waits(method, answered(429)) == 0.0
    # The limit of the operation makes it wait for as long as Infobip asks: not twice.
    assert waits(method, answered(429, retry_after="7"), tries=20) == 0.0


def test_patience_ends() -> None:
    assert waits("GET", answered(429, retry_after="121")) is None
    assert waits("GET", answered(429, retry_after="60"), waited=PATIENCE_SECONDS - 59) is None
    assert waits("GET", answered(429), waited=PATIENCE_SECONDS + 1) is None
    assert waits("GET", answered(503, retry_after="30")) == 30.0
    assert waits("GET", answered(503, retry_after="121")) is None


@pytest.mark.parametrize("answer", [answered(status) for status in (200, 201, 204, 207, 301, 400, 401, 403, 404, 422)])
def test_a_last_word_is_one(answer: Attempt) -> None:
    assert waits("GET", answer) is None


TOO_MANY = f"Infobip at {ADDRESS}: answered 429: too many calls; call again"
DOUBT = "; the call may have been carried out, so it is not repeated: look before you call again"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (answered(200), None),
        (answered(204, b""), None),
        (answered(200, b"<html>"), None),
        (TIMED_OUT, f"Infobip at {ADDRESS}: it did not answer in time{DOUBT}"),
        (CUT_OFF, f"Infobip at {ADDRESS}: the answer was cut off{DOUBT}"),
        (answered(503, b"<html>"), f"Infobip at {ADDRESS}: answered 503{DOUBT}"),
        (UNSENT, f"Infobip at {ADDRESS}: the connection was refused"),
        (answered(400, b'{"errorCode": "E400"}'), f"Infobip at {ADDRESS}: answered 400 (E400)"),
        (
            answered(429, retry_after="1800"),
            f"Infobip at {ADDRESS}: answered 429: too many calls; call again in 1,800 s",
        ),
        (answered(429), f"Infobip at {ADDRESS}: answered 429: too many calls; call again later"),
        (answered(401), "the API key of authorization 'main' is refused (401)"),
        (answered(403), "the API key of authorization 'main' lacks the scope people:manage (403)"),
    ],
)
def test_what_is_told_of_a_post(answer: Attempt, told: str | None) -> None:
    assert complaint("main", ADDRESS, CREATE_TAG, answer) == told


def test_of_a_question_there_is_no_doubt() -> None:
    assert complaint("main", ADDRESS, LIST_TAGS, TIMED_OUT) == f"Infobip at {ADDRESS}: it did not answer in time"


def test_a_body_too_large_to_be_an_answer_is_told_and_not_asked_for_again() -> None:
    answer = judge(200, None, None, 0.0, text=True)
    assert waits("GET", answer) is None
    told = complaint("main", ADDRESS, LIST_TAGS, answer)
    assert told == f"Infobip at {ADDRESS}: answered 200 with more than an answer can be"
