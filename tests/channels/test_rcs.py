"""What RCS has beyond golden cases: what goes together, and what faults are called."""

from typing import Any

import pytest

from schemas.content.base import RENDERED
from schemas.records.message import MessageStatus
from tests.channels import faults

REPLY = {"type": "REPLY", "text": "Yes", "postback_data": "yes"}
LINK = {**REPLY, "type": "OPEN_URL", "url": "https://www.example.com"}
CALL = {**REPLY, "type": "DIAL_PHONE"}
PLACE = {**REPLY, "type": "SHOW_LOCATION", "latitude": 44.9, "longitude": 13.8}
DATE = {
    **REPLY,
    "type": "CREATE_CALENDAR_EVENT",
    "title": "Party",
    "start_time": "2030-03-03T15:00:00+01:00",
    "end_time": "2030-03-03T15:00:00Z",
}
CARD: dict[str, Any] = {"type": "CARD", "orientation": "VERTICAL", "alignment": "LEFT"}
CAROUSEL: dict[str, Any] = {"type": "CAROUSEL", "card_width": "SMALL"}
SMS = {"text": "Hi"}
MMS = {"content": {"segments": [{"type": "TEXT", "text": "Hi"}]}}
TIME = "must be a time with its zone, such as 2030-03-03T15:00:00+01:00"
WEB = "must begin with http:// or https://, without spaces"
PHONE = "must be a phone number of 2 to 15 digits"
TOO_MANY = "Tuple should have at most {} items after validation, not {}"


def text(*suggestions: Any, **said: Any) -> dict[str, Any]:
    return {"type": "TEXT", "text": "Hi", **said, **({"suggestions": suggestions} if suggestions else {})}


def mms(**said: Any) -> dict[str, Any]:
    return {"content": {**MMS["content"], **said}}


def faults_of(said: dict[str, Any], context: str | None = None) -> list[tuple[str, str]]:
    return faults.faults_of({"channel": "rcs", **said}, context)


@pytest.mark.parametrize(
    ("said", "place", "fault"),
    [
        ({"text": "Hi"}, "type", "Field required"),
        ({"type": "VIDEO"}, "type", "unknown"),
        (text(file={"url": "https://www.example.com"}), "file", "Extra inputs are not permitted"),
        (text(sms_failover=SMS, mms_failover=MMS), "mms_failover", "goes without sms_failover: give one of them"),
        (
            text(
                mms_failover={"content": {"segments": [{"type": "FILE", "file": "a.png", "content_type": "image/png"}]}}
            ),
            "mms_failover.content.segments.0.type",
            "unknown",
        ),
        (text(mms_failover=mms(title="a" * 67)), "mms_failover.content.title", "must be at most 66 characters, not 67"),
        (text(mms_failover={**MMS, "sender": ""}), "mms_failover.sender", "must not be empty"),
        (
            text(mms_failover={**MMS, "sender": "a" * 256}),
            "mms_failover.sender",
            "must be at most 255 characters, not 256",
        ),
        (
            text(mms_failover=mms(segments=[])),
            "mms_failover.content.segments",
            "Tuple should have at least 1 item after validation, not 0",
        ),
        ({"type": "FILE", "file": {"url": "www.example.com"}}, "file.url", WEB),
        (text({**REPLY, "type": "SHOUT"}), "suggestions.0.type", "unknown"),
        (text("REPLY"), "suggestions.0", "Input should be a valid dictionary or instance of suggestion"),
        (text(*[REPLY] * 12), "suggestions", TOO_MANY.format(11, 12)),
        (
            text({**LINK, "application": "WEBVIEW"}),
            "suggestions.0.webview_view_mode",
            "is needed with the application WEBVIEW",
        ),
        (
            text({**LINK, "url": "tel:123"}),
            "suggestions.0.url",
            WEB,
        ),
        (text({**CALL, "phone_number": "+1"}), "suggestions.0.phone_number", PHONE),
        (text({**CALL, "phone_number": "1" * 16}), "suggestions.0.phone_number", PHONE),
        (text({**CALL, "phone_number": "044 555"}), "suggestions.0.phone_number", PHONE),
        (
            text({**PLACE, "latitude": float("nan")}),
            "suggestions.0.latitude",
            "Input should be less than or equal to 90",
        ),
        (text({**DATE, "start_time": "2030-03-03T15:00:00"}), "suggestions.0.start_time", TIME),
        (text({**DATE, "end_time": "tomorrow"}), "suggestions.0.end_time", TIME),
        (text({**DATE, "end_time": "2030-03-03T14:00:00Z"}), "suggestions.0.end_time", "must be after start_time"),
        ({**CARD, "content": {"description": "Only"}}, "content", "title or media is needed"),
        ({**CARD, "content": {"title": "A", "suggestions": [REPLY] * 5}}, "content.suggestions", TOO_MANY.format(4, 5)),
        ({**CAROUSEL, "contents": [{"title": "A"}] * 11}, "contents", TOO_MANY.format(10, 11)),
    ],
)
def test_what_a_message_cannot_be_is_refused_at_once(said: dict[str, Any], place: str, fault: str) -> None:
    assert faults_of(said)[0] == (place, fault)


@pytest.mark.parametrize(
    "said",
    [
        text(*[REPLY] * 11),
        text({**LINK, "webview_view_mode": "HALF"}, {**LINK, "application": "BROWSER"}),
        text({**CALL, "phone_number": "0" * 15}, {**CALL, "phone_number": "+12"}),
        text(DATE),
        text(sms_failover=SMS),
        text(mms_failover={**mms(title="a" * 66), "sender": "abc"}),
        text(mms_failover={**mms(title=""), "sender": "a" * 11}),
        {**CARD, "content": {"title": "A", "suggestions": [REPLY] * 4}},
        {**CAROUSEL, "contents": [{"title": "A"}] * 10},
        {"type": "PROVIDER_TEMPLATE", "template_id": "a"},
    ],
)
def test_what_a_message_can_just_be_is_taken(said: dict[str, Any]) -> None:
    assert faults_of(said) == []


@pytest.mark.parametrize(
    ("field", "suggestion"),
    [
        ("url", {**LINK, "url": "{{x}}"}),
        ("phone_number", {**CALL, "phone_number": "{{x}}"}),
        ("start_time", {**DATE, "start_time": "{{x}}"}),
        ("end_time", {**DATE, "end_time": "{{x}}"}),
    ],
)
def test_the_form_of_a_text_with_tokens_is_told_once_they_are_filled_in(field: str, suggestion: Any) -> None:
    assert faults_of(text(suggestion)) == []
    assert [place for place, _ in faults_of(text(suggestion), RENDERED)] == [f"suggestions.0.{field}"]


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("sender", "Error: Invalid from field"),
        ("destinations[0].to", "Error: Invalid phone number"),
        ("content.text", "Error: Invalid text length"),
        ("content.templateId", "Error: Invalid template name"),
        ("content.parameters[0].name", "Error: Invalid request"),
        ("content.file.url", "Error: Invalid image url length"),
        ("content.thumbnail.url", "Error: Invalid image url length"),
        ("content.contents[1].media.file.url", "Error: Invalid image url length"),
        ("content.contents[1].title", "Error: Invalid text length"),
        ("content.contents[1].suggestions", "Error: Invalid buttons field length"),
        ("content.suggestions", "Error: Invalid buttons field length"),
        ("content.suggestions[10].text", "Error: Invalid button text length"),
        ("content.suggestions[10].label", "Error: Invalid button text length"),
        ("content.suggestions[10].url", "Error: Invalid button url length"),
        ("options.smsFailover.text", "Error: Invalid text length"),
        ("options.smsFailover.sender", "Error: Invalid from field"),
        ("webhooks.callbackData", "Error: Invalid callback data length"),
        ("content.suggestions[0].latitude", "Error: Rejected by Infobip"),
    ],
)
def test_what_infobip_finds_wrong_has_words_to_branch_on(place: str, status: MessageStatus) -> None:
    assert faults.called(place) == status
