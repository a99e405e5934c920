"""What Viber has beyond golden cases: limits while the configuration is read, and what goes together."""

from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.configuration import Configuration
from schemas.content import Content
from schemas.content.base import RENDERED, MessageContent
from schemas.content.viber import CONTENT, TYPES, ViberContent
from streams.channels.viber import CHANNEL
from tests.channels.faults import faults_of
from tests.channels.golden import cases, play
from tests.channels.published import published

WEB = "https://acme.example"
BUTTON = {"title": "More", "action": WEB}
CARD = {"text": "A card", "media_url": WEB}
TEXT: dict[str, Any] = {"type": "TEXT", "text": "Hi {{name}}"}
IMAGE: dict[str, Any] = {"type": "IMAGE", "media_url": WEB}
FILE: dict[str, Any] = {"type": "FILE", "file_name": "bill.pdf", "media_url": WEB}
VIDEO: dict[str, Any] = {"type": "VIDEO", "media_url": WEB, "media_duration": "PT30S", "thumbnail_url": WEB}
LIST: dict[str, Any] = {"type": "LIST", "text": "Which?", "options": ["S", "M"]}
CAROUSEL: dict[str, Any] = {"type": "CAROUSEL", "text": "New", "cards": [CARD, CARD]}
TEMPLATE: dict[str, Any] = {"type": "TEMPLATE", "template_id": "otp", "language": "en"}

SHAPE = "must begin with http:// or https://, without spaces"
EXTRA = "Extra inputs are not permitted"


def viber(said: dict[str, Any], context: str | None = None) -> MessageContent:
    return CONTENT.model_validate({"channel": "viber", **said}, context=context)


def fault_of(said: dict[str, Any], context: str | None = None) -> tuple[str, str]:
    return faults_of({"channel": "viber", **said}, context)[0]


@pytest.mark.parametrize("said", [TEXT, IMAGE, FILE, VIDEO, LIST, CAROUSEL, TEMPLATE], ids=lambda said: said["type"])
def test_each_type_is_read_as_itself_and_again_once_it_is_filled_in(said: dict[str, Any]) -> None:
    content = viber(said)
    assert type(content) is TYPES[said["type"]]
    assert type(content).model_validate(content.model_dump(exclude_none=True), context=RENDERED) == content


@pytest.mark.parametrize("length", [(0, "must not be empty"), (1001, "must be at most 1000 characters, not 1001")])
@pytest.mark.parametrize(
    ("said", "place"),
    [
        (TEXT, "text"),
        ({**IMAGE, "text": ""}, "text"),
        ({**VIDEO, "text": ""}, "text"),
        (CAROUSEL, "text"),
        (IMAGE, "media_url"),
        (VIDEO, "media_url"),
        (VIDEO, "thumbnail_url"),
    ],
)
def test_texts_and_urls_have_a_thousand_characters(said: dict[str, Any], place: str, length: tuple[int, str]) -> None:
    assert fault_of({**said, place: "a" * length[0]}) == (place, length[1])


@pytest.mark.parametrize(
    ("said", "place", "fault"),
    [
        ({**TEXT, "button": {**BUTTON, "title": "a" * 31}}, "button.title", "must be at most 30 characters, not 31"),
        ({**TEXT, "button": {**BUTTON, "title": ""}}, "button.title", "must not be empty"),
        (
            {**TEXT, "button": {**BUTTON, "action": "a" * 1001}},
            "button.action",
            "must be at most 1000 characters, not 1001",
        ),
        ({**TEXT, "button": {"title": "More"}}, "button.action", "Field required"),
        ({**IMAGE, "text": "Hi", "button": {"title": "More"}}, "button.action", "Field required"),
        ({**VIDEO, "button": {"title": "a" * 31}}, "button.title", "must be at most 30 characters, not 31"),
        ({**IMAGE, "media_url": "acme.example/a.png"}, "media_url", SHAPE),
        ({**VIDEO, "thumbnail_url": "acme.example/a.png"}, "thumbnail_url", SHAPE),
        ({**FILE, "media_url": "ftp://acme.example/a.pdf"}, "media_url", SHAPE),
        ({**CAROUSEL, "cards": [CARD, {**CARD, "media_url": "a.png"}]}, "cards.1.media_url", SHAPE),
        ({**VIDEO, "media_duration": "30"}, "media_duration", "must be an ISO 8601 duration such as PT30S"),
        ({**VIDEO, "media_duration": "P"}, "media_duration", "must be an ISO 8601 duration such as PT30S"),
        ({**VIDEO, "media_duration": "PT"}, "media_duration", "must be an ISO 8601 duration such as PT30S"),
        ({**LIST, "text": "a" * 86}, "text", "must be at most 85 characters, not 86"),
        ({**LIST, "options": ["S", "a" * 51, "L"]}, "options.1", "must be at most 50 characters, not 51"),
        ({**LIST, "options": ["S"]}, "options", "Tuple should have at least 2 items after validation, not 1"),
        ({**LIST, "options": list("SMLXYZ")}, "options", "Tuple should have at most 5 items after validation, not 6"),
        ({**CAROUSEL, "cards": [CARD]}, "cards", "Tuple should have at least 2 items after validation, not 1"),
        ({**CAROUSEL, "cards": [CARD] * 6}, "cards", "Tuple should have at most 5 items after validation, not 6"),
        ({**CAROUSEL, "cards": [CARD, CARD, {**CARD, "text": "a"}]}, "cards.2.text", "must be at least 2 characters"),
        (
            {**CAROUSEL, "cards": [CARD, CARD, {**CARD, "text": "a" * 39}]},
            "cards.2.text",
            "must be at most 38 characters, not 39",
        ),
        (
            {**CAROUSEL, "cards": [CARD, CARD, {**CARD, "buttons": [BUTTON] * 3}]},
            "cards.2.buttons",
            "Tuple should have at most 2 items after validation, not 3",
        ),
        ({**TEMPLATE, "language": ""}, "language", "must not be empty"),
        ({**TEMPLATE, "parameters": {"pin": 7}}, "parameters.pin", "Input should be a valid string"),
        ({**TEXT, "label": "promotional"}, "label", "Input should be 'PROMOTIONAL' or 'TRANSACTIONAL'"),
        ({**TEXT, "tracking_data": "a" * 101}, "tracking_data", "must be at most 100 characters, not 101"),
        ({**TEXT, "sms_failover": {"sender": "Acme"}}, "sms_failover.text", "Field required"),
        (
            {**TEXT, "sms_failover": {"text": "a" * 4001}},
            "sms_failover.text",
            "must be at most 4000 characters, not 4001",
        ),
        (
            {**TEXT, "sms_failover": {"text": "Hi", "validity_period": {"amount": 49, "time_unit": "HOURS"}}},
            "sms_failover.validity_period",
            "must be at most 48 hours, not 49 hours",
        ),
        ({**TEXT, "media_url": WEB}, "media_url", EXTRA),
        ({"type": "POLL"}, "type", "unknown"),
        ({"text": "Hi"}, "type", "Field required"),
    ],
)
def test_what_a_message_cannot_be_is_refused_at_once(said: dict[str, Any], place: str, fault: str) -> None:
    assert fault_of(said) == (place, fault)


@pytest.mark.parametrize(
    ("titles", "fault"),
    [
        (("a" * 11, "b"), ("cards.2.buttons.0.title", "must be at most 10 characters, not 11")),
        (("a" * 10, "b" * 13), ("cards.2.buttons.1.title", "must be at most 12 characters, not 13")),
        (("{{name}}" + "a" * 11, "b"), ("cards.2.buttons.0.title", "must be at most 10 characters, not 11")),
    ],
)
def test_each_button_of_a_card_has_its_own_limit(titles: tuple[str, str], fault: tuple[str, str]) -> None:
    buttons = [{"title": title, "action": WEB} for title in titles]
    assert fault_of({**CAROUSEL, "cards": [CARD, CARD, {**CARD, "buttons": buttons}]}) == fault


def test_a_token_in_the_title_of_a_card_is_not_measured() -> None:
    card = {**CARD, "buttons": [{"title": "{{name_10}}", "action": WEB}]}
    said = {**CAROUSEL, "cards": [CARD, CARD, card]}
    assert isinstance(viber(said), ViberContent)
    assert fault_of(said, RENDERED) == ("cards.2.buttons.0.title", "must be at most 10 characters, not 11")


@pytest.mark.parametrize("name", ["bill.PDF", "bill", "pdf", "bill.pdf.exe", "bill.{{kind}}"])
def test_a_file_is_of_a_kind_that_viber_takes(name: str) -> None:
    place, fault = fault_of({**FILE, "file_name": name}, RENDERED)
    assert (place, fault.partition(":")[0]) == ("file_name", "must end in one of")


@pytest.mark.parametrize("said", [{"file_name": "{{name}}"}, {"file_name": "bill.xlsx"}, {"file_name": "a.b.fodt"}])
def test_names_of_files_may_hold_tokens(said: dict[str, Any]) -> None:
    assert isinstance(viber({**FILE, **said}), ViberContent)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({**IMAGE, "button": BUTTON}, ("button", "needs a text beside it")),
        (
            {**IMAGE, "text": "Hi", "to_primary_device_only": True},
            ("text", "is not possible with to_primary_device_only"),
        ),
        (
            {**TEXT, "button": BUTTON, "to_primary_device_only": True},
            ("button", "is not possible with to_primary_device_only"),
        ),
        ({**TEXT, "button": BUTTON, "activation_check": True}, ("button", "is not possible with activation_check")),
        (
            {**TEXT, "tracking_data": "a", "activation_check": True},
            ("tracking_data", "is not possible with activation_check"),
        ),
        (
            {**IMAGE, "tracking_data": "a", "to_primary_device_only": True},
            ("tracking_data", "is not possible with to_primary_device_only"),
        ),
        ({**IMAGE, "activation_check": True}, ("activation_check", EXTRA)),
        ({**VIDEO, "to_primary_device_only": True}, ("to_primary_device_only", EXTRA)),
        ({**CAROUSEL, "apply_session_rate": True}, ("apply_session_rate", EXTRA)),
        ({**TEMPLATE, "tracking_data": "a"}, ("tracking_data", EXTRA)),
    ],
)
def test_options_stand_where_infobip_heeds_them(said: dict[str, Any], fault: tuple[str, str]) -> None:
    assert fault_of(said) == fault


def test_options_that_are_off_hinder_nothing() -> None:
    assert isinstance(viber({**TEXT, "button": BUTTON, "activation_check": False}), ViberContent)


def test_a_sender_is_as_long_as_one_that_can_be_registered() -> None:
    job = {
        "name": "viber",
        "kind": "send_message",
        "authorization": "main",
        "topics": ["memberships"],
        "content": {"channel": "viber", "type": "TEXT", "text": "Hi"},
    }
    main = {"name": "main", "base_url": "a.api.infobip.com", "api_key": "k"}
    said = {"kafka": {"brokers": "localhost:9092"}, "authorizations": [main]}
    assert Configuration.model_validate({**said, "jobs": [{**job, "sender": "a" * 20}]})
    with pytest.raises(ValidationError, match="bad_sender"):
        Configuration.model_validate({**said, "jobs": [{**job, "sender": "a" * 21}]})


def test_editors_are_shown_every_type() -> None:
    editor = jsonschema.Draft202012Validator(TypeAdapter(Content).json_schema())
    for said in (TEXT, IMAGE, FILE, VIDEO, LIST, CAROUSEL, TEMPLATE):
        one = {"channel": "viber", **said}
        assert editor.is_valid(one)
        assert not editor.is_valid({**one, "stray": 1})


def test_what_may_have_been_sent_is_asked_of_the_published_logs() -> None:
    assert CHANNEL.logs is not None
    assert CHANNEL.logs.path == "/viber/2/logs"
    assert "get" in published("viber")["paths"]["/viber/2/logs"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for name, case in cases() if name == "viber"])
def test_every_content_is_valid_by_the_schema_of_its_type(case: dict[str, Any]) -> None:
    document = published("viber")
    schemas = document["components"]["schemas"]
    (kinds,) = (
        one["discriminator"]["mapping"] for name, one in schemas.items() if name.endswith(".ViberOutboundContent")
    )
    for call in play(case)[0]:
        content = call.body["messages"][0]["content"]
        whole = {"components": document["components"], "$ref": kinds[content["type"]]}
        assert [error.message for error in jsonschema.Draft202012Validator(whole).iter_errors(content)] == []
