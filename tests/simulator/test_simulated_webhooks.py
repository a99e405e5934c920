"""Reports that the simulator posts: to whom, in which form, how often, and with which proof of who posts them."""

import base64
import hashlib
import hmac
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from streams.simulator import DEFAULT_FATES, SimulatorOptions
from streams.simulator.feedback.posts import RETRIES, wait_minutes
from tests.simulator.messaging import NUMBER, At, email, message, send, template, text
from tests.simulator.published import webhook_form
from tests.simulator.receiver import AT_ONCE, Receiver, counted, told
from tests.simulator.simulated import NOW, Caller
from tests.waiting import until

SEEN = "447700900005"
CLICKED = "447700900006"
TEXT = {"type": "TEXT", "text": "See https://example.com/a."}
MMS_TEXT = {"messageSegments": [{"type": "TEXT", "text": "See https://example.com/a."}]}
ALIM_TEXT = {"templateCode": "T1", "text": "Hello", "type": "TEMPLATE"}
CHINGU_TEXT = {"type": "TEXT_FREE_FORM", "text": "Hello"}


def _hooked(receiver: Receiver, **more: Any) -> dict[str, Any]:
    webhooks = {"delivery": {"url": f"{receiver.url}/d"}, "seen": {"url": f"{receiver.url}/s"}, "callbackData": "back"}
    return {"webhooks": webhooks, **more}


def test_a_delivery_report_of_an_sms_is_posted_as_published() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        own = {"platform": {"entityId": "entity"}, "campaignReferenceId": "summer"}
        sms = text(ids=["m1"], said="a" * 161, options=own, **_hooked(receiver))
        await send(call, At.SMS, sms, schedule={"bulkId": "b1"})
        (post,) = await receiver.posted(1)
        assert (post.path, post.headers["Content-Type"]) == ("/d", "application/json")
        assert "Authorization" not in post.headers
        assert post.body == {
            "results": [
                {
                    "bulkId": "b1",
                    "price": {"pricePerMessage": 0, "currency": "EUR"},
                    "status": {
                        "groupId": 3,
                        "groupName": "DELIVERED",
                        "id": 5,
                        "name": "DELIVERED_TO_HANDSET",
                        "description": "Message delivered to handset",
                    },
                    "error": {
                        "groupId": 0,
                        "groupName": "OK",
                        "id": 0,
                        "name": "NO_ERROR",
                        "description": "No Error",
                        "permanent": False,
                    },
                    "messageId": "m1",
                    "to": NUMBER,
                    "sender": "Acme",
                    "sentAt": "2026-11-20T10:00:00.000+0000",
                    "doneAt": "2026-11-20T10:00:00.000+0000",
                    "messageCount": 2,
                    "mccMnc": "22801",
                    "callbackData": "back",
                    "platform": {"entityId": "entity"},
                    "campaignReferenceId": "summer",
                }
            ]
        }

    told(story, clock=lambda: NOW)


@pytest.mark.parametrize(
    ("path", "content", "product", "webhook"),
    [
        (At.SMS, {"text": "Hello"}, "sms", "receive-outbound-sms-message-reports-v3"),
        (At.MMS, MMS_TEXT, "mms", "receive-outbound-mms-message-delivery-reports"),
        (At.VIBER, TEXT, "viber", "receive-outbound-viber-message-delivery-reports"),
        (At.RCS, TEXT, "rcs", "receive-outbound-rcs-message-delivery-reports"),
        (At.ALIM, ALIM_TEXT, "kakao", "receive-outbound-kakao-alim-message-delivery-reports"),
        (At.CHINGU, CHINGU_TEXT, "kakao", "receive-outbound-kakao-chingu-message-delivery-reports"),
    ],
)
def test_delivery_reports_of_every_channel_have_their_published_form(
    path: str, content: dict[str, Any], product: str, webhook: str
) -> None:
    numbers = [f"41793026{end}" for end in ("727", "001", "002", "003", "004")]

    async def story(call: Caller, receiver: Receiver) -> None:
        answer = await send(call, path, message(content, *numbers, **_hooked(receiver)))
        assert answer.status == 200, answer.text
        reports = await receiver.reports(4)
        assert [(each["to"], each["status"]["groupName"]) for each in reports] == [
            (numbers[0], "DELIVERED"),
            (numbers[1], "UNDELIVERABLE"),
            (numbers[2], "REJECTED"),
            (numbers[3], "EXPIRED"),
        ]
        assert [each["error"]["permanent"] for each in reports] == [False, True, True, True]
        for post in receiver.posts:
            webhook_form(product, webhook).validate(post.body)

    told(story)


def test_what_was_seen_is_told_after_what_was_delivered() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        for path, product in ((At.VIBER, "viber"), (At.RCS, "rcs")):
            receiver.posts.clear()
            await send(call, path, message(TEXT, SEEN, ids=[product], **_hooked(receiver)))
            delivered, seen = sorted(await receiver.posted(2), key=lambda post: post.path)
            assert (delivered.path, seen.path) == ("/d", "/s")
            webhook_form(product, f"receive-{product}-seen-reports").validate(seen.body)
            (result,) = seen.results
            assert result["seenAt"] >= delivered.results[0]["doneAt"]
            assert (result["messageId"], result["from"], result["to"]) == (product, "Acme", SEEN)
            assert "callbackData" not in result

    told(story)


def test_whatsapp_posts_both_to_one_address() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        said = {"from": "441134960000", "to": SEEN, "messageId": "w1", "content": {"text": "Hello"}}
        hooks = {"callbackData": "back", "notifyUrl": f"{receiver.url}/w", "entityId": "entity"}
        await call("POST", At.WHATSAPP_TEXT, {**said, **hooks})
        delivered, seen = sorted(await receiver.posted(2), key=lambda post: "seenAt" in post.results[0])
        webhook_form("whatsapp", "receive-whatsapp-delivery-reports").validate(delivered.body)
        webhook_form("whatsapp", "receive-whatsapp-seen-reports").validate(seen.body)
        assert {post.path for post in receiver.posts} == {"/w"}
        assert "callbackData" not in delivered.results[0]
        assert (delivered.results[0]["bulkId"], seen.results[0]["entityId"]) == ("", "entity")
        assert await counted(call) == {
            ("whatsapp", "delivery"): {"made": 1, "posted": 1, "acknowledged": 1},
            ("whatsapp", "seen"): {"made": 1, "posted": 1, "acknowledged": 1},
        }

    told(story)


def test_emails_tell_of_delivery_and_of_what_people_do() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        said = email("ann006@example.com", ids=["e1"], **_hooked(receiver))
        said["content"]["html"] = '<a href="https://example.com/a">A</a>'
        await send(call, At.EMAIL, said, tracking={"track": True, "trackingUrl": f"{receiver.url}/t"})
        await receiver.posted(3)
        for act in ("unsubscribe", "complain", "bounce"):
            assert (await call("POST", "/simulator/acts", {"message_id": "e1", "act": act})).body == {
                "posted_to": f"{receiver.url}/t"
            }
        posts = await receiver.posted(6)
        (delivered,) = (post for post in posts if post.path == "/d")
        webhook_form("email", "receive-email-delivery-reports").validate(delivered.body)
        events = {post.body["notificationType"]: post.body for post in posts if post.path == "/t"}
        assert events.keys() == {"OPENED", "CLICKED", "UNSUBSCRIBED", "COMPLAINED", "LATE_BOUNCE"}
        assert events["CLICKED"]["url"] == "https://example.com/a"
        assert len({event["eventId"] for event in events.values()}) == 5
        for event in events.values():
            # The schema has a number here, its own examples have texts.
            webhook_form("email", "receive-email-tracking-reports").validate({**event, "messageId": 1})
            assert (event["messageId"], event["callbackData"], event["domain"]) == ("e1", "back", "example.com")

    told(story)


@pytest.mark.parametrize(
    ("path", "content", "product"), [(At.SMS, {"text": "See https://example.com/a."}, "sms"), (At.MMS, MMS_TEXT, "mms")]
)
def test_a_click_is_told_alone_where_links_are_tracked(path: str, content: dict[str, Any], product: str) -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        tracking = {"shortenUrl": True, "trackClicks": True, "trackingUrl": f"{receiver.url}/c"}
        said = message(content, CLICKED, ids=["c1"], **_hooked(receiver))
        await send(call, path, said, tracking=tracking, schedule={"bulkId": "b1"})
        posts = await receiver.posted(2)
        (click,) = (post.body for post in posts if post.path == "/c")
        webhook_form(product, f"receive-{product}-tracking-notification").validate(click)
        shown = ("notificationType", "recipient", "url", "messageId", "bulkId", "callbackData", "sendDateTime")
        assert [click[name] for name in shown] == [
            "CLICKED",
            CLICKED,
            "https://example.com/a",
            "c1",
            "b1",
            "back",
            int(NOW.timestamp() * 1000),
        ]
        untracked = message(content, CLICKED, ids=["c2"], **_hooked(receiver))
        await send(call, path, untracked)
        await receiver.posted(3)
        assert (await counted(call))[product, "click"] == {"made": 1, "posted": 1, "acknowledged": 1}
        refused = await call("POST", "/simulator/acts", {"message_id": "c2", "act": "click"})
        assert refused.status == 400

    told(story, clock=lambda: NOW)


def test_what_stands_in_for_another_message_is_told_with_its_channel() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        options = {"smsFailover": {"sender": "Shop", "text": "Hello"}}
        webhooks = {"delivery": {"url": f"{receiver.url}/d", "receiveTriggeredFailoverReports": True}}
        said = message(TEXT, "41793026001", NUMBER, ids=["r1", "r2"], options=options, webhooks=webhooks)
        await send(call, At.RCS, said)
        reports = await receiver.reports(3)
        for post in receiver.posts:
            webhook_form("rcs", "receive-outbound-rcs-message-delivery-reports").validate(post.body)
        assert sorted(
            (each["messageId"], each["channel"], each["sender"], each["status"]["id"], each["error"]["id"])
            for each in reports
        ) == [("r1", "RCS", "Acme", 7, 7002), ("r1", "SMS", "Shop", 5, 0), ("r2", "RCS", "Acme", 5, 0)]

    told(story)


def test_reports_come_a_hundred_together_or_as_many_as_the_profile_says() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        numbers = [f"4179302{number:04}" for number in range(1000, 1250) if number % 1000 > 7]
        await send(call, At.SMS, text(*numbers, **_hooked(receiver)))
        reports = await receiver.reports(len(numbers))
        assert [each["to"] for each in reports] == numbers
        assert [len(post.results) for post in receiver.posts] == [100, 100, len(numbers) - 200]
        receiver.posts.clear()
        await _subscribe(call, receiver, profile={"maxBucketSize": 7})
        await send(call, At.SMS, text(*numbers))
        await receiver.reports(len(numbers))
        assert {len(post.results) for post in receiver.posts} == {7, len(numbers) % 7}

    told(story)


async def _subscribe(
    call: Caller,
    receiver: Receiver,
    channel: str = "SMS",
    events: tuple[str, ...] = ("DELIVERY",),
    profile: dict[str, Any] | None = None,
    **more: Any,
) -> None:
    webhook = {"webhook": {"notifyUrl": f"{receiver.url}/subscribed"}}
    whole = {"profileId": f"P-{channel}", **webhook, **(profile or {})}
    body = {"subscriptionId": f"{channel}-1", "events": list(events), "profile": whole}
    answer = await call("POST", f"/subscriptions/1/subscription/{channel}", {**body, **more})
    assert answer.status == 201, answer.text


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_what_is_subscribed_to_is_signed_over_the_body_as_it_is(encoding: Any) -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        credentials = {"secretKey": "secret", "algorithm": "HMAC_SHA_512"}
        security = {"authId": "A", "type": "HMAC", "credentials": credentials}
        await _subscribe(call, receiver, profile={"security": security, "headers": {"X-Static": "yes"}})
        await send(call, At.SMS, text())
        (post,) = await receiver.posted(1)
        digest = hmac.new(b"secret", post.raw, hashlib.sha512).digest()
        expected = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
        assert (post.path, post.headers["X-Mine"], post.headers["X-Static"]) == ("/subscribed", expected, "yes")

    told(story, replace(AT_ONCE, hmac_header="X-Mine", hmac_encoding=encoding))


def test_a_name_and_password_stand_in_the_place_of_a_static_header() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        security = {"authId": "A", "type": "BASIC", "credentials": {"username": "me", "password": "secret"}}
        await _subscribe(call, receiver, profile={"security": security, "headers": {"authorization": "Bearer x"}})
        await send(call, At.SMS, text())
        (post,) = await receiver.posted(1)
        assert post.headers["Authorization"] == f"Basic {base64.b64encode(b'me:secret').decode()}"

    told(story)


def test_the_address_on_a_message_comes_before_a_subscription_and_no_notice_before_both() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        await _subscribe(call, receiver)
        silent = {"delivery": {"url": f"{receiver.url}/d", "notify": False}}
        messages = text(ids=["a"], **_hooked(receiver)), text(ids=["b"]), text(ids=["c"], webhooks=silent)
        await send(call, At.SMS, *messages)
        reports = {post.path: [each["messageId"] for each in post.results] for post in await receiver.posted(2)}
        assert reports == {"/d": ["a"], "/subscribed": ["b"]}
        assert (await counted(call))["sms", "delivery"] == {"made": 3, "posted": 2, "acknowledged": 2, "pending": 1}

    told(story)


def test_a_subscription_takes_what_it_asks_for_and_no_more() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        criteria = [{"applicationId": "app"}]
        await _subscribe(call, receiver, "VIBER", ("SEEN",), criteria=criteria, resources=["Acme"])
        mine = {"platform": {"applicationId": "app", "entityId": "any"}}
        others = {"platform": {"applicationId": "other"}}
        await send(
            call,
            At.VIBER,
            message(TEXT, SEEN, ids=["mine"], options=mine),
            message(TEXT, SEEN, ids=["other"], options=others),
            message(TEXT, SEEN, ids=["sender"], options=mine, sender="Other"),
        )
        (post,) = await receiver.posted(1)
        assert [each["messageId"] for each in post.results] == ["mine"]
        assert (await counted(call))["viber", "seen"] == {"made": 3, "posted": 1, "acknowledged": 1, "nowhere": 2}

    told(story)


def test_the_minutes_between_retries_are_those_that_are_published() -> None:
    waits = [wait_minutes(retry) for retry in range(RETRIES)]
    assert (waits[:6], waits[-1], sum(waits)) == ([1, 2, 5, 10, 17, 26], 362, 2490)


def test_what_is_not_acknowledged_is_posted_again_when_it_is_time() -> None:
    at = [NOW]

    async def story(call: Caller, receiver: Receiver) -> None:
        receiver.statuses.extendleft([503, 302])
        await send(call, At.SMS, text(ids=["m1"], **_hooked(receiver)))
        for count, minutes in ((1, 1), (2, 2)):
            await receiver.posted(count)
            await _noted(call, count)
            at[0] += timedelta(minutes=minutes, seconds=-1)
            call.simulator.office.advance(at[0].timestamp())
            assert list(call.simulator.office.posts.ready(at[0].timestamp())) == []
            at[0] += timedelta(seconds=1)
            await send(call, At.SMS, text(said="something that wakes", webhooks={"delivery": {"notify": False}}))
        posts = await receiver.posted(3)
        assert [post.raw for post in posts] == [posts[0].raw] * 3
        counts = (await counted(call))["sms", "delivery"]
        assert (counts["posted"], counts["acknowledged"]) == (3, 1)
        assert await _answers(call) == ["302", "503", "200"]

    told(story, clock=lambda: at[0])


async def _answers(call: Caller) -> list[str]:
    """What was answered to each post."""
    lines = (await call("GET", "/simulator/posts")).text.splitlines()
    return [orjson.loads(line)["answered"] for line in lines]


async def _noted(call: Caller, count: int) -> None:
    """Wait until the answers to so many posts have been read."""
    await until(lambda: len(call.simulator.office.posted) == count)


def test_after_the_last_retry_a_report_can_still_be_pulled() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        receiver.statuses[0] = 500
        await send(call, At.SMS, text(ids=["m1"], **_hooked(receiver)))
        await receiver.posted(RETRIES + 1)
        await _noted(call, RETRIES + 1)
        answer = await call("GET", "/sms/3/reports")
        assert [each["messageId"] for each in answer.body["results"]] == ["m1"]
        assert (await counted(call))["sms", "delivery"] == {"made": 1, "posted": RETRIES + 1, "pulled": 1}

    told(story, replace(AT_ONCE, time_scale=1e9))


def test_a_report_that_is_pulled_is_not_posted_again() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        receiver.statuses[0] = 500
        await send(call, At.SMS, text(ids=["m1"], **_hooked(receiver)), text(ids=["m2"], **_hooked(receiver)))
        await receiver.posted(1)
        await _noted(call, 1)
        assert len((await call("GET", "/sms/3/reports", messageId="m1")).body["results"]) == 1
        receiver.statuses[0] = 200
        assert (await call("POST", "/simulator/posts")).body == {"batches": 1}
        _, again = await receiver.posted(2)
        assert [each["messageId"] for each in again.results] == ["m2"]

    told(story)


def test_faults_of_posts_lose_repeat_and_disorder_them() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        faults = call.simulator.faults
        faults.add("post_delivery:lose_answer,count=1")
        await send(call, At.SMS, text(ids=["lost"], **_hooked(receiver)))
        await _noted(call, 1)
        await call("POST", "/simulator/posts")
        await receiver.posted(2)
        faults.add("posts:twice,count=1")
        await send(call, At.SMS, text(ids=["twice"], **_hooked(receiver)))
        await receiver.posted(4)
        faults.add("post_delivery:disorder=0,count=1")
        await send(call, At.SMS, text(NUMBER, NUMBER, ids=["one", "two"], **_hooked(receiver)))
        posts = await receiver.posted(5)
        ids = [[each["messageId"] for each in post.results] for post in posts]
        assert ids == [["lost"], ["lost"], ["twice"], ["twice"], ["two", "one"]]
        await _noted(call, 4)
        assert (await counted(call))["sms", "delivery"] == {"made": 4, "posted": 6, "acknowledged": 4}

    told(story)


def test_faults_of_calls_strike_no_posts_and_the_other_way_round() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        call.simulator.faults.add("posts:outage,count=1")
        assert (await send(call, At.SMS, text(ids=["m1"], **_hooked(receiver)))).status == 200
        await _noted(call, 1)
        assert (await _answers(call), receiver.posts) == (["outage"], [])
        call.simulator.faults.add("*:status=503")
        await call("POST", "/simulator/posts")
        assert len(await receiver.posted(1)) == 1
        for line in ("send_sms:twice", "*:disorder", "posts:status=503", "post_delivery:truncate"):
            assert (await call("POST", "/simulator/faults", {"fault": line})).status == 400

    told(story)


def test_reports_agree_with_the_logs_before_and_after() -> None:
    at = [NOW]
    options = SimulatorOptions(limits=None, report_delay_seconds=60, fates=DEFAULT_FATES)

    async def story(call: Caller, receiver: Receiver) -> None:
        numbers = [f"41793026{end}" for end in ("727", "001", "002", "003", "004")]
        await send(call, At.SMS, text(*numbers, **_hooked(receiver)))
        before = (await call("GET", At.SMS_LOGS)).body["results"]
        assert ({row["status"]["id"] for row in before}, any("doneAt" in row for row in before)) == ({26}, False)
        at[0] += timedelta(seconds=60)
        await call("GET", At.SMS_LOGS)
        logs = {row["messageId"]: row for row in (await call("GET", At.SMS_LOGS)).body["results"]}
        call.simulator._world.postman.wake()
        reports = await receiver.reports(4)
        for report in reports:
            row = logs[report["messageId"]]
            assert row["destination"] == report["to"]
            shared = ("bulkId", "status", "error", "sentAt", "doneAt", "messageCount", "price", "mccMnc", "sender")
            assert {name: row[name] for name in shared} == {name: report[name] for name in shared}
        assert Counter(row["status"]["groupName"] for row in logs.values()) == {
            "DELIVERED": 1,
            "UNDELIVERABLE": 1,
            "REJECTED": 1,
            "EXPIRED": 1,
            "PENDING": 1,
        }

    told(story, options, lambda: at[0])


def test_templates_of_whatsapp_are_reported_and_their_buttons_clicked() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        hooks = {"notifyUrl": f"{receiver.url}/w", "urlOptions": {"trackingUrl": f"{receiver.url}/c"}}
        said = template("https://example.com/order", to=CLICKED, messageId="w1", **hooks)
        await call("POST", At.WHATSAPP_TEMPLATE, {"messages": [said]})
        posts = await receiver.posted(3)
        (click,) = (post.body for post in posts if post.path == "/c")
        assert (click["url"], click["messageId"]) == ("https://example.com/order", "w1")

    told(story)
