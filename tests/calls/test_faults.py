"""Each family of Infobip's errors gives its code and its text."""

from typing import Any

import pytest

from streams.calls.faults import ApiFault, error_of, is_duplicate

FAMILIES = {
    "classic": (
        {"requestError": {"serviceException": {"messageId": "BAD_REQUEST", "text": "Bad request"}}},
        ApiFault("BAD_REQUEST", "Bad request"),
    ),
    "classic with properties": (
        {
            "requestError": {
                "serviceException": {
                    "messageId": "BAD_REQUEST",
                    "text": "Bad request",
                    "validationErrors": {"content.text": ["too long", "must not be blank"]},
                }
            }
        },
        ApiFault("BAD_REQUEST", "Bad request; content.text: too long, must not be blank"),
    ),
    "new": (
        {
            "errorCode": "E400",
            "description": "Request cannot be processed.",
            "action": "Check the syntax.",
            "violations": [{"property": "messages[0].content.text", "violation": "must not be blank"}],
            "resources": [],
        },
        ApiFault("E400", "Request cannot be processed.; messages[0].content.text: must not be blank"),
    ),
    "People numeric": (
        {
            "errorCode": 40001,
            "errorMessage": "Invalid",
            "validationErrors": [{"propertyPath": "contacts[0].value", "message": "wrong"}],
        },
        ApiFault("40001", "Invalid; contacts[0].value: wrong"),
    ),
    "People v3 upsert": (
        {
            "code": 400103,
            "message": "Malformed JSON body, wrong syntax",
            "details": [{"property": "persons", "message": "Must not be null", "payload": {}}],
        },
        ApiFault("400103", "Malformed JSON body, wrong syntax; persons: Must not be null"),
    ),
    "People v3 items": (
        {"errors": [{"code": 400100, "message": "One or more properties of the person are invalid", "index": 0}]},
        ApiFault("400100", "One or more properties of the person are invalid"),
    ),
    "People v3 lists": (
        {"errorCode": 400116, "message": "Missing parameter: identifier"},
        ApiFault("400116", "Missing parameter: identifier"),
    ),
    "problem details": (
        {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "no participants"},
        ApiFault("400", "no participants"),
    ),
    "People v3 events": (
        {"type": "t", "title": "Invalid events", "status": 400, "errors": [{"code": 7, "message": "too old"}]},
        ApiFault("400", "Invalid events; too old"),
    ),
    "Moments": (
        {"errorCode": "400", "errorMessage": "No such flow"},
        ApiFault("400", "No such flow"),
    ),
    "Amplitude": (
        {"statusCode": "TAG_NOT_FOUND", "message": 'Tag with id "87881" does not exist'},
        ApiFault("TAG_NOT_FOUND", 'Tag with id "87881" does not exist'),
    ),
    "old docs": ({"value": 40002, "message": "Duplicate"}, ApiFault("40002", "Duplicate")),
}


@pytest.mark.parametrize(("body", "fault"), FAMILIES.values(), ids=FAMILIES.keys())
def test_families(body: Any, fault: ApiFault) -> None:
    assert error_of(400, body) == fault


@pytest.mark.parametrize("body", [None, "<html>", [], {}, 7, {"requestError": "?"}, {"errors": []}, {"errors": [None]}])
def test_a_body_without_words_leaves_the_status(body: Any) -> None:
    assert error_of(502, body) == ApiFault("502", "HTTP status 502 without an explanation")


@pytest.mark.parametrize(
    ("expected", "status", "body"),
    [
        (True, 400, {"errorCode": 40006, "errorMessage": "Duplicate name"}),
        (True, 400, {"value": 40002, "message": "Duplicate"}),
        (True, 409, {"errorCode": "E409", "description": "Conflict"}),
        (True, 409, None),
        (False, 400, {"errorCode": 40001, "errorMessage": "Invalid"}),
        (False, 400, None),
        (False, 404, {"errorCode": 40006, "errorMessage": "Duplicate name"}),
        (False, 200, None),
    ],
)
def test_a_duplicate_is_told_by_status_or_code(expected: bool, status: int, body: Any) -> None:  # noqa: FBT001 - a table
    assert is_duplicate(status, body) is expected
