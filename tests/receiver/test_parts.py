"""The small parts: whose a message was, what channels are called, which job asked, what ids are made of."""

from hashlib import sha256
from typing import Any

import pytest

from streams.pipeline.callback_data import callback_data
from streams.receiver.callback_data import NOBODY, owner
from streams.receiver.channel_names import channel_of
from streams.receiver.fields import network
from streams.receiver.identities import digest
from streams.receiver.triggers import Trigger, Triggers
from tests.receiver.golden import NOW, play


def test_what_our_messages_carry_names_whose_they_were() -> None:
    ours = {"job": "orders", "event_id": "e-1", "profile_id": "u-\u00e9", "audience": "vip"}
    assert owner(callback_data("orders", "e-1", "u-\u00e9", "vip", {"order": "7"})) == ours


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "Callback data",
        "{",
        "[]",
        "{}",
        '{"job":"orders","event_id":"e-1","profile_id":"u-42"}',
        '{"job":"orders","event_id":1,"profile_id":"u-42","audience":"vip"}',
        '{"job":null,"event_id":"e-1","profile_id":"u-42","audience":"vip"}',
        r'{"job":"\ud83d","event_id":"e-1","profile_id":"u-42","audience":"vip"}',
        '{"a":' * 2000,
    ],
)
def test_callback_data_of_others_names_nobody(said: str | None) -> None:
    assert owner(said) == NOBODY


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("sms", "SMS"),
        ("sms", "LMS"),
        ("viber", "VIBER_BM"),
        ("viber", "VIBER"),
        ("viber_bot", "VIBER_BOT"),
        ("whatsapp", "WHATSAPP"),
        ("kakao_chingu", "KAKAO_CHINGU"),
        ("apple_mb", "APPLE_MB"),
        ("omni", None),
        ("omni", ""),
        ("omni", 7),
        ("omni", "what is this"),
        ("omni", "X" * 41),
    ],
)
def test_a_channel_is_in_words_of_ours_or_that_of_the_address(expected: str, said: Any) -> None:
    assert channel_of(said, "omni") == expected


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (("228", "01"), "22801"),
        (("310", "410"), 310410),
        (("228", "1"), "2281"),
        ((None, None), "228"),
        ((None, None), "2280123"),
        ((None, None), "228-01"),
        ((None, None), "\u0662\u0662\u0668\u0660\u0661"),
        ((None, None), -2280),
        ((None, None), None),
    ],
)
def test_a_network_is_its_country_and_the_rest(expected: tuple[str | None, str | None], said: Any) -> None:
    assert network(said) == expected


def test_a_keyword_goes_before_what_takes_everything_and_senders_may_have_names() -> None:
    triggers = Triggers(
        [
            Trigger("all", "rcs", "DemoSender"),
            Trigger("orders", "rcs", "DemoSender", " ORDER "),
            Trigger("others", "sms", "447860099299", "ORDER"),
        ]
    )
    assert triggers.job_of("rcs", "demosender", ["Order"]) == "orders"
    assert triggers.job_of("rcs", "DemoSender", ["Orders", "order"]) == "orders"
    assert triggers.job_of("rcs", "DemoSender", []) == "all"
    assert triggers.job_of("sms", "447860099299", ["hello"]) is None
    assert triggers.job_of("mms", "447860099299", ["ORDER"]) is None
    assert triggers.job_of("sms", None, ["ORDER"]) is None


def test_an_id_is_made_of_its_parts_and_stays_what_it_is() -> None:
    assert digest("m-1", "delivery", 5, NOW) == sha256(f'["m-1","delivery",5,"{NOW}"]'.encode()).hexdigest()[:32]
    assert digest("a", "b") != digest("ab") != digest("a,b")


def one(address: str, **entry: Any) -> str:
    (told,) = play({"address": address, "body": {"results": [entry]}}).records
    return told.id


def test_reports_differ_by_message_event_status_and_time_and_by_nothing_else() -> None:
    said = {"messageId": "m-1", "status": {"id": 5}, "doneAt": "2026-11-20T10:00:00.000+0000"}
    first = one("reports/sms", **said)
    assert first == one("reports/sms", **said, price={"pricePerMessage": 1}, callbackData="x", to="41793026727")
    others = [
        one("reports/sms", **{**said, "messageId": "m-2"}),
        one("reports/sms", **{**said, "status": {"id": 2}}),
        one("reports/sms", **{**said, "doneAt": "2026-11-20T10:00:00.001+0000"}),
        one("seen/sms", messageId="m-1", seenAt=said["doneAt"]),
    ]
    assert len({first, *others}) == 5


def test_clicks_differ_by_link_and_time_or_by_their_event() -> None:
    said = {
        "notificationType": "CLICKED",
        "messageId": "m-1",
        "url": "https://acme.example/a",
        "sendDateTime": 1704106800000,
    }
    clicks = [
        one("clicks/sms", **said),
        one("clicks/sms", **{**said, "url": "https://acme.example/b"}),
        one("clicks/sms", **{**said, "sendDateTime": 1704106800001}),
        one("clicks/email", **said, eventId="e-1"),
        one("clicks/email", **said, eventId="e-2"),
    ]
    assert len(set(clicks)) == 5
