"""Subscriptions are made where they are missing, changed where they are otherwise, and left alone else."""

import httpx
import pytest

from streams.errors import Forbidden, Refused
from streams.infobip.subscriptions import Security, Subscription, subscribe
from tests.fakes.clock import timeless
from tests.fakes.infobip import client_of
from tests.infobip.subscription_fakes import SubscriptionKeeper, faults_of

BASIC = Security("infobip-streams", "BASIC", {"username": "infobip-streams", "password": "hush"})
SIGNED = Security("infobip-streams", "HMAC", {"secretKey": "hush", "algorithm": "HMAC_SHA_256"})
SMS = Subscription("infobip-streams-sms-reports", "SMS", ("DELIVERY",), "https://h.example.com/reports/sms")
VIBER = Subscription("infobip-streams-viber-seen", "VIBER", ("SEEN", "CLICK"), "https://h.example.com/seen/viber")
SECURITY_AT, PROFILE_AT = "security/infobip-streams", "profiles/infobip-streams-sms-reports"
SUBSCRIPTION_AT = "subscription/SMS/infobip-streams-sms-reports"


async def subscribed(keeper: SubscriptionKeeper, security: Security = BASIC, *wanted: Subscription) -> list[str]:
    """What is said of it."""
    said: list[str] = []
    client = client_of("http://infobip.test", transport=httpx.MockTransport(keeper.by_httpx))
    try:
        await subscribe(client, security, wanted or (SMS,), said.append)
    finally:
        await client.aclose()
    return said


@timeless
async def test_what_is_missing_is_made_each_after_what_it_refers_to() -> None:
    keeper = SubscriptionKeeper()
    assert await subscribed(keeper) == [
        "main: security infobip-streams created",
        "main: profile infobip-streams-sms-reports created",
        "main: subscription infobip-streams-sms-reports created",
    ]
    assert keeper.changes == [
        (
            "POST",
            "/subscriptions/1/security",
            {
                "authId": "infobip-streams",
                "type": "BASIC",
                "credentials": {"username": "infobip-streams", "password": "hush"},
            },
        ),
        (
            "POST",
            "/subscriptions/1/profiles",
            {
                "profileId": "infobip-streams-sms-reports",
                "webhook": {"notifyUrl": "https://h.example.com/reports/sms", "contentType": "application/json"},
                "security": {"authId": "infobip-streams"},
            },
        ),
        (
            "POST",
            "/subscriptions/1/subscription/SMS",
            {
                "subscriptionId": "infobip-streams-sms-reports",
                "events": ["DELIVERY"],
                "profile": {"profileId": "infobip-streams-sms-reports"},
            },
        ),
    ]


@timeless
async def test_doing_it_again_changes_nothing() -> None:
    keeper = SubscriptionKeeper()
    await subscribed(keeper, BASIC, SMS, VIBER)
    done = len(keeper.changes)
    said = await subscribed(keeper, BASIC, SMS, VIBER)
    assert [line.rpartition(" ")[2] for line in said] == ["unchanged"] * 5
    assert len(keeper.changes) == done


@timeless
async def test_credentials_that_are_not_shown_are_given_again() -> None:
    """Nobody can tell whether they are still the same."""
    keeper = SubscriptionKeeper(hides_secrets=True)
    await subscribed(keeper)
    assert [line.rpartition(" ")[2] for line in await subscribed(keeper)] == ["updated", "unchanged", "unchanged"]


@timeless
async def test_what_is_otherwise_is_changed_and_what_others_set_besides_stays() -> None:
    keeper = SubscriptionKeeper()
    await subscribed(keeper)
    keeper.kept[PROFILE_AT] |= {"maxBucketSize": 500, "headers": {"X-Team": "growth"}}
    keeper.kept[SUBSCRIPTION_AT] |= {"name": "Reports", "criteria": [{"entityId": "acme-europe"}], "users": []}
    moved = Subscription(SMS.subscription_id, "SMS", ("DELIVERY", "CLICK"), "https://new.example.com/reports/sms")
    assert [line.rpartition(" ")[2] for line in await subscribed(keeper, SIGNED, moved)] == ["updated"] * 3
    assert keeper.kept[SECURITY_AT]["type"] == "HMAC"
    assert keeper.kept[PROFILE_AT] == {
        "profileId": "infobip-streams-sms-reports",
        "maxBucketSize": 500,
        "headers": {"X-Team": "growth"},
        "webhook": {"notifyUrl": "https://new.example.com/reports/sms", "contentType": "application/json"},
        "security": {"authId": "infobip-streams"},
    }
    assert keeper.kept[SUBSCRIPTION_AT] == {
        "subscriptionId": "infobip-streams-sms-reports",
        "name": "Reports",
        "criteria": [{"entityId": "acme-europe"}],
        "events": ["DELIVERY", "CLICK"],
        "profile": {"profileId": "infobip-streams-sms-reports"},
    }


@timeless
async def test_events_may_stand_in_any_order_and_with_a_format() -> None:
    keeper = SubscriptionKeeper()
    await subscribed(keeper, BASIC, VIBER)
    kept = keeper.kept["subscription/VIBER/infobip-streams-viber-seen"]
    kept["events"] = [{"event": "CLICK", "format": "TRACKING_1"}, "SEEN"]
    assert (await subscribed(keeper, BASIC, VIBER))[-1] == "main: subscription infobip-streams-viber-seen unchanged"


@timeless
async def test_nobody_elses_is_asked_for_or_touched() -> None:
    keeper = SubscriptionKeeper()
    theirs = {"subscriptionId": "theirs", "events": ["DELIVERY"], "profile": {"profileId": "theirs"}}
    keeper.kept["subscription/SMS/theirs"] = dict(theirs)
    await subscribed(keeper)
    assert keeper.kept["subscription/SMS/theirs"] == theirs
    assert not [path for _, path, _ in keeper.asked if "theirs" in path]


@timeless
async def test_every_request_is_valid_by_the_published_schema() -> None:
    keeper = SubscriptionKeeper(hides_secrets=True)
    await subscribed(keeper, BASIC, SMS, VIBER)
    await subscribed(keeper, SIGNED, SMS, Subscription(VIBER.subscription_id, "VIBER", ("SEEN",), VIBER.address))
    assert [(asked, faults_of(asked)) for asked in keeper.asked if faults_of(asked)] == []
    assert {method for method, _, _ in keeper.asked} == {"GET", "POST", "PUT"}


@pytest.mark.parametrize(
    ("status", "body", "error", "told"),
    [
        (403, {}, Forbidden, "the API key of authorization 'main' lacks the scope subscriptions:manage"),
        (
            400,
            {"requestError": {"serviceException": {"messageId": "BAD_REQUEST", "text": "hush is no password"}}},
            Refused,
            "create_subscription_security (POST /subscriptions/1/security) answered 400 (BAD_REQUEST)",
        ),
    ],
)
@timeless
async def test_a_refusal_is_one_line_without_a_secret(
    status: int, body: object, error: type[Exception], told: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        found = request.method != "GET" or status == 403
        return httpx.Response(status if found else 404, json=body if found else {})

    client = client_of("http://infobip.test", transport=httpx.MockTransport(answer))
    with pytest.raises(error) as caught:
        await subscribe(client, BASIC, [SMS], lambda _: None)
    await client.aclose()
    assert str(caught.value) == told


def test_no_secret_is_shown() -> None:
    assert "hush" not in f"{BASIC!r} {SIGNED!r}"
