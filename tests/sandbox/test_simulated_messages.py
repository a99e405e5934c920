"""Messages as a caller sends them: ids, statuses, what is kept of them, and what the door does."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import aiohttp
import orjson
import pytest

from streams.errors import ConfigurationError
from streams.sandbox.infobip import SimulatorOptions
from streams.sandbox.infobip.operations import OPERATIONS
from streams.sandbox.infobip.throttle import Throttle
from tests.sandbox.messaging import (
    ALIM,
    CHINGU,
    EMAIL,
    MMS,
    NUMBER,
    RCS,
    SMS,
    VIBER,
    WHATSAPP_TEMPLATE,
    WHATSAPP_TEXT,
    email,
    message,
    request,
    send,
    statuses,
    template,
    text,
)
from tests.sandbox.simulated import NOW, UNLIMITED, Caller, simulate

STATUSES = "/simulator/statuses"
TEMPLATES = "/simulator/whatsapp-templates"
VIBER_TEXT = {"type": "TEXT", "text": "Hello"}
MMS_TEXT = {"messageSegments": [{"type": "TEXT", "text": "Hello"}]}
ALIM_TEXT = {"type": "TEMPLATE", "templateCode": "code", "text": "Hello"}
CHINGU_TEXT = {"type": "TEXT_FREE_FORM", "text": "Hello"}


async def _kept(call: Caller) -> list[Any]:
    return [orjson.loads(line) for line in (await call("GET", "/simulator/messages")).text.splitlines()]


async def _counted(call: Caller) -> Any:
    return (await call("GET", "/simulator/state")).body["messages"]


@pytest.mark.parametrize(
    ("path", "body", "status", "name"),
    [
        (SMS, text(), 26, "PENDING_ACCEPTED"),
        (MMS, message(MMS_TEXT), 26, "PENDING_ACCEPTED"),
        (VIBER, message(VIBER_TEXT), 26, "PENDING_ACCEPTED"),
        (RCS, message(VIBER_TEXT), 26, "PENDING_ACCEPTED"),
        (ALIM, message(ALIM_TEXT), 7, "PENDING_ENROUTE"),
        (CHINGU, message(CHINGU_TEXT), 7, "PENDING_ENROUTE"),
        (EMAIL, email(NUMBER + "@example.com"), 7, "PENDING_ENROUTE"),
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
        one = await call("POST", WHATSAPP_TEXT, said)
        assert (one.body["to"], one.body["messageCount"], one.body["messageId"]) == (NUMBER, 1, "m1")
        assert (one.body["status"]["id"], "bulkId" in one.body) == (7, False)
        single = await call("POST", WHATSAPP_TEMPLATE, {"messages": [template("Ann")]})
        assert "bulkId" not in single.body
        several = await call("POST", WHATSAPP_TEMPLATE, {"messages": [template("Ann"), template("Bob")], "bulkId": "b"})
        assert several.body["bulkId"] == "b"
        made_up = await call("POST", WHATSAPP_TEMPLATE, {"messages": [template("Ann"), template("Bob")]})
        assert made_up.body["bulkId"]
        user = await call("POST", WHATSAPP_TEMPLATE, {"messages": [template("Ann", to="US.13491208655302741918")]})
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
        sent = await send(call, SMS, first, text("123", said="Bye"), schedule={"bulkId": "b1"}, tracking=tracking)
        assert statuses(sent) == [26, 26, 52]
        whatsapp = {"notifyUrl": "https://example.com/w", "callbackData": "{}", "urlOptions": tracking}
        await call("POST", WHATSAPP_TEMPLATE, {"messages": [template("Ann", **whatsapp)]})
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
        assert statuses(await send(call, SMS, text(ids=["m1"]), text(ids=["m1"]))) == [26, 23]
        again = await send(call, SMS, text(ids=["m1"]))
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
        assert statuses(await send(call, VIBER, message(VIBER_TEXT, ids=["m1"]))) == [23]
        assert [(each["message_id"], each["duplicates"]) for each in await _kept(call)] == [("m1", 3)]
        assert await _counted(call) == {
            "sms": {"accepted": 1, "rejected": 0, "duplicates": 2},
            "viber": {"accepted": 0, "rejected": 0, "duplicates": 1},
        }
        assert statuses(await send(call, SMS, text(), text())) == [26, 26]

    simulate(story)


def test_ids_may_be_taken_by_channel() -> None:
    async def story(call: Caller) -> None:
        assert statuses(await send(call, SMS, text(ids=["m1"]))) == [26]
        assert statuses(await send(call, VIBER, message(VIBER_TEXT, ids=["m1"]))) == [26]
        assert statuses(await send(call, VIBER, message(VIBER_TEXT, ids=["m1"]))) == [23]

    simulate(story, SimulatorOptions(limits=None, duplicate_scope="channel"))


@pytest.mark.parametrize(("taken", "second"), [(True, 23), (False, 26)])
def test_ids_of_the_rejected_are_taken_or_not(taken: Any, second: int) -> None:
    async def story(call: Caller) -> None:
        assert statuses(await send(call, SMS, text("12", ids=["m1"]))) == [52]
        assert statuses(await send(call, SMS, text(ids=["m1"]))) == [second]
        assert statuses(await send(call, SMS, text(ids=["m1"]))) == [23]

    simulate(story, SimulatorOptions(limits=None, rejected_ids_taken=taken))


def test_destinations_that_cannot_be_are_rejected_one_by_one() -> None:
    async def story(call: Caller) -> None:
        numbers = ("41793026727", "+41793026728", "0041793026727", "1234", "4179302672a", "1" * 16)
        assert statuses(await send(call, SMS, text(*numbers))) == [26, 26, 52, 52, 52, 52]
        assert statuses(await send(call, RCS, message(VIBER_TEXT, "07911"))) == [52]
        assert statuses(await send(call, EMAIL, email("ann@example.com", "+ann@example.com", "ann"))) == [7, 7, 52]
        assert [each["to"] for each in await _kept(call)][-2:] == ["+ann@example.com", "ann"]
        group = {"group": [{"to": NUMBER}, {"to": "12"}]}
        mms = await send(call, MMS, {"destinations": [group, {"to": NUMBER}], "content": MMS_TEXT})
        assert statuses(mms) == [26, 52, 26]

    simulate(story)


def test_what_is_too_long_or_cannot_be_reported_is_rejected() -> None:
    async def story(call: Caller) -> None:
        septets, units = "a" * 153 * 25, "ж" * 67 * 25
        sent = await send(call, SMS, *(text(said=said) for said in (septets, septets + "a", units, units + "ж")))
        assert statuses(sent) == [26, 25, 26, 25]
        binary = [message({"hex": "00 " * octets}) for octets in (4000, 4001)]
        assert statuses(await send(call, SMS, *binary)) == [26, 25]
        bad_url: dict[str, Any] = {"webhooks": {"delivery": {"url": "not a url"}}}
        segments = [{"messageSegments": [{"type": "TEXT", "text": "a" * length}]} for length in (1600, 1601)]
        mms = await send(call, MMS, *map(message, segments), message(MMS_TEXT, **bad_url))
        assert statuses(mms) == [26, 77, 56]

    simulate(story)


def test_parts_are_told_when_asked_for() -> None:
    async def story(call: Caller) -> None:
        said = ("a" * 160, "a" * 161, "ж" * 71)
        sent = await send(call, SMS, *(text(said=each) for each in said), includeSmsCountInResponse=True)
        assert [each["details"] for each in sent.body["messages"]] == [{"messageCount": parts} for parts in (1, 2, 2)]
        turkish = {"text": "ğ" * 80, "language": {"languageCode": "TR", "lockingShift": True}}
        sent = await send(call, SMS, message(turkish), message({"hex": "00"}), includeSmsCountInResponse=True)
        assert [each.get("details") for each in sent.body["messages"]] == [{"messageCount": 1}, None]
        assert "details" not in (await send(call, SMS, text())).body["messages"][0]

    simulate(story)


def test_destinations_get_the_status_of_the_last_line_that_fits() -> None:
    lines = ("4477*=52", "447700900001=4", "*@bad.example=90")

    async def story(call: Caller) -> None:
        numbers = ("447700900000", "+447700900001", NUMBER)
        assert statuses(await send(call, SMS, text(*numbers))) == [52, 4, 26]
        assert statuses(await send(call, EMAIL, email("ann@BAD.example", "ann@example.com"))) == [90, 7]
        assert (await call("POST", STATUSES, {"statuses": ["4477*=5"]})).body == {"statuses": ["4477*=5"]}
        delivered = await send(call, SMS, text(*numbers, ids=["m1"]))
        assert statuses(delivered) == [5, 5, 26]
        assert delivered.body["messages"][0]["status"] == {
            "groupId": 3,
            "groupName": "DELIVERED",
            "id": 5,
            "name": "DELIVERED_TO_HANDSET",
            "description": "Message delivered to handset",
        }
        assert statuses(await send(call, SMS, text("447700900000", ids=["m1"]))) == [23]
        bad_lines: tuple[Any, ...] = (["4477*"], ["4477*=1000"], ["=52"], [7], {"status": []})
        for bad in bad_lines:
            assert (await call("POST", STATUSES, bad)).status == 400

    simulate(story, SimulatorOptions(limits=None, statuses=lines))
    with pytest.raises(ConfigurationError, match="4477"):
        SimulatorOptions(statuses=("4477*=x",))


def test_the_flooding_filter_counts_by_destination_and_hour() -> None:
    at = [NOW]

    async def story(call: Caller) -> None:
        assert statuses(await send(call, SMS, *[text()] * 7)) == [26] * 6 + [20]
        assert statuses(await send(call, SMS, text(said="Other"), text("41793026728"))) == [26, 26]
        different = [text("41793026729", said=str(number)) for number in range(21)]
        assert statuses(await send(call, SMS, *different)) == [26] * 20 + [20]
        assert statuses(await send(call, SMS, different[0])) == [26]
        at[0] += timedelta(minutes=60)
        assert statuses(await send(call, SMS, text(), text("41793026729", said="new"))) == [26, 26]

    simulate(story, SimulatorOptions(limits=None, flooding_filter=True), lambda: at[0])

    async def unfiltered(call: Caller) -> None:
        assert statuses(await send(call, SMS, *[text()] * 30)) == [26] * 30

    simulate(unfiltered)


def test_emails_have_a_thousand_recipients_at_most() -> None:
    def crowd(to: int, cc: int) -> Any:
        others = {"cc": [{"destination": f"c{number}@example.com"} for number in range(cc)]}
        return email(*(f"t{number}@example.com" for number in range(to)), destination=others)

    async def story(call: Caller) -> None:
        assert statuses(await send(call, EMAIL, crowd(600, 400))) == [7] * 600
        refused = await send(call, EMAIL, crowd(300, 200), crowd(300, 201))
        assert refused.body["violations"] == [
            {"property": "messages", "violation": "must have no more than 1000 recipients"}
        ]
        assert (await _counted(call))["email"]["accepted"] == 600

    simulate(story)


def test_recipients_who_see_each_other_get_one_message() -> None:
    async def story(call: Caller) -> None:
        together = {"preserveRecipients": True}
        to = ("ann@example.com", "bob@example.com")
        answer = await send(call, EMAIL, email(*to, ids=["m1"], destination=together))
        assert [(each["messageId"], each["destination"]) for each in answer.body["messages"]] == [("m1", ", ".join(to))]
        assert len((await send(call, EMAIL, email(*to))).body["messages"]) == 2

    simulate(story)


def test_a_wrong_request_leaves_nothing_behind() -> None:
    async def story(call: Caller) -> None:
        assert (await send(call, SMS, text(ids=["m1"]), {"content": {"text": "Hello"}})).status == 400
        assert await _kept(call) == []
        assert statuses(await send(call, SMS, text(ids=["m1"]))) == [26]

    simulate(story)


def test_a_lost_answer_was_for_messages_that_were_taken() -> None:
    async def story(call: Caller) -> None:
        call.simulator.faults.add("send_sms:lose_answer,count=1")
        with pytest.raises(aiohttp.ClientError):
            await send(call, SMS, text(ids=["m1"]))
        assert [each["message_id"] for each in await _kept(call)] == ["m1"]
        assert statuses(await send(call, SMS, text(ids=["m1"]))) == [23]

    assert simulate(story).counters.calls["send_sms"] == {"lost": 1, "200": 1}


@pytest.mark.parametrize(
    ("path", "scopes", "family"),
    [(SMS, {"sms:manage"}, "new"), (EMAIL, {"message:send"}, "new"), (WHATSAPP_TEXT, {"whatsapp:manage"}, "classic")],
)
def test_the_door_answers_in_the_family_of_the_endpoint(
    path: str, scopes: set[str], family: Literal["new", "classic"]
) -> None:
    options = SimulatorOptions(
        api_keys={"fits": frozenset(scopes), "other": frozenset({"people:manage"})},
        limits={"send_sms": 0.5, "send_email": 1, "send_whatsapp_text": 0},
    )

    async def story(call: Caller) -> None:
        await call("POST", path, {}, key="fits")
        answers = [await call("POST", path, {}, key=key) for key in ("wrong", "other", "fits")]
        assert [answer.status for answer in answers] == [401, 403, 429]
        if family == "new":
            assert [answer.body["errorCode"] for answer in answers] == ["E401", "E403", "E429"]
        else:
            ids = [answer.body["requestError"]["serviceException"]["messageId"] for answer in answers]
            assert ids == ["UNAUTHORIZED", "FORBIDDEN", "TOO_MANY_REQUESTS"]
        assert answers[-1].headers["Retry-After"] in {"1", "2"}
        call.simulator.faults.add("*:status=503")
        assert ("errorCode" in (await call("POST", path, {})).body) is (family == "new")

    simulate(story, options)


def test_windows_are_as_long_as_published_or_as_a_rate_asks_for() -> None:
    published = Throttle(SimulatorOptions())
    admitted = [at for at in range(150) if not published.wait_seconds("list_sms_logs", at * 0.4)]
    assert admitted == list(range(120))
    assert published.wait_seconds("list_sms_logs", 59.0) == pytest.approx(1.0)
    assert not published.wait_seconds("list_sms_logs", 60.0)
    assert not any(published.wait_seconds("send_sms", 0.0) for _ in range(10_000))
    slow = Throttle(SimulatorOptions(limits={"send_sms": 0.5, "send_rcs": 2.5}))
    assert [at / 10 for at in range(60) if not slow.wait_seconds("send_sms", at / 10)] == [0.0, 2.0, 4.0]
    assert sum(not slow.wait_seconds("send_rcs", at / 100) for at in range(800)) == 20


def test_the_demo_key_may_do_everything() -> None:
    (scopes,) = SimulatorOptions().api_keys.values()
    assert all(scopes & operation.scopes for operation in OPERATIONS.values())


def test_templates_are_those_of_the_sender() -> None:
    seeded = {"441134960000": [{"name": "order_shipped", "language": "en", "status": "PENDING"}]}
    path = "/whatsapp/2/senders/{}/templates"

    async def story(call: Caller) -> None:
        (shown,) = (await call("GET", path.format("441134960000"))).body["templates"]
        assert (shown["name"], shown["language"], shown["status"], shown["category"]) == (
            "order_shipped",
            "en",
            "PENDING",
            "MARKETING",
        )
        unknown = await call("GET", path.format("441134960009"))
        assert (unknown.status, unknown.body["requestError"]["serviceException"]) == (
            404,
            {"messageId": "NOT_FOUND", "text": "Not found"},
        )
        structure = {"body": {"text": "Hi {{1}}"}, "type": "TEXT"}
        approved = {"name": "order_shipped", "language": "en", "category": "UTILITY", "structure": structure}
        seed = {"sender": "441134960000", "templates": [approved, {"name": "order_shipped", "language": "de"}]}
        assert (await call("POST", TEMPLATES, seed)).body == {"seeded": 2}
        shown, german = (await call("GET", path.format("+441134960000"))).body["templates"]
        assert (shown["status"], shown["category"], shown["structure"]) == ("APPROVED", "UTILITY", structure)
        assert german["language"] == "de"
        await call("POST", TEMPLATES, {"sender": "441134960009", "templates": []})
        assert (await call("GET", path.format("441134960009"))).body == {"templates": []}
        for bad in ({"sender": "1"}, {"sender": "1", "templates": [{"name": "a", "status": "FINE"}]}, [7]):
            assert (await call("POST", TEMPLATES, bad)).status == 400

    simulate(story, SimulatorOptions(limits=None, whatsapp_templates=seeded))


def test_content_is_uploaded_under_one_id() -> None:
    async def story(call: Caller) -> None:
        async def upload(data: bytes = b"picture", **headers: str) -> tuple[int, Any]:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            url = call.simulator.base_url + "/mms/1/content"
            sent |= {"Authorization": "App demo-key", "Content-Type": "application/octet-stream"}
            async with call.session.post(url, data=data, headers=sent) as answer:
                return answer.status, await answer.json()

        status, body = await upload(X_Content_Id="image_1", X_Media_Type="image/png")
        assert (status, list(body)) == (200, ["uploadedContentId"])
        assert (await upload(X_Content_Id="image_1", X_Media_Type="image/png"))[1] == body
        assert (await upload(b"other", X_Content_Id="image_1", X_Media_Type="image/png"))[1] != body
        status, body = await upload(X_Media_Type="image/png")
        assert (status, body["bulkId"], body["messages"]) == (400, "", [])
        assert "X-Content-Id" in body["errorMessage"]
        status, _ = await upload(X_Content_Id="image_1", X_Media_Type="image/png", X_Validity_Period_Minutes="long")
        assert status == 400

    uploads = simulate(story).outbox.uploads
    assert [(each.content_id, each.media_type, each.size) for each in uploads.values()] == [
        ("image_1", "image/png", 7),
        ("image_1", "image/png", 5),
    ]


def test_the_page_shows_the_latest_messages_escaped() -> None:
    async def story(call: Caller) -> None:
        nasty = "<script>alert('1')</script>"
        await send(call, SMS, text(said=nasty, ids=["m1"]), text(said="again", ids=["m1"]))
        await send(call, MMS, message(MMS_TEXT))
        await send(call, EMAIL, email("ann@example.com"))
        page = (await call("GET", "/")).text
        assert nasty not in page
        shown = ("&lt;script&gt;", "messageSegments", "ann@example.com", "News", "PENDING_ACCEPTED", "3 messages")
        assert all(word in page for word in shown)

    simulate(story)


def test_a_thousand_messages_go_in_one_request() -> None:
    async def story(call: Caller) -> None:
        body = request(*(text(f"4179{number:08d}", ids=[f"m{number}"]) for number in range(1000)))
        assert statuses(await call("POST", SMS, body)) == [26] * 1000
        assert len(await _kept(call)) == 1000

    simulate(story, UNLIMITED)
