"""Subscriptions, profiles and security settings: what can be said, and how it is found, changed and ended."""

from typing import Any

import orjson
import pytest

from streams.simulator import SimulatorOptions
from streams.simulator.answers import Refusal
from streams.simulator.feedback.configuration_forms import CONFIGURATION as CONFIGURATION_FORM
from streams.simulator.feedback.subscription_forms import CREATED, EVENTS, FORMATTED
from streams.simulator.messages.reading import read
from tests.simulator.messaging import properties
from tests.simulator.published import FEEDBACK, SCHEMAS, answer_form, changed, examples, places, published, request_form
from tests.simulator.receiver import AT_ONCE
from tests.simulator.simulated import NOW, Caller, simulate

SUBSCRIPTIONS = "/subscriptions/1/subscription"
PROFILES = "/subscriptions/1/profiles"
SECURITY = "/subscriptions/1/security"
BASIC = {"type": "BASIC", "credentials": {"username": "me", "password": "secret"}}
WEBHOOK = {"webhook": {"notifyUrl": "https://example.com/hook"}}


def _subscription(name: str = "S1", *events: str, profile: Any = None, **more: Any) -> dict[str, Any]:
    whole = profile or {"profileId": "P1", **WEBHOOK, "security": {"authId": "A1", **BASIC}}
    return {"subscriptionId": name, "events": list(events or ("DELIVERY",)), "profile": whole, **more}


def test_a_subscription_can_define_all_that_it_uses() -> None:
    async def story(call: Caller) -> None:
        made = await call("POST", f"{SUBSCRIPTIONS}/SMS", _subscription(name="S1", resources=["Acme"]))
        ids = {"subscriptionId": "S1", "profile": {"profileId": "P1", "security": {"authId": "A1"}}}
        assert (made.status, made.body) == (201, ids)
        answer_form("create_subscription", 201).validate(made.body)
        found = await call("GET", f"{SUBSCRIPTIONS}/SMS/S1")
        assert found.body == {**ids, "events": ["DELIVERY"], "resources": ["Acme"]}
        answer_form("get_subscription", 200).validate(found.body)
        profile = await call("GET", f"{PROFILES}/P1")
        assert profile.body == {"profileId": "P1", **WEBHOOK, "security": {"authId": "A1"}}
        assert (await call("GET", f"{SECURITY}/A1")).body == {"authId": "A1", **BASIC}
        for path in (f"{SUBSCRIPTIONS}/MMS/S1", f"{SUBSCRIPTIONS}/SMS/S2", f"{PROFILES}/P2", f"{SECURITY}/A2"):
            missing = await call("GET", path)
            assert (missing.status, missing.body["requestError"]["serviceException"]["messageId"]) == (404, "NOT_FOUND")

    simulate(story, AT_ONCE)


def test_things_are_changed_and_ended_unless_others_use_them() -> None:
    async def story(call: Caller) -> None:
        await call("POST", SECURITY, {"authId": "A1", **BASIC})
        await call("POST", PROFILES, {"profileId": "P1", **WEBHOOK})
        assert properties(await call("POST", PROFILES, {"profileId": "P1", **WEBHOOK})).keys() == {"profileId"}
        await call("POST", f"{SUBSCRIPTIONS}/SMS", _subscription(profile={"profileId": "P1"}))
        changed = await call("PUT", f"{PROFILES}/P1", {**WEBHOOK, "maxBucketSize": 5, "security": {"authId": "A1"}})
        assert (changed.status, changed.body) == (200, {"profileId": "P1", "security": {"authId": "A1"}})
        body = {"name": "Ours", "events": ["CLICK"], "profile": {"profileId": "P1"}}
        ids = {"subscriptionId": "S1", "profile": {"profileId": "P1", "security": {"authId": "A1"}}}
        assert (await call("PUT", f"{SUBSCRIPTIONS}/SMS/S1", body)).body == ids
        assert (await call("GET", f"{SUBSCRIPTIONS}/SMS/S1")).body["events"] == ["CLICK"]
        hmac = {"type": "HMAC", "credentials": {"secretKey": "k", "algorithm": "HMAC_SHA_256"}}
        assert (await call("PUT", f"{SECURITY}/A1", hmac)).body == {"authId": "A1"}
        for path, name in ((f"{PROFILES}/P1", "profileId"), (f"{SECURITY}/A1", "authId")):
            assert properties(await call("DELETE", path)).keys() == {name}
        assert (await call("DELETE", f"{SUBSCRIPTIONS}/SMS/S1")).body == ids
        assert (await call("DELETE", f"{PROFILES}/P1")).body == ids["profile"]
        assert (await call("DELETE", f"{SECURITY}/A1")).body == {"authId": "A1"}
        assert (await call("DELETE", f"{SECURITY}/A1")).status == 404
        for sort in (PROFILES, SECURITY, f"{SUBSCRIPTIONS}/SMS"):
            assert (await call("GET", sort)).body["paging"]["totalResults"] == 0

    simulate(story, AT_ONCE)


def test_they_are_listed_page_by_page_the_last_one_first() -> None:
    async def story(call: Caller) -> None:
        await call("POST", PROFILES, {"profileId": "P1", **WEBHOOK})
        criteria: tuple[Any, ...] = (
            [{"applicationId": "a", "entityId": "e"}, {"applicationId": "b"}],
            [{"applicationId": "a"}],
            [],
        )
        for number, each in enumerate(criteria):
            body = _subscription(f"S{number}", profile={"profileId": "P1"}, criteria=each, resources=[f"R{number}"])
            assert (await call("POST", f"{SUBSCRIPTIONS}/EMAIL", body)).status == 201

        async def found(**query: str) -> list[str]:
            answer = await call("GET", f"{SUBSCRIPTIONS}/EMAIL", **query)
            answer_form("list_subscriptions", 200).validate(answer.body)
            return [each["subscriptionId"] for each in answer.body["results"]]

        assert await found() == ["S2", "S1", "S0"]
        assert (await found(size="2"), await found(size="2", page="1")) == (["S2", "S1"], ["S0"])
        assert (await found(applicationId="a,b"), await found(applicationId="a")) == (["S0"], ["S1", "S0"])
        assert (await found(resource="R1"), await found(entityId="x"), await found(user="u")) == (["S1"], [], [])
        assert properties(await call("GET", f"{SUBSCRIPTIONS}/EMAIL", size="101")).keys() == {"size"}
        assert properties(await call("GET", f"{SUBSCRIPTIONS}/FAX")).keys() == {"channel"}

    simulate(story, AT_ONCE)


@pytest.mark.parametrize(
    ("path", "wrong", "where"),
    [
        (f"{SUBSCRIPTIONS}/FAX", _subscription(), "channel"),
        (f"{SUBSCRIPTIONS}/SMS", {"events": ["DELIVERY"], "profile": {"profileId": "P"}}, "subscriptionId"),
        (f"{SUBSCRIPTIONS}/SMS", {"subscriptionId": "S", "profile": {"profileId": "P"}}, "events"),
        (f"{SUBSCRIPTIONS}/SMS", {"subscriptionId": "S", "events": []}, "profile"),
        (f"{SUBSCRIPTIONS}/SMS", _subscription("S", "PARTY"), "events[0]"),
        (f"{SUBSCRIPTIONS}/SMS", _subscription("S", profile={"profileId": "none"}), "profile.profileId"),
        (f"{SUBSCRIPTIONS}/EMAIL", {**_subscription(), "events": [{"event": "OPEN", "format": "X"}]}, "events[0]"),
        (PROFILES, {"profileId": "P"}, "webhook"),
        (PROFILES, {"profileId": "", **WEBHOOK}, "profileId"),
        (PROFILES, {"profileId": "P", "webhook": {}}, "webhook.notifyUrl"),
        (PROFILES, {"profileId": "P", "webhook": {"notifyUrl": "x" * 513}}, "webhook.notifyUrl"),
        (PROFILES, {"profileId": "P", **WEBHOOK, "maxBucketSize": 2001}, "maxBucketSize"),
        (PROFILES, {"profileId": "P", **WEBHOOK, "windowSize": 19}, "windowSize"),
        (PROFILES, {"profileId": "P", **WEBHOOK, "rateLimit": 0}, "rateLimit"),
        (PROFILES, {"profileId": "P", **WEBHOOK, "readTimeout": 999}, "readTimeout"),
        (PROFILES, {"profileId": "P", **WEBHOOK, "connectTimeout": 30001}, "connectTimeout"),
        (PROFILES, {"profileId": "P", **WEBHOOK, "security": {"authId": "none"}}, "security.authId"),
        (SECURITY, {"authId": "A", "type": "MAGIC"}, "type"),
        (SECURITY, {"authId": "A", "type": "BASIC"}, "credentials"),
        (SECURITY, {"authId": "A", "type": "BASIC", "credentials": {"username": "me"}}, "credentials.password"),
        (
            SECURITY,
            {"authId": "A", "type": "HMAC", "credentials": {"secretKey": "k", "algorithm": "ROT13"}},
            "credentials.algorithm",
        ),
        (SECURITY, {"authId": "A", "credentials": {"username": "me"}}, "type"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(path: str, wrong: Any, where: str) -> None:
    async def story(call: Caller) -> None:
        answer = await call("POST", path, wrong)
        assert where in properties(answer)
        answer_form("create_profile", 400).validate(answer.body)
        for sort in (PROFILES, SECURITY):
            assert (await call("GET", sort)).body["results"] == []

    simulate(story, AT_ONCE)


@pytest.mark.parametrize("channel", sorted(EVENTS))
def test_the_events_of_every_channel_are_those_that_are_published(channel: str) -> None:
    schemas = published("subscriptions-api")["components"]["schemas"]
    words = "".join(word.capitalize() for word in channel.split("_"))
    (request,) = (schema for name, schema in schemas.items() if name.endswith(f".{words}SubscriptionRequest"))
    either = request["properties"]["events"]["items"]
    reference = either["oneOf"][0] if "oneOf" in either else either
    found = schemas[reference["$ref"].removeprefix(SCHEMAS)]
    assert (channel in FORMATTED) is ("oneOf" in either)
    assert EVENTS[channel] == set(found["enum"])


def test_published_examples_are_taken() -> None:
    async def story(call: Caller) -> None:
        for name, path in (
            ("create_security", SECURITY),
            ("create_profile", PROFILES),
            ("create_subscription", f"{SUBSCRIPTIONS}/SMS"),
        ):
            for body in examples(name).values():
                await _forget(call)
                answer = await call("POST", path, body)
                assert answer.status == 201, (body, answer.text)
                answer_form(name, 201).validate(answer.body)

    simulate(story, AT_ONCE)


CONFIGURATION = {
    "channel": "SMS",
    "number": "447860099299",
    "keyword": "STOP",
    "username": "me",
    "countryCode": "GB",
    "unset": ["ANSWERS"],
    "platform": {"entityId": "entity", "applicationId": "app"},
    "forwarding": {"type": "HTTP_FORWARD", "url": "https://example.com", "format": "MO_JSON_2"},
    "conversations": {"enabled": True},
    "autoResponse": {"message": "Hi", "sender": "Shop"},
    "blockListConfiguration": {"type": "BLOCK", "level": "FROM_SENDER"},
}
WRONG_VALUES: tuple[Any, ...] = (None, 7, -1, 1.5, 2**40, True, "", "x" * 5000, [], {}, ["x"])
#: What else may say how to sign makes a body right again, or the schema contradicts itself there.
AGAINST_THE_SCHEMA = frozenset({"credentials", "enabledSSLProtocols"})


@pytest.mark.parametrize(
    ("name", "form", "body"),
    [
        (
            "create_profile",
            CREATED["profile"],
            {"profileId": "P1", **WEBHOOK, "maxBucketSize": 1, "headers": {"A": "b"}},
        ),
        ("create_security", CREATED["security"], {"authId": "A1", **BASIC}),
        ("put_configuration", CONFIGURATION_FORM, CONFIGURATION),
    ],
)
def test_whatever_the_schema_refuses_is_refused(name: str, form: Any, body: dict[str, Any]) -> None:
    read(form, orjson.dumps(body), NOW, "take")
    assert request_form(name).is_valid(body)
    refused = 0
    for place in places(body):
        if not AGAINST_THE_SCHEMA.isdisjoint(place):
            continue
        for value in WRONG_VALUES:
            wrong = changed(body, place, value)
            if request_form(name).is_valid(wrong):
                continue
            refused += 1
            with pytest.raises(Refusal) as refusal:
                read(form, orjson.dumps(wrong), NOW, "take")
            assert refusal.value.problems
    assert refused >= 10


async def _forget(call: Caller) -> None:
    for sort, name in ((f"{SUBSCRIPTIONS}/SMS", "subscriptionId"), (PROFILES, "profileId"), (SECURITY, "authId")):
        for each in (await call("GET", sort)).body["results"]:
            assert (await call("DELETE", f"{sort}/{each[name]}")).status == 200


def test_they_need_their_scope() -> None:
    paths = {ours.path for ours in FEEDBACK.values() if ours.path.startswith("/subscriptions") and "{" not in ours.path}

    async def story(call: Caller) -> None:
        call.simulator.set_key("narrow", frozenset({"sms:manage"}))
        assert [(await call("GET", path, key="narrow")).status for path in sorted(paths)] == [403, 403]

    simulate(story, SimulatorOptions(limits=None))
