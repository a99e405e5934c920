"""Each status and each header is read as the tables say."""

import pytest

from streams.infobip.verdicts import Verdict, backoff_seconds, judge, retry_after_seconds, scope_of

UNIX_NOW = 1_767_225_600.0  # Thu, 01 Jan 2026 00:00:00 GMT


@pytest.mark.parametrize(
    ("verdict", "statuses"),
    [
        (Verdict.RETURN, [200, 202, 204, 207, 400, 404, 405, 409, 413, 422]),
        (Verdict.REPEAT, [302, 407, 408, 421, 425, 500, 501, 502, 503, 504, 505, 599]),
        (Verdict.SLOW_DOWN, [429]),
        (Verdict.REFUSED, [401, 403]),
    ],
)
def test_statuses(verdict: Verdict, statuses: list[int]) -> None:
    assert {status: judge(status, b"", None, 0).verdict for status in statuses} == dict.fromkeys(statuses, verdict)


@pytest.mark.parametrize("content", [b"<html>busy</html>", b'{"results": [{"ind'])
def test_a_success_that_is_not_json_is_repeated_and_a_refusal_is_not(content: bytes) -> None:
    assert judge(200, content, None, 0).verdict is Verdict.REPEAT
    assert judge(404, content, None, 0).verdict is Verdict.RETURN
    assert judge(404, content, None, 0).body is None


@pytest.mark.parametrize("content", [b"", b" \r\n"])
def test_an_empty_success_has_no_body(content: bytes) -> None:
    answer = judge(200, content, None, 0)
    assert (answer.verdict, answer.body) == (Verdict.RETURN, None)


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
    assert scope_of("list_attributes") == scope_of("get_tag") == "people:read"
    assert scope_of("upsert_persons") == scope_of("remove_tag") == "people:manage"
