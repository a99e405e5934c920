"""Where calls go: values are one step of a path whatever they hold, and the account's key goes to its host alone."""

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.operations import REMOVE_TAG, SEND_SMS, UPSERT_PERSONS
from streams.jobs.webhook.targets import Request, Unfilled, filler, target_of
from tests.jobs.webhook.calling import webhook_job

ACCOUNT = "https://xyz123.api.infobip.com"
FOREIGN = [
    "https://hooks.example.com/in",
    "https://xyz123.api.infobip.com.evil.example/sms/3/messages",
    "https://xyz123.api.infobip.com:8443/sms/3/messages",
    "http://xyz123.api.infobip.com/sms/3/messages",
]


def filled(path: str, event: dict[str, Any], **headers: str) -> Request:
    job = webhook_job(path=path, headers=headers)
    return filler(job, target_of(job))(event)


@pytest.mark.parametrize(
    ("expected", "path", "event"),
    [
        ("/people/2/tags/a%2Fb/persons", "/people/2/tags/{{tag}}/persons", {"tag": "a/b"}),
        ("/t/a%2F..%2F..%2Fadmin", "/t/{{tag}}", {"tag": "a/../../admin"}),
        ("/t/%3Fadmin%3D1%23x", "/t/{{tag}}", {"tag": "?admin=1#x"}),
        ("/t/%252e%252e", "/t/{{tag}}", {"tag": "%2e%2e"}),
        ("/t/%0D%0AHost%3A%20evil", "/t/{{tag}}", {"tag": "\r\nHost: evil"}),
        ("/t/%C3%A9%F0%9F%98%80", "/t/{{tag}}", {"tag": "é😀"}),
        ("/t/7/true/1.5", "/t/{{a}}/{{b}}/{{c}}", {"a": 7, "b": True, "c": 1.5}),
        ("/t/%5B1%2C2%5D", "/t/{{a}}", {"a": [1, 2]}),
        ("/t/deep", "/t/{{a.b}}", {"a": {"b": "deep"}}),
        ("/t/none", "/t/{{a|none}}", {}),
        ("/t/x...", "/t/x{{a}}", {"a": "..."}),
        ("/t?a=&b=x%26c%3D1", "/t?a={{a}}&b={{b}}", {"b": "x&c=1"}),
    ],
)
def test_values_are_percent_encoded_whole(expected: str, path: str, event: dict[str, Any]) -> None:
    assert filled(path, event).path == expected


@pytest.mark.parametrize("value", [None, "", ".", ".."])
def test_a_path_without_its_value_or_with_one_that_leads_elsewhere_is_not_called(value: object) -> None:
    for path in ("/t/{{tag}}", "/t/{{tag}}/persons", "/t/{{a|x}}/{{tag}}"):
        with pytest.raises(Unfilled, match=r"^the event has no tag that can stand in the path$"):
            filled(path, {"tag": value})


@given(st.text(), st.text())
def test_no_values_lead_out_of_their_steps(one: str, other: str) -> None:
    for path, slashes in (("/a/{{x}}/b/{{y}}", 4), ("/a/{{x}}{{y}}", 2), ("/a/.{{x}}", 2), ("/a/{{x}}.", 2)):
        try:
            found = filled(path, {"x": one, "y": other}).path
        except Unfilled:
            continue
        assert found.count("/") == slashes
        assert not {"", ".", ".."} & set(found.split("/")[2:])
        assert not {"?", "#", " ", "\r", "\n"} & set(found)


def test_headers_are_one_line_of_plain_characters_whatever_an_event_says() -> None:
    request = filled("/t", {"team": "a\r\nX-Admin: 1 é"}, **{"X-Team": "{{team}}", "X-Empty": "{{no}}", "X-Is": "it"})
    assert request.headers == {"X-Team": "a%0D%0AX-Admin%3A%201%20%C3%A9", "X-Empty": "", "X-Is": "it"}


def test_a_body_is_json_unless_a_header_says_otherwise() -> None:
    plain, own = {"template": "a.js"}, {"template": "a.js", "headers": {"Content-Type": "application/vnd.x+json"}}
    for options, expected in ((plain, "application/json"), (own, "application/vnd.x+json")):
        job = webhook_job(**options)
        assert filler(job, target_of(job))({}).headers == {"Content-Type": expected}


@pytest.mark.parametrize("url", FOREIGN)
def test_what_is_not_the_account_itself_is_elsewhere_and_gets_no_key(url: str) -> None:
    """Also where it looks as if it were: another port, another scheme, a name that begins alike."""
    target = target_of(webhook_job(url=url, authorization="main", template="a.js"), ACCOUNT)
    assert (target.is_own, target.path, target.send) == (False, url, None)


def test_a_url_at_the_account_is_one_of_its_paths() -> None:
    for written in (ACCOUNT, f"{ACCOUNT}:443", "https://XYZ123.api.infobip.com"):
        target = target_of(webhook_job(url=f"{written}/people/2/tags", authorization="main"), ACCOUNT)
        assert (target.is_own, target.path) == (True, "/people/2/tags")
    assert not target_of(webhook_job(url=f"{ACCOUNT}/people/2/tags")).is_own


def test_known_operations_bear_their_name_and_their_limit_and_others_have_none() -> None:
    assert target_of(webhook_job(path="/people/3/persons/upsert", method="PATCH")).operation == UPSERT_PERSONS
    assert target_of(webhook_job(path="/people/2/tags/VIP/persons", method="DELETE")).operation == REMOVE_TAG
    other = target_of(webhook_job(path="/numbers/9/new")).operation
    assert (other.name, other.per_second) == ("webhook", inf)


@pytest.mark.parametrize(("expected", "asked"), [(3.0, 3), (5.0, 50), (5.0, None)])
def test_a_pace_is_the_jobs_but_never_above_the_published_one(expected: float, asked: float | None) -> None:
    job = webhook_job(path="/people/3/persons/upsert", method="PATCH", max_per_second=asked)
    assert target_of(job).operation.per_second == expected


def test_only_posts_to_sends_are_sends() -> None:
    assert target_of(webhook_job(path="/sms/3/messages", template="a.js")).operation == SEND_SMS
    assert target_of(webhook_job(path="/sms/3/messages", template="a.js")).send is not None
    assert target_of(webhook_job(path="/sms/3/messages", method="GET")).send is None
