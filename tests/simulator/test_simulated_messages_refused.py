"""Requests that are wrong in form: what a caller is told of them, property by property."""

from typing import Any

import pytest

from streams.simulator import SimulatorOptions
from tests.simulator.messaging import At, email, message, properties, request, template, text
from tests.simulator.refusals import BLANK, EMPTY, NULL, UNKNOWN, Wrong, first, violations
from tests.simulator.simulated import NOW, UNLIMITED, Caller, simulate


def _window(**window: Any) -> dict[str, Any]:
    return text(options={"deliveryTimeWindow": {"days": ["MONDAY"], **window}})


def _clock(hour: int, minute: int = 0) -> dict[str, int]:
    return {"hour": hour, "minute": minute}


SHARED: list[Wrong] = [
    (At.SMS, [], "", "must be an object"),
    (At.SMS, {}, "messages", NULL),
    (At.SMS, {"messages": None}, "messages", NULL),
    (At.SMS, {"messages": {}}, "messages", "must be an array"),
    (At.SMS, request(), "messages", EMPTY),
    (At.SMS, {"messages": [7]}, "messages[0]", "must be an object"),
    (At.SMS, {**request(text()), "bulkId": "b"}, "bulkId", UNKNOWN),
    (At.SMS, request(text(), text(notifyUrl="x")), "messages[1].notifyUrl", UNKNOWN),
    (At.SMS, request({"content": {"text": "Hello"}}), "messages[0].destinations", NULL),
    (At.SMS, request({"destinations": [], "content": {"text": "Hello"}}), "messages[0].destinations", EMPTY),
    (At.SMS, request(text("")), "messages[0].destinations[0].to", BLANK),
    (At.SMS, request(text("1" * 65)), "messages[0].destinations[0].to", "size must be between 0 and 64"),
    (At.SMS, request(text(ids=["m" * 201])), "messages[0].destinations[0].messageId", "size must be between 0 and 200"),
    (At.SMS, request(text(sender=7)), "messages[0].sender", "must be a string"),
    (At.SMS, request({"destinations": [{"to": "41793026727"}]}), "messages[0].content", NULL),
    first(At.SMS, {}, "content.text", NULL),
    first(At.SMS, {"text": " "}, "content.text", BLANK),
    first(At.SMS, {"text": "Hello", "hex": "00"}, "content.text", UNKNOWN),
    (
        At.SMS,
        request({**text(), "content": "Hello"}),
        "messages[0].content",
        "must be an object",
    ),
    first(
        At.SMS, {"text": "Hi", "transliteration": "KLINGON"}, "content.transliteration", "must be one of NONE, TURKISH"
    ),
    first(
        At.SMS, {"text": "Hi", "language": {"languageCode": "DE"}}, "content.language.languageCode", "must be one of"
    ),
    first(At.SMS, {"text": "Hi"}, "options.flash", "must be a boolean", options={"flash": "true"}),
    first(At.SMS, {"text": "Hi"}, "options.validityPeriod.amount", NULL, options={"validityPeriod": {}}),
    first(
        At.SMS,
        {"text": "Hi"},
        "options.validityPeriod.amount",
        "must be an integer",
        options={"validityPeriod": {"amount": 1.5}},
    ),
    first(
        At.SMS,
        {"text": "Hi"},
        "options.regional.indiaDlt.principalEntityId",
        NULL,
        options={"regional": {"indiaDlt": {}}},
    ),
    first(
        At.SMS,
        {"text": "Hi"},
        "webhooks.callbackData",
        "size must be between 0 and 4000",
        webhooks={"callbackData": "x" * 4001},
    ),
    (At.SMS, request(_window(days=[])), "messages[0].options.deliveryTimeWindow.days", "size must be between 1 and 7"),
    (At.SMS, request(_window(days=["MOONDAY"])), "messages[0].options.deliveryTimeWindow.days[0]", "must be one of"),
    (At.SMS, request(_window(to=_clock(9))), "messages[0].options.deliveryTimeWindow.from", NULL),
    (
        At.SMS,
        request(_window(**{"from": _clock(9), "to": _clock(9, 59)})),
        "messages[0].options.deliveryTimeWindow.to",
        "must be at least 1 hour after from",
    ),
    (
        At.SMS,
        request(_window(**{"from": _clock(24), "to": _clock(9)})),
        "messages[0].options.deliveryTimeWindow.from.hour",
        "must be less than or equal to 23",
    ),
    (
        At.SMS,
        request(text(), schedule={"bulkId": "b" * 101}),
        "options.schedule.bulkId",
        "size must be between 0 and 100",
    ),
    (
        At.SMS,
        request(text(), schedule={"sendAt": "tomorrow"}),
        "options.schedule.sendAt",
        "must have the format yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    ),
    (
        At.SMS,
        request(text(), schedule={"sendAt": "2027-05-19T10:00:00.001+0000"}),
        "options.schedule.sendAt",
        "must be no later than 180 days in advance",
    ),
]
EMAILS: list[Wrong] = [
    (At.EMAIL, request(email(content={"text": "Hi"})), "messages[0].content.subject", NULL),
    (
        At.EMAIL,
        request({name: value for name, value in email().items() if name != "sender"}),
        "messages[0].sender",
        NULL,
    ),
    (
        At.EMAIL,
        request(email(content={"subject": "a" * 1001})),
        "messages[0].content.subject",
        "size must be between 1 and 1000",
    ),
    (At.EMAIL, request(email(content={"subject": "a", "ampHtml": "<b>"})), "messages[0].content.html", NULL),
    (At.EMAIL, request(email(destination={"to": []})), "messages[0].destinations[0].to", EMPTY),
    *[
        (
            At.EMAIL,
            request(email(content={"subject": "Hi", "defaultPlaceholders": value})),
            "messages[0].content.defaultPlaceholders",
            violation,
        )
        for value, violation in (
            ({"name": "Ann"}, "must be a string"),
            ("Ann", "must be a JSON object, encoded as a string"),
            ('["Ann"]', "must be a JSON object, encoded as a string"),
        )
    ],
    (
        At.EMAIL,
        request(email(destination={"to": [{"destination": "ann@example.com", "placeholders": "{"}]})),
        "messages[0].destinations[0].to[0].placeholders",
        "must be a JSON object, encoded as a string",
    ),
    (
        At.EMAIL,
        request(
            email(
                content={
                    "subject": "Hi",
                    "attachments": [{"type": "binary", "content": "?", "contentType": "a/b", "fileName": "c"}],
                }
            )
        ),
        "messages[0].content.attachments[0].content",
        "must be encoded in Base64",
    ),
    (
        At.EMAIL,
        request(email(), schedule={"sendAt": "2026-11-25T10:00:00.001+0000"}),
        "options.schedule.sendAt",
        "must be no later than 5 days in advance",
    ),
]


@pytest.mark.parametrize(("path", "body", "where", "violation"), [*SHARED, *EMAILS])
def test_a_wrong_request_is_refused_with_the_property(path: str, body: Any, where: str, violation: str) -> None:
    told = violations(path, body)
    assert list(told) == [where]
    assert any(each.startswith(violation) for each in told[where])


def test_all_that_is_wrong_is_told_at_once() -> None:
    async def story(call: Caller) -> None:
        wrong = properties(await call("POST", At.SMS, request(text(""), text(color="red"), schedule={"bulkId": 7})))
        assert wrong == {
            "messages[0].destinations[0].to": [BLANK],
            "messages[1].color": [UNKNOWN],
            "options.schedule.bulkId": ["must be a string"],
        }

    simulate(story, SimulatorOptions(limits=None, unknown_keys="refuse"))


@pytest.mark.parametrize(
    "good",
    [
        (At.SMS, request(_window(**{"from": _clock(22), "to": _clock(6)}))),
        (At.SMS, request(text(options={"validityPeriod": {"amount": 720, "timeUnit": "HOURS"}}))),
        (At.SMS, request(text(), schedule={"sendAt": "2027-05-19T10:00:00.000+0000"})),
        (At.EMAIL, request(email(), schedule={"sendAt": "2026-11-25T10:00:00.000+0000"})),
        (At.EMAIL, request({"destinations": email()["destinations"], "content": {"templateId": "1"}})),
        (At.WHATSAPP_TEMPLATE, {"messages": [template("four    spaces")]}),
        (At.ALIM, request(message({"templateCode": "c", "text": "Hi"}))),
    ],
)
def test_what_is_just_right_is_taken(good: tuple[str, Any]) -> None:
    async def story(call: Caller) -> None:
        path, body = good
        assert (await call("POST", path, body)).status == 200

    simulate(story, clock=lambda: NOW)


@pytest.mark.parametrize(("path", "key"), [(At.SMS, "errorCode"), (At.WHATSAPP_TEXT, "requestError")])
def test_what_is_no_json_is_refused_in_the_family_of_the_endpoint(path: str, key: str) -> None:
    async def story(call: Caller) -> None:
        answer = await call("POST", path, b"{")
        assert (answer.status, key in answer.body) == (400, True)

    simulate(story, UNLIMITED)
