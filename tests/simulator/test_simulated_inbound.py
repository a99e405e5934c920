"""What people write: which configuration it meets, how it is forwarded, and what is left to be pulled."""

from typing import Any

import orjson
import pytest

from streams.simulator import SimulatorOptions
from tests.simulator.messaging import At, message, properties, send, text
from tests.simulator.published import answer_form, webhook_form
from tests.simulator.receiver import AT_ONCE, Receiver, counted, told
from tests.simulator.simulated import NOW, Caller, Seen, simulate

CONFIGURATIONS = "/resource-management/1/inbound-message-configurations"
INBOUND = "/simulator/inbound"
OURS = "447860099299"
ANN = "447700900100"


async def _configure(call: Caller, url: str, channel: str = "SMS", keyword: str | None = None, **more: Any) -> str:
    named = {"number": OURS} if channel in {"SMS", "MMS", "WHATSAPP"} else {"resource": "Shop"}
    body = {"channel": channel, **named, "forwarding": {"type": "HTTP_FORWARD", "url": url}, **more}
    answer = await call("POST", CONFIGURATIONS, body | ({} if keyword is None else {"keyword": keyword}))
    assert answer.status == 200, answer.text
    key: str = answer.body["configurationKey"]
    return key


async def _write(call: Caller, said: str = "Hello", channel: str = "sms", to: str = OURS, **more: Any) -> Any:
    answer = await call("POST", INBOUND, {"channel": channel, "from": ANN, "to": to, "text": said, **more})
    assert answer.status == 200, answer.text
    return answer.body


def test_a_keyword_comes_before_none_in_any_case_and_is_cut_off() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        anything = await _configure(call, f"{receiver.url}/any")
        order = await _configure(call, f"{receiver.url}/order", keyword="Order")
        met = [(await _write(call, said))["configurationKey"] for said in ("order 5 ", "ordering", "ORDER", "No")]
        assert met == [order, anything, order, anything]
        results = await receiver.reports(4)
        assert sorted((each["text"], each["cleanText"], each.get("keyword")) for each in results) == [
            ("No", "No", None),
            ("ORDER", "", "ORDER"),
            ("order 5 ", "5", "ORDER"),
            ("ordering", "ordering", None),
        ]
        assert {post.path for post in receiver.posts} == {"/any", "/order"}

    told(story)


def test_a_keyword_that_grows_in_capitals_is_cut_off_whole() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        await _configure(call, receiver.url, keyword="straße")
        await _write(call, "  STRASSE  5 a")
        await _write(call, "straße 6")
        results = await receiver.reports(2)
        assert [(each["keyword"], each["cleanText"]) for each in results] == [("STRASSE", "5 a"), ("STRASSE", "6")]

    told(story)


WHATSAPP_IMAGE = {"type": "IMAGE", "url": "https://example.com/a.jpg", "caption": "Look"}
RCS_SUGGESTION = {"type": "SUGGESTION", "text": "Yes", "postbackData": "yes"}
MMS_PARTS = [
    {"contentType": "image/jpeg", "url": "https://example.com/a.jpg"},
    {"contentType": "text/plain", "value": "A"},
]


@pytest.mark.parametrize(
    ("channel", "wire", "content", "webhook"),
    [
        ("sms", "SMS", None, "receive-inbound-sms-messages"),
        ("mms", "MMS", None, "receive-inbound-mms-messages"),
        ("mms", "MMS", MMS_PARTS, "receive-inbound-mms-messages"),
        ("whatsapp", "WHATSAPP", None, "receive-inbound-whatsapp-messages"),
        ("whatsapp", "WHATSAPP", WHATSAPP_IMAGE, "receive-inbound-whatsapp-messages"),
        ("rcs", "RCS", None, "receive-inbound-rcs-messages"),
        ("rcs", "RCS", RCS_SUGGESTION, "receive-inbound-rcs-messages"),
        ("viber", "VIBER_BM", None, "receive-inbound-viber-messages"),
    ],
)
def test_messages_are_forwarded_in_the_published_form_of_their_channel(
    channel: str, wire: str, content: Any, webhook: str
) -> None:
    to = "Shop" if channel in {"rcs", "viber"} else OURS
    more = {} if content is None else {"content": content}

    async def story(call: Caller, receiver: Receiver) -> None:
        await _configure(call, f"{receiver.url}/own", wire, platform={"entityId": "entity"})
        written = await _write(call, "" if content else "Hello", channel, to, contact_name="Ann", **more)
        (post,) = await receiver.posted(1)
        webhook_form(channel, webhook).validate(post.body)
        (result,) = post.results
        assert (result["messageId"], result["to"]) == (written["message_id"], to)
        assert result.get("from", result.get("sender")) == ANN
        assert result.get("platform", result)["entityId"] == "entity"
        if content is not None:
            assert result["message"] == content
        await _configure(
            call,
            "ignored",
            wire,
            forwarding={"type": "HTTP_FORWARD", "url": f"{receiver.url}/shared", "format": "MO_MESSAGES_API_JSON"},
        )
        await _write(call, "" if content else "Hello", channel, to, **more)
        _, shared = await receiver.posted(2)
        (result,) = shared.results
        assert (result["event"], result["channel"], result["destination"]) == ("MO", wire, to)
        webhook_form("messages-api", "receive-messages-api-incoming-messages").validate(shared.body)

    told(story)


def test_a_configuration_is_made_once_changed_unset_found_and_ended() -> None:
    async def story(call: Caller) -> None:
        key = await _configure(call, "https://example.com/1", keyword="STOP", username="me")
        other = await _configure(call, "https://example.com/2")
        assert key != other
        assert await _configure(call, "https://example.com/3", keyword="stop") == key
        answer = await call("POST", CONFIGURATIONS, {"channel": "SMS", "number": f"+{OURS}", "keyword": "Stop"})
        shown = {
            "configurationKey": key,
            "channel": "SMS",
            "keyword": "STOP",
            "username": "me",
            "forwarding": {"type": "HTTP_FORWARD", "url": "https://example.com/3"},
        }
        assert answer.body == shown
        answer_form("put_configuration", 200).validate(answer.body)
        number = (await call("GET", "/numbers/1/numbers")).body["numbers"][0]
        unset = {"channel": "SMS", "numberKey": number["numberKey"], "keyword": "STOP", "unset": ["FORWARDING"]}
        assert "forwarding" not in (await call("POST", CONFIGURATIONS, unset)).body

        async def found(**query: str) -> list[str]:
            listed = await call("GET", CONFIGURATIONS, **query)
            answer_form("list_configurations", 200).validate(listed.body)
            return [each["configurationKey"] for each in listed.body]

        assert await found(channel="SMS") == [key, other]
        assert await found(channel="SMS", number=OURS, keyword="stop") == [key]
        assert await found(channel="SMS", numberKey=number["numberKey"]) == [key, other]
        assert await found(channel="SMS", number="41793026727") == []
        assert await found(channel="MMS", number=OURS) == []
        assert (await found(configurationKey=other), await found(configurationKey="none")) == ([other], [])
        assert properties(await call("GET", CONFIGURATIONS)).keys() == {"channel"}
        ended = await call("DELETE", f"{CONFIGURATIONS}/{other}")
        assert (ended.status, ended.text) == (204, "")
        assert (await call("DELETE", f"{CONFIGURATIONS}/{other}")).status == 404
        assert await found(channel="SMS") == [key]

    simulate(story, AT_ONCE)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"channel": "SMS"}, "number"),
        ({"channel": "RCS", "number": OURS}, "resource"),
        ({"channel": "FAX", "number": OURS}, "channel"),
        ({"number": OURS}, "channel"),
        ({"channel": "SMS", "number": ""}, "number"),
        ({"channel": "SMS", "number": OURS, "keyword": "K" * 51}, "keyword"),
        ({"channel": "SMS", "number": OURS, "forwarding": {"type": "HTTP_FORWARD"}}, "forwarding.url"),
        ({"channel": "SMS", "number": OURS, "forwarding": {"type": "PIGEON"}}, "forwarding.type"),
        ({"channel": "SMS", "number": OURS, "unset": ["KEYWORD"]}, "unset[0]"),
        ({"channel": "SMS", "number": OURS, "countryCode": "gb"}, "countryCode"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(wrong: Any, where: str) -> None:
    async def story(call: Caller) -> None:
        answer = await call("POST", CONFIGURATIONS, wrong)
        assert properties(answer).keys() == {where}
        answer_form("put_configuration", 400).validate(answer.body)

    simulate(story, AT_ONCE)


def test_only_numbers_of_the_account_can_be_configured_where_they_are_known() -> None:
    async def story(call: Caller) -> None:
        await _configure(call, "https://example.com")
        for named in ({"number": "41793026727"}, {"numberKey": "0" * 32}):
            assert (await call("POST", CONFIGURATIONS, {"channel": "SMS", **named})).status == 404
        listed = await call("GET", "/numbers/1/numbers")
        answer_form("list_numbers", 200).validate(listed.body)
        assert [each["number"] for each in listed.body["numbers"]] == [OURS]

    simulate(story, SimulatorOptions(limits=None, numbers=(OURS,)))


def test_configurations_are_limited_as_published() -> None:
    async def story(call: Caller) -> None:
        body = {"channel": "SMS", "number": OURS}
        statuses = [(await call("POST", CONFIGURATIONS, body)).status for _ in range(14)]
        assert (statuses[:10], statuses[-1]) == ([200] * 10, 429)
        listed = [(await call("GET", CONFIGURATIONS, channel="SMS")).status for _ in range(3)]
        assert listed == [200, 200, 429]

    simulate(story, SimulatorOptions())


def test_what_is_not_forwarded_is_pulled_once() -> None:
    async def story(call: Caller) -> None:
        assert (await _write(call, "One"))["forwarding"] == "PULL"
        await _configure(call, "", forwarding={"type": "PULL"}, platform={"entityId": "entity"})
        for said in ("Two", "Three"):
            await _write(call, said)
        first = await call("GET", "/sms/1/inbox/reports", limit="1", entityId="entity")
        answer_form("pull_sms_inbox", 200).validate(first.body)
        assert [each["text"] for each in first.body["results"]] == ["Two"]
        assert (first.body["messageCount"], first.body["pendingMessageCount"]) == (1, 1)
        shared = await call("GET", "/messages-api/1/inbound", channel="SMS")
        answer_form("pull_inbound", 200).validate(shared.body)
        assert [each["content"][0]["text"] for each in shared.body["results"]] == ["One", "Three"]
        assert (await call("GET", "/sms/1/inbox/reports")).body["results"] == []
        assert (await counted(call))["sms", "inbound"] == {"made": 3, "pulled": 3}
        await _configure(call, "", forwarding={"type": "NO_ACTION"})
        assert (await _write(call))["forwarding"] == "NO_ACTION"
        assert (await counted(call))["sms", "inbound"] == {"made": 4, "pulled": 3, "nowhere": 1}
        for channel in ({}, {"channel": "RCS"}):
            assert properties(await call("GET", "/messages-api/1/inbound", **channel)).keys() == {"channel"}

    simulate(story, AT_ONCE)


def test_an_mms_is_pulled_with_its_parts_in_a_text() -> None:
    async def story(call: Caller) -> None:
        await _write(call, "", "mms", content=MMS_PARTS)
        answer = await call("GET", "/mms/1/inbox/reports")
        answer_form("pull_mms_inbox", 200).validate(answer.body)
        (row,) = answer.body["results"]
        parts = orjson.loads(row["message"])["mms_parts"]
        assert [(each["origin"], each["contentType"]) for each in parts] == [
            ("attachment", "image/jpeg"),
            ("text", "text/plain"),
        ]

    simulate(story, AT_ONCE)


def test_a_reply_is_told_with_the_message_that_it_answers() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        hooks = {"webhooks": {"callbackData": "back"}}
        await _configure(call, f"{receiver.url}/rcs", "RCS")
        await send(call, At.RCS, message({"type": "TEXT", "text": "Hi"}, ANN, ids=["r1"], sender="Shop", **hooks))
        acted = await call("POST", "/simulator/acts", {"message_id": "r1", "act": "reply", "text": "Yes"})
        (result,) = await receiver.reports(1)
        assert (result["messageId"], result["pairedMessageId"]) == (acted.body["message_id"], "r1")
        assert (result["message"]["text"], result["callbackData"]) == ("Yes", "back")
        assert (result["sender"], result["to"]) == (ANN, "Shop")

    told(story)


def test_fates_answer_where_that_can_be() -> None:
    async def story(call: Caller) -> None:
        await call("POST", "/simulator/fates", ["*=delivered,reply=YES"])
        await send(call, At.SMS, text(ANN, sender=OURS, ids=["number"]), text(ANN, ids=["name"]))
        whatsapp = {"from": OURS, "to": ANN, "messageId": "w1", "content": {"text": "Hi"}}
        await call("POST", At.WHATSAPP_TEXT, whatsapp)
        await send(call, At.VIBER, message({"type": "TEXT", "text": "Hi"}, ANN, ids=["v1"]))
        pulled = {}
        for channel in ("SMS", "WHATSAPP", "VIBER_BM"):
            answer = await call("GET", "/messages-api/1/inbound", channel=channel)
            pulled[channel] = [
                (each["pairedMessageId"], each["destination"], each["content"]) for each in answer.body["results"]
            ]
        yes = [{"type": "TEXT", "text": "YES", "cleanText": "YES"}]
        assert pulled == {
            "SMS": [("number", OURS, yes)],
            "WHATSAPP": [("w1", OURS, yes)],
            "VIBER_BM": [("v1", "Acme", yes)],
        }

    simulate(story, AT_ONCE, lambda: NOW)


def test_a_subscription_takes_what_no_configuration_is_for() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        profile = {"profileId": "P", "webhook": {"notifyUrl": f"{receiver.url}/s"}}
        events = [{"event": "INBOUND_MESSAGE", "format": "MO_MESSAGES_API_JSON"}]
        body = {"subscriptionId": "S", "events": events, "profile": profile}
        assert (await call("POST", "/subscriptions/1/subscription/SMS", body)).status == 201
        assert (await _write(call))["forwarding"] == "FORWARD_TO_SUBSCRIPTION"
        (result,) = await receiver.reports(1)
        assert (result["event"], result["channel"]) == ("MO", "SMS")

    told(story)


def test_what_cannot_be_written_is_told() -> None:
    async def story(call: Caller) -> None:
        async def refused(**said: Any) -> Seen:
            whole = {"channel": "sms", "from": ANN, "to": OURS, "text": "Hi"}
            return await call("POST", INBOUND, {**whole, **said})

        wrongs: tuple[dict[str, Any], ...] = (
            {"channel": "email"},
            {"from": ""},
            {"to": 7},
            {"text": ""},
            {"text": 7},
            {"content": []},
        )
        for wrong in wrongs:
            assert (await refused(**wrong)).status == 400

    simulate(story, AT_ONCE)
