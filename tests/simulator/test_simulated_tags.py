"""Tags and custom attributes: created, listed, given to people, taken away."""

from typing import Any

import pytest

from streams.simulator import SimulatorOptions
from streams.simulator.answers import Refusal
from tests.simulator.simulated import (
    ATTRIBUTES,
    NOW,
    PERSONS,
    TAGS,
    UNLIMITED,
    Caller,
    account,
    email,
    person,
    phone,
    simulate,
)


async def _three_people(call: Caller) -> None:
    await call.upsert({"externalId": "123"}, person(email("a@example.com")), person(phone("41793026727")))


def test_a_tag_is_given_and_taken_by_any_identifier() -> None:
    async def story(call: Caller) -> None:
        await _three_people(call)
        name = "Très VIP/50%&#1"
        created = await call("POST", TAGS, {"name": name})
        assert (created.status, created.body["name"]) == (200, name)
        everybody = [("EXTERNAL_ID", "123"), ("EMAIL", "A@EXAMPLE.com"), ("PHONE", "41793026727"), ("EMAIL", "x@y.zz")]
        for _ in range(2):
            assert (await call.tag("PATCH", name.upper(), *everybody)).status == 200
        assert {each.id for each in call.simulator.account.tagged(name)} == {1, 2, 3}
        for _ in range(2):
            assert (await call.tag("DELETE", name, *everybody[:2])).status == 200
        assert {each.id for each in call.simulator.account.tagged(name)} == {3}

    simulator = simulate(story)
    assert simulator.counters.items["add_tag"] == 8
    assert simulator.counters.items["remove_tag"] == 4


def test_a_missing_tag_is_404() -> None:
    async def story(call: Caller) -> None:
        await _three_people(call)
        for method in ("PATCH", "DELETE"):
            answer = await call.tag(method, "nope", ("EXTERNAL_ID", "123"))
            assert (answer.status, answer.body["errorCode"]) == (404, 40403)
        assert (await call("GET", f"{TAGS}/nope")).status == 404
        assert (await call("DELETE", f"{TAGS}/nope")).status == 404

    simulate(story)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "people"),
        ({"people": []}, "people"),
        ({"people": [{"query": {"type": "EMAIL", "identifier": "a@example.com"}}] * 1001}, "people"),
        ({"people": [{}]}, "people[0].query"),
        ({"people": [{"query": {"type": "MAIL", "identifier": "1"}}]}, "people[0].query.type"),
        ({"people": [{"query": {"type": "EMAIL"}}]}, "people[0].query.identifier"),
        ({"people": [{"query": {"type": "PUSH", "identifier": "1"}}]}, "people[0].query.sender"),
    ],
)
def test_a_bad_batch_is_refused_whole(body: Any, path: str) -> None:
    async def story(call: Caller) -> None:
        await call("POST", TAGS, {"name": "VIP"})
        answer = await call("PATCH", f"{TAGS}/VIP/persons", body)
        assert answer.status == 400
        assert [each["propertyPath"] for each in answer.body["validationErrors"]] == [path]
        classic = answer.body["errorCode"]
        assert classic in {40001, 40014}

    simulate(story)


@pytest.mark.parametrize(
    ("choice", "status", "people"), [("ignore", 200, 0), ("report", 207, 0), ("refuse", 404, 0), ("create", 200, 1)]
)
def test_unknown_people_in_a_batch_are_an_option(choice: Any, status: int, people: int) -> None:
    async def story(call: Caller) -> None:
        await call("POST", TAGS, {"name": "VIP"})
        assert (await call.tag("PATCH", "VIP", ("EMAIL", "a@example.com"))).status == status

    assert (
        len(simulate(story, SimulatorOptions(limits=None, unknown_people_in_tag_batch=choice)).account.people) == people
    )


def test_tags_are_listed_in_pages_and_unique_in_any_case() -> None:
    async def story(call: Caller) -> None:
        for name in ("b", "a", "C"):
            await call("POST", TAGS, {"name": name})
        again = await call("POST", TAGS, {"name": "c"})
        assert (again.status, again.body["errorCode"]) == (400, 40006)
        assert (await call("POST", TAGS, {"name": "x" * 257})).status == 400
        page = await call("GET", TAGS, limit="2", page="1", includeTotalCount="true")
        assert [tag["name"] for tag in page.body.pop("tags")] == ["a", "b"]
        assert page.body == {"limit": 2, "page": 1, "orderBy": "name:asc", "totalCount": 3}
        rest = await call("GET", TAGS, limit="2", page="2", orderBy="name:desc")
        assert [tag["name"] for tag in rest.body["tags"]] == ["a"]
        assert "totalCount" not in rest.body
        for bad in ({"limit": "0"}, {"limit": "1001"}, {"page": "0"}, {"orderBy": "id:asc"}):
            assert (await call("GET", TAGS, **bad)).status == 400

    simulate(story)

    async def array(call: Caller) -> None:
        await call("POST", TAGS, {"name": "a"})
        assert [tag["name"] for tag in (await call("GET", TAGS)).body] == ["a"]

    simulate(array, SimulatorOptions(limits=None, tags_envelope="array"))


def test_deleting_a_tag_takes_it_from_everybody() -> None:
    simulated = account()
    simulated.create_tag("VIP", NOW)
    simulated.upsert([{"externalId": "1", "tags": ["VIP"]}], NOW)
    simulated.delete_tag("vip")
    assert simulated.people[1].tag_names == frozenset()


def test_custom_attributes_are_defined_listed_and_deleted() -> None:
    async def story(call: Caller) -> None:
        assert (await call("GET", ATTRIBUTES)).body["customAttributes"] == []
        created = await call("POST", ATTRIBUTES, {"name": "Life time/value", "dataType": "DECIMAL"})
        assert (created.status, created.body["dataType"]) == (200, "DECIMAL")
        assert (await call("GET", f"{ATTRIBUTES}/Life%20time%2Fvalue")).body == created.body
        clash = await call("POST", ATTRIBUTES, {"name": "LIFE TIME/VALUE", "dataType": "STRING"})
        assert (clash.status, clash.body["errorCode"]) == (400, 40006)
        for bad in (
            {"name": "a{b}", "dataType": "STRING"},
            {"name": "a", "dataType": "TEXT"},
            {"name": "a", "dataType": "LIST_OF_OBJECTS"},
            {"name": "a", "dataType": "STRING", "objectSchema": {"x": "STRING"}},
        ):
            assert (await call("POST", ATTRIBUTES, bad)).status == 400
        assert (await call("DELETE", f"{ATTRIBUTES}/Life%20time%2Fvalue")).status == 200
        missing = await call("GET", f"{ATTRIBUTES}/gone")
        assert (missing.status, missing.body["errorCode"]) == (404, 40404)

    simulate(story)


def test_no_custom_attributes_may_be_a_404() -> None:
    async def story(call: Caller) -> None:
        assert (await call("GET", ATTRIBUTES)).status == 404

    simulate(story, SimulatorOptions(attributes_missing_is_404=True))


CART = {"name": "cart", "dataType": "LIST_OF_OBJECTS", "objectSchema": {"name": "STRING", "price": "DECIMAL"}}


@pytest.mark.parametrize(
    ("data_type", "good", "bad"),
    [
        ("STRING", ["", "x" * 4096], ["x" * 4097, 1, True]),
        ("INTEGER", [0, -5, 9223372036854775807], [1.5, "1", True, 9223372036854775808]),
        ("DECIMAL", [1, 1.5], ["1.5", True, 1e30]),
        ("BOOLEAN", [True, False], [1, "true"]),
        ("DATE", ["2024-02-29"], ["2023-02-29", "2024-2-9", "2024-02-29T00:00:00", 20240229]),
        ("DATE_TIME", ["2024-02-29T10:00:00", "2024-02-29T10:00:00.5Z"], ["2024-02-29", "2024-02-29 10:00:00", 1]),
    ],
)
def test_values_have_the_type_of_their_attribute(data_type: str, good: list[Any], bad: list[Any]) -> None:
    simulated = account()
    simulated.create_attribute({"name": "a", "dataType": data_type}, NOW)
    for value in good:
        assert simulated.upsert([{"externalId": "1", "customAttributes": {"a": value}}], NOW)["errors"] == []
        assert simulated.people[1].custom == {"a": value}
    for value in bad:
        assert simulated.upsert([{"externalId": "1", "customAttributes": {"a": value}}], NOW)["results"] == []


def test_lists_of_objects_follow_their_schema() -> None:
    simulated = account()
    simulated.create_attribute(CART, NOW)
    for value, fine in (
        ([{"name": "Shoe", "price": 9.5}], True),
        ([], True),
        ({"name": "Shoe"}, False),
        ([{"name": 1}], False),
        ([{"colour": "red"}], False),
    ):
        answer = simulated.upsert([{"externalId": "1", "customAttributes": {"cart": value}}], NOW)
        assert bool(answer["results"]) is fine


def test_a_deleted_attribute_leaves_its_people() -> None:
    simulated = account()
    simulated.create_attribute({"name": "a", "dataType": "STRING"}, NOW)
    simulated.upsert([{"externalId": "1", "customAttributes": {"a": "x"}}], NOW)
    simulated.delete_attribute("a")
    assert simulated.people[1].custom == {}
    with pytest.raises(Refusal):
        simulated.attribute("a")


def test_v2_errors_can_be_classic() -> None:
    async def story(call: Caller) -> None:
        answer = await call("POST", TAGS, {"name": ""})
        exception = answer.body["requestError"]["serviceException"]
        assert exception["messageId"] == "BAD_REQUEST"
        assert exception["validationErrors"] == {"name": ["Must be a string of 1 to 256 characters"]}

    simulate(story, SimulatorOptions(v2_errors="classic"))
    assert UNLIMITED.v2_errors == "native"


def test_no_content_is_of_no_kind_and_a_text_is_json() -> None:
    """As published for each: clients that read every answer of a kind as that kind stumble otherwise."""

    async def story(call: Caller) -> None:
        await call("POST", TAGS, {"name": "VIP"})
        await call("POST", ATTRIBUTES, {"name": "tier", "dataType": "STRING"})
        await call.upsert(person(email("ann@example.com")))
        nothing = [await call.tag("PATCH", "VIP", ("EMAIL", "ann@example.com"))]
        said = [
            await call.tag("DELETE", "VIP", ("EMAIL", "ann@example.com")),
            await call("DELETE", f"{TAGS}/VIP"),
            await call("DELETE", f"{ATTRIBUTES}/tier"),
        ]
        nothing.append(await call("DELETE", PERSONS, type="EMAIL", identifier="ann@example.com"))
        assert [(each.status, each.text, each.headers.get("Content-Type")) for each in nothing] == [(200, "", None)] * 2
        assert [(each.status, each.body) for each in said] == [(200, "")] * 3

    simulate(story)
