"""Whatever comes to an address is told, or kept as what nobody can read; nothing is raised, and nothing is lost."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.exact_json import write
from streams.receiver.dead_letters import unreadable_report
from streams.receiver.forms import BY_CHANNEL, FORMS, NOWHERE, read, read_entries
from streams.receiver.reading import Channel, Reading, What
from tests.json_values import json_values
from tests.receiver.golden import NOW

DELIVERED = {"messageId": "m-1", "status": {"groupId": 3, "id": 5}}
MESSAGE = {"messageId": "i-1", "from": "41793026727", "to": "25256", "receivedAt": None, "text": "hi"}
#: Somebody's, and so never told of in a detail.
HUSH = "ann@example.com"


def reports(body: bytes, channel: Channel = "sms", what: What = "reports") -> Reading:
    return read(what, channel, body, received_at=NOW, source="webhook")


def entries(*given: Any, channel: Channel = "sms") -> Reading:
    return reports(orjson.dumps({"results": given}), channel)


def details(reading: Reading) -> list[str]:
    return [one.detail for one in reading.unreadable]


def test_each_address_has_a_form_but_that_of_inbound_emails() -> None:
    every = {(what, channel) for what in get_args(What) for channel in get_args(Channel)}
    assert FORMS.keys() == every - NOWHERE == every - {("inbound", "email")}
    assert BY_CHANNEL.keys() == set(get_args(Channel))


def test_what_is_taken_and_written_nowhere_is_read_by_nobody() -> None:
    assert [form for form in BY_CHANNEL.values() if form.written_nowhere & form.readers.keys()] == []


@pytest.mark.parametrize(
    ("detail", "body"),
    [
        ("the body is no JSON", b""),
        ("the body is no JSON", b"ann@example.com"),
        ("the body is no JSON", b'{"results":[{"messageId":"m-1"}'),
        ("the body is no JSON", b"\xff\xfe"),
        ("the body is no object", b"7"),
        ("the body is no object", b"null"),
        ("the body is no object", b'[{"messageId":"m-1","status":{"id":5}}]'),
        ("the body is nested too deeply", b"[" * 100_000 + b"]" * 100_000),
        ("the body holds more values than Infobip tells at once", b'{"results":[' + b"[]," * 200_000 + b"0]}"),
        ("results: has more entries than Infobip tells at once", b'{"results":[' + b"0," * 5000 + b"0]}"),
        ("results: is no list", b'{"results":null}'),
        ("results: is no list", b'{"results":{"messageId":"m-1","status":{"id":5}}}'),
        ("is nothing that Infobip tells of this channel", b"{}"),
        ("is nothing that Infobip tells of this channel", b'{"hello":"ann@example.com"}'),
        ("is nothing that Infobip tells of this channel", b'{"notificationType":{"type":"CLICKED"},"messageId":"m-1"}'),
        ("is nothing that Infobip tells of this channel", b'{"notificationType":"OPENED","messageId":"m-1"}'),
    ],
)
def test_a_body_that_is_none_is_kept_whole(detail: str, body: bytes) -> None:
    read = reports(body)
    assert (list(read.records), details(read), read.unreadable[0].value) == ([], [detail], body)


@pytest.mark.parametrize(
    ("detail", "entry"),
    [
        ("is no object", None),
        ("is no object", [HUSH]),
        ("is nothing that Infobip tells of this channel", {"messageId": HUSH}),
        ("is nothing that Infobip tells of this channel", {"event": ["DELIVERY"], "messageId": HUSH}),
        ("messageId: is missing, or no id", {"status": {"id": 5}, "to": HUSH}),
        ("messageId: is missing, or no id", {"messageId": "", "status": {"id": 5}}),
        ("messageId: is missing, or no id", {"messageId": None, "bulkId": "b", "to": HUSH, "status": {"id": 5}}),
        ("messageId: is missing, or no id", {"messageId": [HUSH], "status": {"id": 5}}),
        ("messageId: is missing, or no id", {"messageId": True, "seenAt": "2026-11-20T10:00:00.000+0000"}),
        ("messageId: is missing, or no id", {"notificationType": "CLICKED", "recipient": HUSH}),
        ("messageId: is missing, or no id", {**MESSAGE, "messageId": 1.5}),
        ("status: is missing, or names neither id nor groupId", {"messageId": "m-1", "status": HUSH}),
        ("status: is missing, or names neither id nor groupId", {"messageId": "m-1", "status": {"id": "5"}}),
        ("status: is missing, or names neither id nor groupId", {"messageId": "m-1", "event": "DELIVERY"}),
        ("has neither text, message nor content", {"messageId": "i-1", "receivedAt": None, "from": HUSH}),
    ],
)
def test_a_bad_entry_spoils_none_of_the_others(detail: str, entry: Any) -> None:
    read = entries(DELIVERED, entry, {**DELIVERED, "messageId": "m-2"})
    assert [told.key for told in read.records] == ["m-1", "m-2"]
    assert details(read) == [f"results[1]: {detail}"]
    assert orjson.loads(read.unreadable[0].value) == entry


@pytest.mark.parametrize(
    "entry",
    [
        {"status": {"id": 5}, "bulkId": "b"},
        {"status": {"id": 5}, "to": HUSH},
        {"status": {"id": 5}, "bulkId": "b", "to": HUSH, "messageId": {}},
    ],
)
def test_an_email_without_an_id_needs_its_request_and_its_recipient(entry: Any) -> None:
    assert details(entries(entry, channel="email")) == ["results[0]: messageId: is missing, or no id"]


@pytest.mark.parametrize(("read", "content"), [(True, "[" * 99 + "]" * 99), (False, "[" * 100 + "]" * 100)])
def test_a_content_is_kept_whole_as_deep_as_it_can_be_written(read: bool, content: str) -> None:  # noqa: FBT001
    message = f'{{"type":"TEXT","text":"a","deep":{content}}}'
    body = f'{{"results":[{{"messageId":"i-1","receivedAt":null,"message":{message}}}]}}'.encode()
    told = reports(body, "whatsapp", "inbound")
    assert ([write(one.value["content"]) for one in told.records] == [message.encode()]) is read
    assert details(told) == ([] if read else ["results[0]: message: is nested too deeply"])


def test_an_entry_that_is_nested_very_deeply_is_kept_whole() -> None:
    deep: Any = "deep"
    for _ in range(5000):
        deep = [deep]
    (one,) = read_entries("reports", "sms", [{"to": deep}], received_at=NOW, source="pull").unreadable
    assert (one.value.count(b"["), one.value.count(b'"deep"')) == (5000, 1)


def test_half_of_a_character_in_json_in_a_text_is_a_question_mark() -> None:
    parts = json.dumps({"mms_parts": [{"contentType": "text/plain", "value": "a\ud800"}]})
    (told,) = entries({**MESSAGE, "message": parts}, channel="mms").records
    assert told.value["text"] == "a?"
    assert json.loads(write(told.value))["content"]["mms_parts"][0]["value"] == "a?"


def test_an_entry_that_is_nested_deeply_keeps_its_numbers() -> None:
    body = b'{"results":[{"number": 94001118992231974284901, "to": ' + b"[" * 300 + b"]" * 300 + b"}]}"
    (one,) = reports(body).unreadable
    assert one.value == body[12:-2]


def test_half_of_a_character_is_a_question_mark() -> None:
    body = rb'{"results":[{"messageId":"i-1","receivedAt":null,"from":"4179","text":"cut \ud83d"}]}'
    (told,) = reports(body, what="inbound").records
    assert told.value["text"] == "cut ?"
    (again,) = read_entries(
        "inbound", "sms", [{**MESSAGE, "text": "cut \ud83d"}], received_at=NOW, source="pull"
    ).records
    assert again.value["text"] == "cut ?"


def test_numbers_are_kept_to_the_last_digit() -> None:
    message = b'{"type":"ORDER","total":94001118992231974284901,"nothing":NaN}'
    body = b'{"results":[{"messageId":94001118992231974284901,"receivedAt":null,"message":%s}]}' % message
    (told,) = reports(body, "whatsapp", "inbound").records
    assert write(told.value["content"]) == message.replace(b"NaN", b"null")
    assert entries({**DELIVERED, "messageId": 7, "price": {"pricePerMessage": 2}}).records[0].value["message_id"] == "7"


@pytest.mark.parametrize(
    ("expected", "price"), [(None, b"1e999"), (None, b"-Infinity"), (12345678901234567.8, b"12345678901234567.8")]
)
def test_a_price_is_a_number(expected: float | None, price: bytes) -> None:
    body = b'{"results":[{"messageId":"m-1","status":{"id":5},"price":{"pricePerMessage":%s}}]}' % price
    assert reports(body).records[0].value["price_per_message"] == expected


def test_numbers_beyond_64_bits_are_written_as_they_are() -> None:
    page = [{**MESSAGE, "smsCount": 10**30, "message": {"type": "ORDER", "total": 10**30}}]
    (told,) = read_entries("inbound", "rcs", page, received_at=NOW, source="pull").records
    assert (told.value["message_count"], write(told.value["content"])) == (
        None,
        b'{"type":"ORDER","total":1%s}' % (b"0" * 30),
    )


def test_what_nobody_can_read_is_a_dead_letter_that_holds_it_whole() -> None:
    (one,) = reports(b"\xff").unreadable
    letter = unreadable_report(one, now=datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert (letter.job, letter.reason, letter.detail) == (None, "unreadable_report", "the body is no JSON")
    assert (letter.value, letter.value_encoding, letter.topic, letter.key) == ("/w==", "base64", None, None)


def test_nothing_told_is_nothing() -> None:
    assert reports(b'{"results":[]}') == Reading([], [])


ADDRESSES = st.sampled_from(sorted(FORMS))
#: What is looked for in what Infobip sends, and what is looked for in that.
WORDS = [
    *("messageId", "bulkId", "to", "from", "sender", "destination", "recipient", "eventId", "url", "channel", "event"),
    *(
        "status",
        "error",
        "id",
        "groupId",
        "price",
        "mccMnc",
        "messageCount",
        "callbackData",
        "sentAt",
        "doneAt",
        "seenAt",
    ),
    *("notificationType", "sendDateTime", "recipientInfo", "receivedAt", "text", "cleanText", "keyword", "message"),
    *("content", "contact", "context", "type", "pairedMessageId", "integrationType", "eventDetails", "createdAt"),
    *("mms_parts", "notificationMessagesStatus", "contentType", "value", "caption"),
]
NAMES = [
    *("DELIVERY", "SEEN", "MO", "CLICKED", "OPENED", "UNSUBSCRIBED", "COMPLAINED", "LATE_BOUNCE", "TEXT", "SMS"),
    *("stop", "resume", "STOP", "WHATSAPP", "HIGH_BOUNCE_RATE_WARNING", "text/plain"),
    *("2026-11-20T10:00:00.000+0000", "0001-01-01T00:00:00.000+0000", "9999-12-31T23:59:59-2359"),
]
SAID = st.recursive(
    json_values | st.sampled_from(NAMES) | st.integers(-(10**30), 10**30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=8),
    max_leaves=25,
)
BODIES = SAID | st.builds(lambda one: {"results": one}, st.lists(SAID, max_size=3))


def can_be_written(reading: Reading) -> bool:
    return all(write(told.value) for told in reading.records) and all(one.value for one in reading.unreadable)


@settings(deadline=None)
@given(ADDRESSES, st.binary() | BODIES.map(lambda said: json.dumps(said).encode()))
def test_whatever_comes_is_told_or_kept(address: tuple[What, Channel], body: bytes) -> None:
    told = reports(body, address[1], address[0])
    assert can_be_written(told) or body == b""
    assert [one.id for one in reports(body, address[1], address[0]).records] == [one.id for one in told.records]
    assert all(HUSH not in one.detail and "\n" not in one.detail for one in told.unreadable)


@settings(deadline=None)
@given(ADDRESSES, st.lists(SAID, max_size=4))
def test_each_entry_of_a_page_is_told_kept_or_written_nowhere(address: tuple[What, Channel], page: list[Any]) -> None:
    told = read_entries(*address, page, received_at=NOW, source="pull")
    assert can_be_written(told)
    for one in told.records:
        named = one.value.get("message_id") or one.value.get("bulk_id") or one.value.get("recipient")
        assert named or one.topic in ("inbound_messages", "consents")
        assert one.topic == "consents" or one.id


def test_two_statuses_of_one_message_are_two_reports_though_only_their_groups_are_told() -> None:
    told = entries({"messageId": "m-1", "status": {"groupId": 1}}, {"messageId": "m-1", "status": {"groupId": 3}})
    assert len({one.id for one in told.records}) == 2
