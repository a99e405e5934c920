"""What of a call is refused before anything is sent, and what is sent."""

import pytest

from schemas.operations import ADD_TAG, LIST_TAGS
from streams.cli.call_request import Request, first_of_all, read_request
from streams.errors import ConfigurationError

ADDRESS = "https://xyz123.api.infobip.com"


def read(
    path: str,
    *,
    method: str = "GET",
    query: tuple[str, ...] = (),
    header: tuple[str, ...] = (),
    body: bytes | None = None,
) -> Request:
    return read_request(method, path, query, header, body, ADDRESS)


def faults(path: str, **said: object) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        read(path, **said)  # type: ignore[arg-type]
    return raised.value.faults


NO_STEPS = ["PATH must not hold the steps . and .., however they are written"]
ELSEWHERE = [f"PATH must be one of {ADDRESS}: the key goes nowhere else"]
NO_PATH = ["PATH must begin with /, such as /people/2/tags, and hold no //"]
NO_PLAIN_PATH = ["PATH must not hold #, \\ or what cannot be printed: write them percent-encoded"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("https://evil.example/people/2/tags", ELSEWHERE),
        ("http://xyz123.api.infobip.com/people/2/tags", ELSEWHERE),
        ("https://xyz123.api.infobip.com.evil.example/", ELSEWHERE),
        ("https://xyz123.api.infobip.com@evil.example/", ELSEWHERE),
        ("https://a:b@xyz123.api.infobip.com/", ELSEWHERE),
        ("https://xyz123.api.infobip.com:8443/", ELSEWHERE),
        ("ftp://xyz123.api.infobip.com/", ELSEWHERE),
        ("https://[::1/", ELSEWHERE),
        ("//evil.example/people", NO_PATH),
        ("/people//2", NO_PATH),
        ("people/2/tags", NO_PATH),
        ("@evil.example/", NO_PATH),
        ("", NO_PATH),
        ("/people/../account", NO_STEPS),
        ("/people/./2", NO_STEPS),
        ("/people/%2e%2E/account", NO_STEPS),
        ("/people/%252e%252e/account", NO_STEPS),
        ("/people/x%2F..%2Faccount", NO_STEPS),
        ("/people/x%5c..%5caccount", NO_STEPS),
        (f"{ADDRESS}/people/..", NO_STEPS),
        ("/people\\..\\account", NO_PLAIN_PATH),
        ("/people#2", NO_PLAIN_PATH),
        ("/people\r\nX-Evil: 1", NO_PLAIN_PATH),
        ("/people/50%", ["PATH holds a % without two hexadecimal digits: write it as %25"]),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str, expected: list[str]) -> None:
    assert faults(path) == expected


@pytest.mark.parametrize(
    ("path", "query", "sent"),
    [
        ("/people/2/tags", (), "/people/2/tags"),
        (f"{ADDRESS}/people/2/tags?a=b", (), "/people/2/tags?a=b"),
        ("HTTPS://XYZ123.api.infobip.com/people/2/tags", (), "/people/2/tags"),
        ("/people/2/tags/VIP customers", (), "/people/2/tags/VIP%20customers"),
        ("/people/2/tags/VIP%20customers", (), "/people/2/tags/VIP%20customers"),
        ("/people/2/tags/a%2Fb", (), "/people/2/tags/a%2Fb"),
        ("/people/2/tags/Größe", (), "/people/2/tags/Gr%C3%B6%C3%9Fe"),
        ("/people/2/tags/...", (), "/people/2/tags/..."),
        ("/people/2/persons?identifier=%2B1", ("type=PHONE",), "/people/2/persons?identifier=%2B1&type=PHONE"),
        ("/people/2/persons", ('filter={"a": "b&c"}',), "/people/2/persons?filter=%7B%22a%22%3A%20%22b%26c%22%7D"),
        ("/sms/3/logs", ("messageId=a", "messageId=b"), "/sms/3/logs?messageId=a&messageId=b"),
        ("/x", ("to=https://a.example/", "empty="), "/x?to=https%3A%2F%2Fa.example%2F&empty="),
    ],
)
def test_paths_and_parameters_are_sent_percent_encoded(path: str, query: tuple[str, ...], sent: str) -> None:
    assert read(path, query=query).call.path == sent


def test_a_call_that_is_known_counts_against_its_own_limit_and_another_against_none() -> None:
    assert read("/people/2/tags?limit=1", method="get").call.operation == LIST_TAGS
    assert read("/people/2/tags/VIP/persons", method="PATCH").call.operation == ADD_TAG
    unknown = read("/account/1/balance").call.operation
    assert (unknown.name, unknown.method, unknown.per_second) == ("call", "GET", float("inf"))


def test_a_body_is_sent_to_the_last_digit_and_said_to_be_json() -> None:
    body = b'{"id": 12345678901234567890.10}'
    call = read("/x", method="POST", body=body).call
    assert (call.content, call.headers) == (body, {"Content-Type": "application/json"})
    call = read("/x", method="POST", header=("X-Team:growth",)).call
    assert (call.content, call.headers) == (None, {"X-Team": "growth"})


def test_with_a_type_of_its_own_a_body_is_sent_as_it_is() -> None:
    call = read("/x", method="PUT", body=b"a,b", header=("content-type: text/csv",)).call
    assert (call.content, call.headers) == (b"a,b", {"content-type": "text/csv"})


def test_all_that_is_wrong_is_told_at_once() -> None:
    said = {"method": "FETCH", "query": ("a=1", "b", "=c"), "body": b"{"}
    headers = ("X-A", "X B: 1", "Authorization: App other", "Host: evil.example", "X-C: a\nb")
    assert faults("nowhere", **said, header=headers) == [
        "METHOD must be GET, POST, PATCH, DELETE or PUT",
        *NO_PATH,
        "--query, the 2nd: must be name=value",
        "--query, the 3rd: must be name=value",
        "--header, the 1st: must be Name: value, in plain characters",
        "--header, the 2nd: must be Name: value, in plain characters",
        "--header, the 3rd: Authorization is written by the service itself",
        "--header, the 4th: Host is written by the service itself",
        "--header, the 5th: must be Name: value, in plain characters",
        "--body: is no JSON; say with --header what it is, and it is sent as it is",
    ]
    assert faults("/x", body=b"{}") == ["--body: GET takes none"]


def test_what_certainly_does_not_page_is_told_before_it_is_asked() -> None:
    def refused(path: str, method: str = "GET") -> list[str]:
        with pytest.raises(ConfigurationError) as raised:
            first_of_all(read(path, method=method))
        return raised.value.faults

    once = "does not page: it tells each once, so call it again until it tells none"
    assert refused("/sms/3/reports") == [f"--all: /sms/3/reports {once}"]
    assert refused("/sms/1/inbox/reports") == [f"--all: /sms/1/inbox/reports {once}"]
    assert refused("/people/2/tags", "POST") == ["--all: POST /people/2/tags does not page"]
    assert first_of_all(read("/account/1/balance")).query == []
