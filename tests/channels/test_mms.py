"""What MMS has beyond golden cases: limits while the configuration is read, and files that are uploaded."""

from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from schemas.content.base import RENDERED
from schemas.content.mms import MmsContent
from streams.channels.mms import CHANNEL, content, files, upload_call, uploaded
from streams.errors import JobFailed
from streams.simulator.operations import OPERATIONS
from tests.channels.golden import cases, play
from tests.channels.published import published

PHOTO = {"type": "FILE", "content_id": "photo", "file": "media/banner.jpg", "content_type": "image/jpeg"}
TEXT = {"type": "TEXT", "text": "Look, {{name}}"}


def mms(*segments: dict[str, Any], context: str | None = None, **said: Any) -> MmsContent:
    return MmsContent.model_validate({"channel": "mms", "segments": segments, **said}, context=context)


def fault_of(*segments: dict[str, Any], **said: Any) -> tuple[tuple[int | str, ...], str]:
    with pytest.raises(ValidationError) as refused:
        mms(*segments, **said)
    fault = refused.value.errors()[0]
    return fault["loc"], fault["msg"].removeprefix("Value error, ")


@pytest.mark.parametrize(
    ("segment", "place", "fault"),
    [
        ({"type": "TEXT", "text": ""}, "text", "must not be empty"),
        ({"type": "TEXT", "text": "a" * 1601}, "text", "must be at most 1600 characters, not 1601"),
        (
            {"type": "TEXT", "text": "{{name}}" + "a" * 1601},
            "text",
            "must be at most 1600 characters, not 1601",
        ),
        (
            {"type": "LINK", "content_url": "acme.example"},
            "content_url",
            "must begin with http:// or https://, without spaces",
        ),
        (
            {"type": "LINK", "content_url": "http://a.example", "content_type": "png"},
            "content_type",
            "must be a media type such as image/png",
        ),
        ({"type": "SMIL", "smil": " "}, "smil", "must not be empty"),
        ({"type": "UPLOADED_REFERENCE", "uploaded_content_id": ""}, "uploaded_content_id", "must not be empty"),
        ({**PHOTO, "file": "{{name}}.jpg"}, "file", "takes no tokens: the file is uploaded once, for everybody"),
        (
            {**PHOTO, "content_type": "image/{{name}}"},
            "content_type",
            "takes no tokens: the file is uploaded once, for everybody",
        ),
        ({"type": "FILE", "file": "banner.jpg"}, "content_type", "Field required"),
        ({"type": "TEXT", "text": "Hi", "smil": "<smil/>"}, "smil", "Extra inputs are not permitted"),
        ({"type": "PICTURE"}, "type", "unknown"),
        ({"text": "Hi"}, "type", "Field required"),
    ],
)
def test_what_a_segment_cannot_be_is_refused_at_once(segment: dict[str, Any], place: str, fault: str) -> None:
    assert fault_of(TEXT, segment) == (("segments", 1, place), fault)


def test_names_within_a_message_are_unique() -> None:
    again = {"type": "TEXT", "text": "Hi", "content_id": "photo"}
    assert fault_of(PHOTO, again) == (("segments",), "names 'photo' more than once")


def test_an_mms_says_something() -> None:
    assert fault_of()[0] == ("segments",)


def test_types_are_read_in_small_letters_too() -> None:
    assert mms({"type": "link", "content_url": "https://{{name}}.example"}).segments[0].type == "LINK"


def test_what_a_token_became_is_no_token() -> None:
    said = mms({"type": "LINK", "content_url": "https://acme.example/{{x}}"}, context=RENDERED)
    assert content(said)["messageSegments"][0]["contentUrl"] == "https://acme.example/{{x}}"


def test_a_file_is_uploaded_once_under_a_name_of_job_and_hash() -> None:
    said = mms(PHOTO, TEXT, {**PHOTO, "content_id": "again"})
    assert files(said) == {"media/banner.jpg": "image/jpeg"}
    call = upload_call("order-mms", "image/jpeg", b"a picture")
    assert (call.operation.name, call.method, call.path) == ("upload_mms", "POST", "/mms/1/content")
    assert call.content == b"a picture"
    name = call.headers["X-Content-Id"]
    assert name.startswith("order-mms-")
    assert name == upload_call("order-mms", "image/jpeg", b"a picture").headers["X-Content-Id"]
    assert name != upload_call("order-mms", "image/jpeg", b"another").headers["X-Content-Id"]
    assert (call.headers["X-Media-Type"], call.headers["X-Validity-Period-Minutes"]) == ("image/jpeg", "69120")


def test_messages_refer_to_what_was_uploaded() -> None:
    said = uploaded(mms(PHOTO, TEXT), {"media/banner.jpg": "B44419205B27"})
    photo = {"type": "UPLOADED_REFERENCE", "contentId": "photo", "uploadedContentId": "B44419205B27"}
    assert content(said) == {"messageSegments": (photo, {"type": "TEXT", "text": "Look, {{name}}"})}
    assert not files(said)
    assert MmsContent.model_validate(said.model_dump(exclude_none=True), context=RENDERED) == said


def test_nothing_is_sent_with_a_file_that_was_not_uploaded() -> None:
    with pytest.raises(JobFailed, match=r"not uploaded: media/banner\.jpg"):
        content(mms(PHOTO))


def test_an_upload_is_an_operation_of_infobip() -> None:
    call = upload_call("order-mms", "image/jpeg", b"a picture")
    assert OPERATIONS[call.operation.name].path == call.path


def test_what_may_have_been_sent_is_asked_of_the_published_logs() -> None:
    assert CHANNEL.logs is not None
    assert CHANNEL.logs.path == "/mms/2/logs"
    assert "get" in published("mms")["paths"]["/mms/2/logs"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for name, case in cases() if name == "mms"])
def test_every_segment_is_valid_by_its_own_schema(case: dict[str, Any]) -> None:
    document = published("mms")
    schemas = document["components"]["schemas"]
    (kinds,) = (
        schema["discriminator"]["mapping"] for name, schema in schemas.items() if name.endswith("OutboundSegment")
    )
    for call in play(case)[0]:
        for segment in call.body["messages"][0]["content"]["messageSegments"]:
            whole = {"components": document["components"], "$ref": kinds[segment["type"]]}
            errors = jsonschema.Draft202012Validator(whole).iter_errors(segment)
            assert [error.message for error in errors] == []
