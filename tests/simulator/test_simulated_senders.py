"""Whom the simulated Infobip takes for a sender, channel by channel."""

from typing import Any

import pytest

from tests.simulator.messaging import (
    ALIM_TEXT,
    MMS_TEXT,
    NUMBER,
    TYPED_TEXT,
    At,
    email,
    message,
    request,
    send,
    template,
    text,
)
from tests.simulator.simulated import Caller, simulate

REJECTED_SOURCE = 11
FAR_TOO_LONG = "HGS Callcenter Munich"


def failover(sender: str) -> Any:
    return {"options": {"smsFailover": {"sender": sender, "text": "Hello"}}}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        *(
            (At.SMS, text(sender=sender))
            for sender in (FAR_TOO_LONG, "Joe's 🍕", "+44 7860 099299", "Ac", "4" * 16, "A{b}")
        ),
        (At.MMS, message(MMS_TEXT, sender=FAR_TOO_LONG)),
        (At.RCS, message(TYPED_TEXT, sender="+447860099299")),
        (At.RCS, message(TYPED_TEXT, sender="Acme Shop")),
        (At.VIBER, message(TYPED_TEXT, sender="a" * 21)),
        (At.ALIM, message(ALIM_TEXT, sender="Acme\u200b")),
        (At.MMS, message(MMS_TEXT, **failover(FAR_TOO_LONG))),
        (At.RCS, message(TYPED_TEXT, **failover("+447860099299"))),
        (At.VIBER, message(TYPED_TEXT, **failover("Joe's 🍕"))),
        (At.ALIM, message(ALIM_TEXT, **failover("Ac"))),
    ],
)
def test_a_message_of_nobody_who_can_send_is_rejected(path: str, said: Any) -> None:
    async def story(call: Caller) -> None:
        answer = await send(call, path, said)
        assert [one["status"]["id"] for one in answer.body["messages"]] == [REJECTED_SOURCE]

    simulate(story)


@pytest.mark.parametrize("sender", ["Acme", "A&B Shop", "447860099299", "12345", "4" * 15, "Müller"])
def test_a_message_of_whoever_can_send_is_taken(sender: str) -> None:
    async def story(call: Caller) -> None:
        for path, said in ((At.SMS, text(sender=sender)), (At.RCS, message(TYPED_TEXT, **failover(sender)))):
            answer = await send(call, path, said)
            assert [one["status"]["groupId"] for one in answer.body["messages"]] == [1]

    simulate(story)


@pytest.mark.parametrize(
    ("path", "said", "place", "words"),
    [
        (
            At.EMAIL,
            request({**email("a@b.example"), "sender": "Acme"}),
            "messages[0].sender",
            "must be an email address",
        ),
        (
            At.EMAIL,
            request({**email("a@b.example"), "sender": "Acme <a@b"}),
            "messages[0].sender",
            "must be an email address",
        ),
        (At.WHATSAPP_TEMPLATE, {"messages": [{**template("Ann"), "from": "Acme"}]}, "from", "in international format"),
        (
            At.WHATSAPP_TEXT,
            {"from": "+447860099299", "to": NUMBER, "content": {"text": "Hello"}},
            "from",
            "in international format",
        ),
    ],
)
def test_a_request_of_nobody_who_can_send_is_refused(path: str, said: Any, place: str, words: str) -> None:
    async def story(call: Caller) -> None:
        answer = await call("POST", path, said)
        assert answer.status == 400
        assert place in str(answer.body)
        assert words in str(answer.body)

    simulate(story)


def test_a_name_may_stand_before_an_address_of_email() -> None:
    async def story(call: Caller) -> None:
        said = {**email("a@b.example"), "sender": '"Acme, Inc." <news@acme.example>'}
        answer = await call("POST", At.EMAIL, request(said))
        assert answer.status == 200

    simulate(story)


def test_an_sms_instead_of_a_template_has_a_sender_of_sms() -> None:
    async def story(call: Caller) -> None:
        for sender, status in ((FAR_TOO_LONG, REJECTED_SOURCE), ("Acme", 7)):
            said = {**template("Ann"), "smsFailover": {"from": sender, "text": "Hello"}}
            answer = await call("POST", At.WHATSAPP_TEMPLATE, {"messages": [said]})
            assert [one["status"]["id"] for one in answer.body["messages"]] == [status]

    simulate(story)
