"""Where a message goes, and what is told where there is nowhere to send it."""

from typing import Any

import pytest

from tests.jobs.send_message.sending import PHONE, Messaging, deliver, enter, record_of

EMAIL = {"sender": "hello@acme.example.com", "content": {"channel": "email", "subject": "Hi", "text": "Hi"}}


@pytest.mark.parametrize(
    ("expected", "profile"),
    [
        ("41793026727", {"phone": PHONE}),
        ("41793026727", {"phone": 41793026727}),
        ("41793026727", {"home": " +41 79 302 67 27 "}),
        ("41793026727", {"phone": "", "home": PHONE}),
        ("41793026727", {"phone": None, "home": PHONE}),
        ("41793026727", {"phone": "n/a", "home": PHONE}),
        ("41793026727", {"phone": PHONE, "home": "+41443643532"}),
        ("41793026727", {"work": {"phone": PHONE}}),
    ],
)
def test_the_first_field_with_a_number_is_sent_to(expected: str, profile: dict[str, Any]) -> None:
    assert record_of(enter(**profile), phone_field=["phone", "home", "work.phone"]).to == expected


@pytest.mark.parametrize(
    ("expected", "profile", "changes"),
    [
        ("Missing phone number in request", {"phone": "", "home": None}, {"phone_field": ["phone", "home"]}),
        ("Invalid phone number", {"phone": "", "home": "n/a"}, {"phone_field": ["phone", "home"]}),
        ("Missing phone number in request", {"phone": "\u200b \t", "home": []}, {"phone_field": ["phone", "home"]}),
        ("Missing email address in request", {"email": ""}, EMAIL),
        ("Invalid email address", {"email": "nobody"}, EMAIL),
    ],
)
def test_an_address_is_missing_only_where_nothing_is_given(
    expected: str, profile: dict[str, Any], changes: dict[str, Any]
) -> None:
    record = record_of(enter(**profile), **changes)
    assert (record.status, record.message_status, record.to) == ("enqueue_failed", f"Error: {expected}", None)


@pytest.mark.parametrize("phone", ["", "n/a", "123", "9" * 1_000_000, None, True, ["+41793026727"], {"to": 1}, 1e300])
def test_nobody_to_send_to_is_told_and_makes_no_call(phone: Any) -> None:
    calls, settled = deliver([enter(phone=phone)])
    assert calls == []
    assert settled.outcomes == {"skipped": 1}
    assert settled.failures == ()
    record = settled.told[0]
    assert (record.status, record.to) == ("enqueue_failed", None)
    missing = phone in ("", None)
    assert record.message_status == f"Error: {'Missing phone number in request' if missing else 'Invalid phone number'}"


def test_an_event_that_nobody_could_be_sent_for_is_sent_when_it_comes_again_with_a_number() -> None:
    infobip = Messaging()
    _, settled = deliver([enter(phone=""), enter(), enter()], talk=infobip)
    assert len(infobip.taken) == 1
    assert settled.outcomes == {"skipped": 1, "accepted": 1, "unchanged": 1}
    assert [message.is_enqueued for message in settled.told] == [False, True]
