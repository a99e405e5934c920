"""Messages as a caller sends them: ids, statuses, what is kept of them, and what the door does."""

from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import pytest

from streams.simulator import SimulatorOptions
from tests.simulator.messaging import (
    ALIM_TEXT,
    CHINGU_TEXT,
    MMS_TEXT,
    NUMBER,
    TYPED_TEXT,
    At,
    email,
    message,
    request,
    send,
    statuses,
    template,
    text,
)
from tests.simulator.simulated import UNLIMITED, Caller, simulate


async def _kept(call: Caller) -> list[Any]:
    return [orjson.loads(line) for line in (await call("GET", "/simulator/messages")).text.splitlines()]


async def _counted(call: Caller) -> Any:
    return (await call("GET", "/simulator/state")).body["messages"]


@pytest.mark.parametrize(
    ("path", "body", "status", "name"),
    [
        (At.SMS, text(), 26, "PENDING_ACCEPTED"),
        (At.MMS, message(MMS_TEXT), 26, "PENDING_ACCEPTED"),
        (At.VIBER, message(TYPED_TEXT), 26, "PENDING_ACCEPTED"),
        (At.RCS, message(TYPED_TEXT), 26, "PENDING_ACCEPTED"),
        (At.ALIM, message(ALIM_TEXT), 7, "PENDING_ENROUTE"),
        (At.CHINGU, message(CHINGU_TEXT), 7, "PENDING_ENROUTE"),
        (At.EMAIL, email(NUMBER + "@example.com"), 7, "PENDING_ENROUTE"),
    ],
)
def test_a_message_is_accepted_with_the_status_of_its_channel(path: str, body: Any, status: int, name: str) -> None:
    async def story(call: Caller) -> None:
        answer = await send(call, path, body)
        ((bulk_id, (row,)),) = [(answer.body["bulkId"], answer.body["messages"])]
        assert bulk_id
        assert row.pop("messageId")
        assert row.pop("destination").startswith(NUMBER)
        assert row == {
            "status": {
                "groupId": 1,
                "groupName": "PENDING",
                "id": status,
                "name": name,
                "description": "Message sent to next instance",
            }
        }

    simulate(story)


def test_whatsapp_names_the_bulk_of_several_only() -> None:
    async def story(call: Caller) -> None:
        said = {"from": "441134960000", "to": "+" + NUMBER, "messageId": "m1", "content": {"text": "Hello"}}
        one = await call("POST", At.WHATSAPP_TEXT, said)
        assert (one.body["to"], one.body["messageCount"], one.body["messageId"]) == (NUMBER, 1, "m1")
        assert (one.body["status"]["id"], "bulkId" in one.body) == (7, False)
        single = await call("POST", At.WHATSAPP_TEMPLATE, {"messages": [template("Ann")]})
        assert "bulkId" not in single.body
        several = await call(
            "POST", At.WHATSAPP_TEMPLATE, {"messages": [template("Ann"), template("Bob")], "bulkId": "b"}
        )
        assert several.body["bulkId"] == "b"
        made_up = await call("POST", At.WHATSAPP_TEMPLATE, {"messages": [template("Ann"), template("Bob")]})
        assert made_up.body["bulkId"]
        user = await call("POST", At.WHATSAPP_TEMPLATE, {"messages": [template("Ann", to="US.13491208655302741918")]})
        assert statuses(user) == [7]

    simulate(story)


def test_what_was_handed_over_is_kept_in_order() -> None:
    async def story(call: Caller) -> None:
        webhooks = {
            "delivery": {"url": "https://example.com/r"},
            "callbackData": "{}",
            "contentType": "application/json",
        }
        first = text("+41793026727", "41793026728", ids=["m1"], webhooks=webhooks, options={"flash": True})
        tracking = {"trackingUrl": "https://example.com/c"}
        sent = await send(call, At.SMS, first, text("123", said="Bye"), schedule={"bulkId": "b1"}, tracking=tracking)
        assert statuses(sent) == [26, 26, 52]
        whatsapp: dict[str, Any] = {"notifyUrl": "https://example.com/w", "callbackData": "{}", "urlOptions": tracking}
        await call("POST", At.WHATSAPP_TEMPLATE, {"messages": [template("Ann", **whatsapp)]})
        kept = await _kept(call)
        assert [each["to"] for each in kept] == ["41793026727", "41793026728", "123", NUMBER]
        assert {key: value for key, value in kept[0].items() if key != "accepted_at"} == {
            "channel": "sms",
            "message_id": "m1",
            "bulk_id": "b1",
            "to": "41793026727",
            "sender": "Acme",
            "content": {"text": "Hello"},
            "callback_data": "{}",
            "notify_url": "https://example.com/r",
            "tracking_url": "https://example.com/c",
            "options": {"flash": True, "schedule": {"bulkId": "b1"}, "tracking": tracking},
            "status": sent.body["messages"][0]["status"],
            "duplicates": 0,
        }
        assert kept[0]["accepted_at"] == pytest.approx(datetime.now(UTC).timestamp(), abs=60)
        assert (kept[3]["bulk_id"], kept[3]["notify_url"], kept[3]["tracking_url"], kept[3]["callback_data"]) == (
            None,
            "https://example.com/w",
            "https://example.com/c",
            "{}",
        )
        assert await _counted(call) == {
            "sms": {"accepted": 2, "rejected": 1, "duplicates": 0},
            "whatsapp": {"accepted": 1, "rejected": 0, "duplicates": 0},
        }

    simulator = simulate(story)
    assert [sent.content for sent in simulator.outbox.messages][:3] == [{"text": "Hello"}] * 2 + [{"text": "Bye"}]
    assert simulator.counters.items["send_sms"] == 3


def test_an_id_is_good_for_one_message() -> None:
    async def story(call: Caller) -> None:
        assert statuses(await send(call, At.SMS, text(ids=["m1"]), text(ids=["m1"]))) == [26, 23]
        again = await send(call, At.SMS, text(ids=["m1"]))
        assert again.body["messages"][0] == {
            "messageId": "m1",
            "status": {
                "groupId": 5,
                "groupName": "REJECTED",
                "id": 23,
                "name": "REJECTED_DUPLICATE_MESSAGE_ID",
                "description": "Rejected duplicate message id",
            },
            "destination": NUMBER,
        }
        assert statuses(await send(call, At.VIBER, message(TYPED_TEXT, ids=["m1"]))) == [23]
        assert [(each["message_id"], each["duplicates"]) for each in await _kept(call)] == [("m1", 3)]
        assert await _counted(call) == {
            "sms": {"accepted": 1, "rejected": 0, "duplicates": 2},
            "viber": {"accepted": 0, "rejected": 0, "duplicates": 1},
        }
        assert statuses(await send(call, At.SMS, text(), text())) == [26, 26]

    simulate(story)


def test_ids_may_be_taken_by_channel() -> None:
    async def story(call: Caller) -> None:
        assert statuses(await send(call, At.SMS, text(ids=["m1"]))) == [26]
        assert statuses(await send(call, At.VIBER, message(TYPED_TEXT, ids=["m1"]))) == [26]
        assert statuses(await send(call, At.VIBER, message(TYPED_TEXT, ids=["m1"]))) == [23]

    simulate(story, SimulatorOptions(limits=None, duplicate_scope="channel"))


@pytest.mark.parametrize(("taken", "second"), [(True, 23), (False, 26)])
def test_ids_of_the_rejected_are_taken_or_not(taken: Any, second: int) -> None:
    async def story(call: Caller) -> None:
        assert statuses(await send(call, At.SMS, text("12", ids=["m1"]))) == [52]
        assert statuses(await send(call, At.SMS, text(ids=["m1"]))) == [second]
        assert statuses(await send(call, At.SMS, text(ids=["m1"]))) == [23]

    simulate(story, SimulatorOptions(limits=None, rejected_ids_taken=taken))


def test_emails_have_a_thousand_recipients_at_most() -> None:
    def crowd(to: int, cc: int) -> Any:
        others = {"cc": [{"destination": f"c{number}@example.com"} for number in range(cc)]}
        return email(*(f"t{number}@example.com" for number in range(to)), destination=others)

    async def story(call: Caller) -> None:
        assert statuses(await send(call, At.EMAIL, crowd(600, 400))) == [7] * 600
        refused = await send(call, At.EMAIL, crowd(300, 200), crowd(300, 201))
        assert refused.body["violations"] == [
            {"property": "messages", "violation": "must have no more than 1000 recipients"}
        ]
        assert (await _counted(call))["email"]["accepted"] == 600

    simulate(story)


def test_recipients_who_see_each_other_get_one_message() -> None:
    async def story(call: Caller) -> None:
        together = {"preserveRecipients": True}
        to = ("ann@example.com", "bob@example.com")
        answer = await send(call, At.EMAIL, email(*to, ids=["m1"], destination=together))
        assert [(each["messageId"], each["destination"]) for each in answer.body["messages"]] == [("m1", ", ".join(to))]
        assert len((await send(call, At.EMAIL, email(*to))).body["messages"]) == 2

    simulate(story)


def test_a_wrong_request_leaves_nothing_behind() -> None:
    async def story(call: Caller) -> None:
        assert (await send(call, At.SMS, text(ids=["m1"]), {"content": {"text": "Hello"}})).status == 400
        assert await _kept(call) == []
        assert statuses(await send(call, At.SMS, text(ids=["m1"]))) == [26]

    simulate(story)


def test_a_thousand_messages_go_in_one_request() -> None:
    async def story(call: Caller) -> None:
        body = request(*(text(f"4179{number:08d}", ids=[f"m{number}"]) for number in range(1000)))
        assert statuses(await call("POST", At.SMS, body)) == [26] * 1000
        assert len(await _kept(call)) == 1000

    simulate(story, UNLIMITED)


def test_a_lost_answer_was_for_messages_that_were_taken() -> None:
    async def story(call: Caller) -> None:
        call.simulator.faults.add("send_sms:lose_answer,count=1")
        with pytest.raises(aiohttp.ClientError):
            await send(call, At.SMS, text(ids=["m1"]))
        assert [each["message_id"] for each in await _kept(call)] == ["m1"]
        assert statuses(await send(call, At.SMS, text(ids=["m1"]))) == [23]

    assert simulate(story).counters.calls["send_sms"] == {"lost": 1, "200": 1}
