"""What is left of personal data for those who may not see it."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.console import masking
from streams.console.masking import HIDDEN

EVENT = {
    "event_id": "e-1",
    "action": "enter",
    "audience": "vip",
    "profile_id": "u-42",
    "occurred_at": "2026-11-20T10:00:00Z",
    "profile": {"email": "ann@example.com", "phone": "+14155550123", "age": 41, "status": "Ann Lee", "tags": ["Ann"]},
    "flag": True,
}


def test_a_record_shows_what_is_about_no_person() -> None:
    assert orjson.loads(masking.content(orjson.dumps(EVENT).decode())) == {
        "event_id": "e-1",
        "action": "enter",
        "audience": "vip",
        "profile_id": f"u{HIDDEN}",
        "occurred_at": "2026-11-20T10:00:00Z",
        "profile": {
            "email": f"a{HIDDEN}@{HIDDEN}",
            "phone": f"+14{HIDDEN}",
            "age": HIDDEN,
            "status": f"A{HIDDEN}",
            "tags": [f"A{HIDDEN}"],
        },
        "flag": True,
    }


def test_what_is_no_json_is_hidden_whole() -> None:
    assert masking.content("Ann Lee, ann@example.com") == HIDDEN
    assert masking.content(None) == ""
    assert masking.content('["ann@example.com", 5]') == f'[\n  "a{HIDDEN}@{HIDDEN}",\n  "{HIDDEN}"\n]'


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("40001: 'ann@example.com' is not valid", f"40001: '{HIDDEN}' is not valid"),
        ("the number +44 7911 123456 is none", f"the number {HIDDEN} is none"),
        ("phone 447911123456 (sms) twice", f"phone {HIDDEN} (sms) twice"),
        ("answered 400 after 3 tries", "answered 400 after 3 tries"),
    ],
)
def test_words_of_others_lose_the_addresses_they_quote(said: str, shown: str) -> None:
    assert masking.words(said) == shown


def test_event_ids_that_are_addresses_are_hidden() -> None:
    assert masking.record({"event_id": "ann@example.com-enter"}) == {"event_id": HIDDEN}


@given(st.emails())
def test_no_email_is_left_in_words(address: str) -> None:
    assert address not in masking.words(f"refused: {address}")
    assert address not in masking.text(address)


@pytest.mark.parametrize(
    "address", ["mary.o'neil@example.com", "'@a.example", '"mary o"@example.com', "ann'@a.example"]
)
def test_nothing_of_an_odd_email_is_left(address: str) -> None:
    assert masking.words(f"refused: {address} is no address") == "refused: \u2022\u2022\u2022 is no address"
