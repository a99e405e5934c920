"""What is left of records that their topics do not take whole, and what they say of the rest."""

from base64 import b64encode
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records.contact import Contact
from schemas.records.message import Message
from schemas.records.outcomes import DeadLetter
from streams.kafka.producer import OutgoingRecord
from streams.kafka.shorten import shorter_contact, shorter_letter, shorter_membership, shorter_message
from streams.pipeline.settle import Failure, dead_letter
from tests.fakes.infobip import NOW
from tests.making import FakeRecord


def letter_of(record: FakeRecord, detail: str = "no event") -> OutgoingRecord:
    letter = dead_letter("vip", Failure(record, "undecodable", detail), now=NOW)
    return OutgoingRecord("dead", record.key, letter.model_dump_json().encode(), shorten=shorter_letter)


def shortened(record: OutgoingRecord, most: int) -> tuple[OutgoingRecord, DeadLetter]:
    smaller = record.shorter(most)
    assert smaller is not None
    assert smaller.weight <= most
    return smaller, DeadLetter.model_validate_json(smaller.value or b"")


@pytest.mark.parametrize("value", [b"\xff" * 90_000, b"\x01" * 90_000, b"x" * 90_000, "\U0001f600".encode() * 22_500])
def test_a_letter_keeps_as_much_of_its_value_as_fits_and_tells_what_it_had(value: bytes) -> None:
    whole = letter_of(FakeRecord(value, offset=7, partition=3, key=b"u-1", headers=(("trace", b"abc"),)))
    smaller, letter = shortened(whole, 20_000)
    assert smaller.key == b"u-1"
    assert smaller.weight > 19_900
    assert letter.cut == {"value": 90_000}
    assert (letter.topic, letter.partition, letter.offset, letter.key) == ("memberships", 3, 7, "u-1")
    assert [(one.name, one.value) for one in letter.headers] == [("trace", "abc")]


def test_what_is_left_of_base64_can_be_read() -> None:
    _, letter = shortened(letter_of(FakeRecord(bytes(range(256)) * 300)), 5_000)
    assert len(letter.value or "") % 4 == 0
    assert b64encode(bytes(range(256)) * 300).startswith((letter.value or "").encode())


@pytest.mark.parametrize(
    ("changes", "cut"),
    [
        ({"headers": (("big", b"h" * 50_000),)}, {"headers": 50_003}),
        ({"headers": (("big", b"\xff" * 50_000),)}, {"headers": 50_003}),
        ({"key": b"k" * 50_000}, {"headers": 4, "key": 50_000}),
    ],
)
def test_headers_go_before_the_key_and_a_value_that_then_fits_stays(changes: Any, cut: dict[str, int]) -> None:
    record = FakeRecord(**{"value": b"value", "headers": (("h", b"abc"),), **changes})
    smaller, letter = shortened(letter_of(record), 5_000)
    assert (letter.value, letter.cut) == ("value", cut)
    assert smaller.key == (None if "key" in cut else record.key)


def test_nothing_is_left_where_not_even_the_place_fits() -> None:
    assert letter_of(FakeRecord(b"x" * 1000, topic="t" * 249)).shorter(300) is None
    assert OutgoingRecord("flushes", b"vip", b"x" * 1000).shorter(500) is None


@given(st.binary(max_size=3000), st.binary(max_size=2000), st.text(max_size=2000), st.integers(700, 6000))
def test_a_letter_of_anything_fits(value: bytes, key: bytes, detail: str, most: int) -> None:
    whole = letter_of(FakeRecord(value, offset=5, key=key), detail.encode(errors="replace").decode())
    _, letter = shortened(whole, most)
    assert letter.offset == 5


def test_a_message_is_cut_in_its_long_texts_only() -> None:
    said = Message(
        message_id="m-1",
        job="orders",
        channel="sms",
        event_id="e" * 90_000,
        profile_id="u-1",
        audience="vip",
        to="41790000000",
        sender="Acme",
        status="enqueued",
        message_status="Success",
        repeated=False,
        status_group_id=1,
        status_group_name="PENDING",
        status_id=26,
        status_name="PENDING_ACCEPTED",
        status_description="words",
        error=None,
        parts=1,
        encoding="GSM_7BIT",
        bulk_id="b",
        sent_at=NOW,
    )
    record = OutgoingRecord("messages", b"m-1", said.model_dump_json().encode(), shorten=shorter_message)
    smaller = record.shorter(10_000)
    assert smaller is not None
    told = Message.model_validate_json(smaller.value or b"")
    assert told == said.model_copy(update={"event_id": "e" * 4096, "cut": {"event_id": 90_000}})
    assert record.shorter(300) is None


def test_a_contact_loses_its_largest_attributes_and_its_header_names_them() -> None:
    kept = {"infobip_person_id": "1", "email": "ann@example.com", "small": 1}
    contact = {**kept, "big": "x" * 9000, "huge": ["y" * 9999]}
    record = OutgoingRecord("contacts", b"1", orjson.dumps(contact), headers=[("job", b"c")], shorten=shorter_contact)
    smaller = record.shorter(1000)
    assert smaller is not None
    assert orjson.loads(smaller.value or b"") == kept
    assert smaller.headers == [("job", b"c"), ("cut", b"huge, big")]
    assert Contact.model_validate_json(smaller.value or b"").email == "ann@example.com"


def test_a_membership_names_as_many_audiences_as_fit() -> None:
    told = orjson.dumps({"profile_id": "u", "audiences": [f"audience-{n:04d}" for n in range(1000)]})
    smaller = OutgoingRecord("state", b"u", told, 3, shorten=shorter_membership).shorter(8000)
    assert smaller is not None
    assert smaller.partition == 3
    assert len(orjson.loads(smaller.value or b"")["audiences"]) == 250
