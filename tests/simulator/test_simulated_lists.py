"""Lists as Amplitude's page on Infobip publishes them: made, added to, removed from; and what is refused, and when."""

from typing import Any

import pytest

from streams.simulator import SimulatorOptions
from tests.simulator.simulated import UNLIMITED, Caller, simulate

LISTS = "/saas/amplitude/1/lists"


async def _made(call: Caller, name: str = "[Kafka] vip") -> str:
    made = await call("POST", LISTS, {"name": name})
    assert made.status == 200
    return f"{LISTS}/{made.body['listId']}"


def test_a_list_is_made_added_to_and_removed_from_and_is_a_tag() -> None:
    async def story(call: Caller) -> None:
        there = await _made(call)
        await call.upsert({"contactInformation": [{"type": "EMAIL", "identifier": "ann@example.com"}]})
        ids = ["ann@example.com", "bo@example.com", "4930901820", "invalid_mail.com"]
        added = await call("POST", f"{there}/add", {"ids": ids})
        assert added.body == {
            "modifiedCount": 1,
            "createdCount": 2,
            "errors": {"count": 1, "failed": {"VALIDATION_ERROR": ["invalid_mail.com"]}},
        }
        assert (await call("POST", f"{there}/add", {"ids": ids[:1]})).body == {"modifiedCount": 0, "createdCount": 0}
        assert (await call("POST", f"{there}/remove", {"ids": [ids[1], "nobody@example.com"]})).body == {}
        (shown,) = (await call("GET", "/simulator/lists")).body
        assert (shown["name"], shown["ids"]) == ("[Kafka] vip", ["ann@example.com", "4930901820"])
        assert (await call("GET", "/people/2/tags/%5BKafka%5D%20vip")).body["id"] == shown["listId"]
        assert len(list(call.simulator.account.tagged("[Kafka] vip"))) == 2

    simulate(story)


def test_a_list_that_is_gone_is_told_of_as_a_tag() -> None:
    async def story(call: Caller) -> None:
        there = await _made(call)
        list_id = there.rsplit("/", 1)[1]
        assert (await call("DELETE", f"/simulator/lists/{list_id}")).status == 200
        assert (await call("DELETE", f"/simulator/lists/{list_id}")).status == 400
        for what in ("add", "remove"):
            gone = await call("POST", f"{there}/{what}", {"ids": ["ann@example.com"]})
            told = f'Tag with id "{list_id}" does not exist'
            assert (gone.status, gone.body) == (400, {"statusCode": "TAG_NOT_FOUND", "message": told})
        assert (await call("GET", "/simulator/lists")).body == []

    simulate(story)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"name": ["property not found or blank"]}),
        ({"name": " "}, {"name": ["property not found or blank"]}),
        ({"name": "x" * 257}, {"name": ["must not exceed 256 characters"]}),
        ({"name": "[kafka] VIP"}, {"name": ["already exists"]}),
    ],
)
def test_a_list_needs_a_name_of_its_own(body: Any, wrong: Any) -> None:
    async def story(call: Caller) -> None:
        await _made(call)
        refused = await call("POST", LISTS, body)
        exception = {"messageId": "BAD_REQUEST", "text": "Bad request", "validationErrors": wrong}
        assert (refused.status, refused.body) == (400, {"requestError": {"serviceException": exception}})

    simulate(story)


@pytest.mark.parametrize(
    "body", [{"emails": ["a@b.cc"]}, {"ids": []}, {"ids": "a@b.cc"}, {"ids": [1]}, {"ids": ["a@b.cc"] * 1001}, b"{"]
)
def test_ids_stand_under_the_key_that_is_configured_a_thousand_at_most(body: Any) -> None:
    async def story(call: Caller) -> None:
        assert (await call("POST", f"{await _made(call)}/add", body)).status == 400

    simulate(story)


def test_another_key_may_be_configured() -> None:
    async def story(call: Caller) -> None:
        there = await _made(call)
        assert (await call("POST", f"{there}/add", {"people": ["a@b.cc"]})).status == 200
        assert (await call("POST", f"{there}/add", {"ids": ["a@b.cc"]})).status == 400

    simulate(story, SimulatorOptions(limits=None, ids_key="people"))


def test_each_key_makes_one_list_in_two_seconds_and_adds_once_in_ten() -> None:
    keys = dict.fromkeys(("one", "two"), UNLIMITED.api_keys["demo-key"])

    async def story(call: Caller) -> None:
        for key in keys:
            answers = [await call("POST", LISTS, {"name": f"{key} {number}"}, key=key) for number in range(2)]
            assert [answer.status for answer in answers] == [200, 429]
            assert answers[1].headers["Retry-After"] == "2"
            added = [await call("POST", f"{LISTS}/1/add", {"ids": ["a@b.cc"]}, key=key) for _ in range(2)]
            assert [(answer.status, answer.headers.get("Retry-After")) for answer in added] == [
                (200, None),
                (429, "10"),
            ]
            left = [await call("POST", f"{LISTS}/1/remove", {"ids": ["a@b.cc"]}, key=key) for _ in range(2)]
            assert [(answer.status, answer.headers.get("Retry-After")) for answer in left] == [(200, None), (429, "5")]

    simulate(story, SimulatorOptions(api_keys=keys))


def test_the_page_shows_lists() -> None:
    async def story(call: Caller) -> None:
        await call("POST", f"{await _made(call)}/add", {"ids": ["a@b.cc"]})
        page = (await call("GET", "/")).text
        assert "<h2>Lists</h2>" in page
        assert page.count("[Kafka] vip") == 3  # as a list, as a tag, and as its person's
        assert "a@b.cc" in page

    simulate(story)
