"""Each status and each header is read as the tables say."""

import orjson
import pytest

from schemas.operations import GET_TAG, LIST_ATTRIBUTES, REMOVE_TAG, UPSERT_PERSONS
from streams.infobip.retry import RetryDecision, backoff_seconds, judge, retry_after_seconds

UNIX_NOW = 1_767_225_600.0  # Thu, 01 Jan 2026 00:00:00 GMT


@pytest.mark.parametrize(
    ("verdict", "statuses"),
    [
        (RetryDecision.RETURN, [200, 201, 202, 204, 207, 413]),
        # Nobody said it in Infobip's words.
        (RetryDecision.UNEXPECTED, [203, 206, 400, 402, 404, 405, 406, 409, 410, 411, 415, 418, 422, 451]),
        (RetryDecision.REPEAT, [302, 407, 408, 421, 425, 500, 501, 502, 503, 504, 505, 599]),
        (RetryDecision.SLOW_DOWN, [429]),
        (RetryDecision.REFUSED, [401, 403]),
    ],
)
def test_statuses(verdict: RetryDecision, statuses: list[int]) -> None:
    assert {status: judge(status, b"", None, 0).verdict for status in statuses} == dict.fromkeys(statuses, verdict)


@pytest.mark.parametrize("content", [b"<html>busy</html>", b'{"results": [{"ind'])
def test_a_success_that_is_not_json_is_repeated_and_a_refusal_is_a_gateways(content: bytes) -> None:
    assert judge(200, content, None, 0).verdict is RetryDecision.REPEAT
    assert judge(413, content, None, 0).verdict is RetryDecision.RETURN
    for status in (400, 404, 409, 422):
        answer = judge(status, content, None, 0, missing=True)
        assert (answer.verdict, answer.body) == (RetryDecision.UNEXPECTED, None)


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_refusal_in_words_is_infobips(status: int) -> None:
    assert judge(status, b'{"code": 400103, "message": "wrong"}', None, 0).verdict is RetryDecision.RETURN


OWN_404 = [
    {"errorCode": 40401, "errorMessage": "Person does not exist"},
    {"errorCode": "40403", "errorMessage": "Tag does not exist"},
    {"code": 404100, "message": "Not found"},
    {"errorCode": "E404", "description": "Not found"},
    {"requestError": {"serviceException": {"messageId": "NOT_FOUND", "text": "Not found"}}},
]
FOREIGN_404 = [
    {},
    [],
    "Not found",
    {"message": "no Route matched with those values"},
    {"error": "Not Found", "status": 404, "path": "/people/2/tags/VIP/persons"},
    {"statusCode": 404, "message": "Resource not found"},
    {"code": 404, "kind": "Status", "status": "Failure"},
    {"errorCode": "no_such_route"},
    {"requestError": 7},
    {"requestError": {"serviceException": ["NOT_FOUND"]}},
    {"requestError": {"serviceException": {}}},
]


@pytest.mark.parametrize("body", OWN_404, ids=repr)
def test_only_a_call_that_reckons_with_it_is_told_that_something_is_missing(body: object) -> None:
    answer = judge(404, orjson.dumps(body), None, 0, missing=True)
    assert (answer.verdict, answer.body) == (RetryDecision.RETURN, body)
    assert judge(404, orjson.dumps(body), None, 0).verdict is RetryDecision.UNEXPECTED


@pytest.mark.parametrize("body", FOREIGN_404, ids=repr)
def test_what_a_gateway_does_not_find_is_not_missing(body: object) -> None:
    assert judge(404, orjson.dumps(body), None, 0, missing=True).verdict is RetryDecision.UNEXPECTED


def test_only_infobips_code_is_told_of_an_unexpected_answer() -> None:
    own = b'{"errorCode": 40501, "errorMessage": "ann@example.com"}'
    assert judge(405, own, None, 0).reason == "answered 405 (40501)"
    assert judge(405, b'{"code": "ann@example.com"}', None, 0).reason == "answered 405"


@pytest.mark.parametrize("content", [b"", b" \r\n"])
def test_an_empty_success_has_no_body(content: bytes) -> None:
    answer = judge(200, content, None, 0)
    assert (answer.verdict, answer.body) == (RetryDecision.RETURN, None)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30.0),
        ("Thursday, 01-Jan-26 00:00:30 GMT", 30.0),
        ("Thu Jan  1 00:00:30 2026", 30.0),
        ("Thu, 01 Jan 2026 01:00:30 +0100", 30.0),
        ("Wed, 31 Dec 2025 23:59:00 GMT", 0.0),
        ("99999999", 3600.0),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, UNIX_NOW) == seconds


def test_backoff_doubles_to_a_cap_and_is_jittered_in_full() -> None:
    assert [backoff_seconds(retries, 1.0) for retries in (1, 2, 3, 7, 8, 10_000)] == [0.5, 1, 2, 32, 60, 60]
    assert backoff_seconds(8, 0.25) == 15
    assert backoff_seconds(8, 0) == 0


def test_reads_need_the_lesser_scope() -> None:
    assert LIST_ATTRIBUTES.scope == GET_TAG.scope == "people:read"
    assert UPSERT_PERSONS.scope == REMOVE_TAG.scope == "people:manage"
