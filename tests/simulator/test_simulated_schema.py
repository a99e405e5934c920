"""The simulator's answers, and the requests it accepts, against the schema that Infobip publishes.

The schema departs from its own examples in four places, which are read here as the examples show them: `errors` and
`results` of an upsert are lists, `code` is a number, the values of custom attributes are not only objects, and a list
of tags is in an envelope.
"""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import jsonschema
import pytest

from streams.simulator import SimulatorOptions
from streams.simulator.operations import OPERATIONS
from tests.openapi import read_published
from tests.simulator.simulated import ATTRIBUTES, PERSONS, TAGS, UPSERT, Caller, email, person, phone, simulate

PEOPLE = {name: ours for name, ours in OPERATIONS.items() if ours.path.startswith("/people")}
FULL = person(
    email("john.doe@example.com"),
    phone("41793026727"),
    externalId="3",
    type="LEAD",
    firstName="Jane",
    lastName="Smith",
    middleName="Janie",
    nickName="J",
    address="67 Farringdon Road",
    city="London",
    country="United Kingdom",
    gender="FEMALE",
    birthDate="1966-01-15",
    preferredLanguage="en-gb",
    profilePicture="http://profile.com",
    tags=["VIP"],
    customAttributes={"Company": "Acme", "Cart": [{"name": "Shoe", "price": 25.33}]},
)
V2_PERSON: dict[str, Any] = {
    "firstName": "Jane",
    "customAttributes": {"Company": "Acme"},
    "contactInformation": {"email": [{"address": "jane@acme.com"}], "phone": [{"number": "41793026728"}]},
}
TAG_BATCH = {"people": [{"query": {"type": "EMAIL", "identifier": "john.doe@example.com"}}]}
LIST_ATTRIBUTE = {
    "name": "Cart",
    "dataType": "LIST_OF_OBJECTS",
    "objectSchema": {"name": "STRING", "price": "DECIMAL"},
}


@cache
def published() -> dict[str, Any]:
    document: dict[str, Any] = read_published("people")
    for schema in document["components"]["schemas"].values():
        properties = schema.get("properties", {})
        if "customAttributes" in properties and properties["customAttributes"].get("type") == "object":
            properties["customAttributes"]["additionalProperties"] = {}
        if schema.get("title") == "ErrorCodeV3":
            schema["enum"] = [int(code) for code in schema["enum"]]
            schema["type"] = "integer"
    return document


def validate(schema: dict[str, Any], body: Any) -> None:
    whole = {"components": published()["components"], "allOf": [schema]}
    jsonschema.Draft202012Validator(whole).validate(body)


def operation(name: str) -> dict[str, Any]:
    ours = OPERATIONS[name]
    found: dict[str, Any] = published()["paths"][ours.path][ours.method.lower()]
    return found


def response_schema(name: str, status: int | str) -> dict[str, Any]:
    response = operation(name)["responses"][str(status)]
    if "$ref" in response:
        response = published()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema: dict[str, Any] = copy.deepcopy(response["content"]["application/json"]["schema"])
    if (name, status) == ("upsert_persons", 207):
        for key in ("errors", "results"):
            schema["properties"][key] = {"type": "array", "items": schema["properties"][key]}
    return schema


def request_schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = operation(name)["requestBody"]["content"]["application/json"]["schema"]
    return schema


def run(story: Callable[[Caller], Any], **options: Any) -> None:
    published()
    simulate(story, SimulatorOptions(**{"limits": None, **options}))


async def _prepare(call: Caller) -> None:
    await call("POST", TAGS, {"name": "VIP"})
    await call("POST", ATTRIBUTES, {"name": "Company", "dataType": "STRING"})
    await call("POST", ATTRIBUTES, LIST_ATTRIBUTE)


def test_every_operation_is_published_with_its_path_scope_and_limit() -> None:
    for name, ours in PEOPLE.items():
        theirs = operation(name)
        assert ours.scopes <= set(theirs["x-scopes"])
        (limit,) = theirs["x-throttling-info"]
        assert limit["timeUnit"] == "s"
        assert ours.limit == (limit["numberOfRequests"], 1.0)


def test_the_published_examples_of_an_upsert_are_answered() -> None:
    examples = operation("upsert_persons")["requestBody"]["content"]["application/json"]["examples"]

    async def story(call: Caller) -> None:
        account = call.simulator.account
        cart = dict.fromkeys(("productName", "productCategory", "productImage"), "STRING")
        await call("POST", ATTRIBUTES, {"name": "Contract Expiry", "dataType": "DATE"})
        await call("POST", ATTRIBUTES, {"name": "Company", "dataType": "STRING"})
        schema = {**cart, "productPrice": "DECIMAL"}
        await call("POST", ATTRIBUTES, {**LIST_ATTRIBUTE, "name": "ShoppingCartList", "objectSchema": schema})
        refused = []
        for example in examples.values():
            validate(request_schema("upsert_persons"), example["value"])
            answer = await call("PATCH", UPSERT, example["value"])
            refused += [error["details"][0] for error in answer.body["errors"]]
            validate(response_schema("upsert_persons", 207), answer.body)
        not_an_email = {
            "property": "persons[0].contactInformation[0].identifier",
            "message": "Email address is invalid",
        }
        no_type = {"property": "persons[1].contactInformation[0].type", "message": "Must not be null"}
        assert refused == [not_an_email, not_an_email, no_type]
        assert len(account.people) == 2

    run(story, unknown_tag_in_upsert="create")


def test_people_are_answered_as_published() -> None:
    async def story(call: Caller) -> None:
        await _prepare(call)
        body = {"persons": [FULL, person(email("nope"))]}
        validate(request_schema("upsert_persons"), body)
        answer = await call("PATCH", UPSERT, body)
        assert [len(answer.body[key]) for key in ("results", "errors")] == [1, 1]
        validate(response_schema("upsert_persons", 207), answer.body)
        one = await call("GET", PERSONS, type="EXTERNAL_ID", identifier="3")
        validate(response_schema("list_persons", 200), one.body)
        for each in (await call("GET", PERSONS)).body["persons"]:
            validate(response_schema("list_persons", 200), each)
        for name, method, query in (
            ("create_person", "POST", {}),
            ("update_person", "PATCH", {"type": "EMAIL", "identifier": "jane@acme.com"}),
            ("replace_person", "PUT", {"type": "EMAIL", "identifier": "jane@acme.com"}),
        ):
            validate(request_schema(name), V2_PERSON)
            written = await call(method, PERSONS, V2_PERSON, **query)
            assert written.status == 200
            validate(response_schema(name, 200), written.body)

    run(story)


def test_matches_are_answered_as_published() -> None:
    body = {"identities": [{"type": "EMAIL", "identifier": "jane@acme.com"}]}

    async def story(call: Caller) -> None:
        await call.upsert(person(email("jane@acme.com")))
        validate(request_schema("match_people"), body)
        answer = await call("POST", f"{PERSONS}/match", body)
        assert answer.body["matches"][0]["personId"] == 1
        validate(response_schema("match_people", 200), answer.body)

    run(story)


def test_tags_and_attributes_are_answered_as_published() -> None:
    async def story(call: Caller) -> None:
        await call.upsert(person(email("john.doe@example.com")))
        definitions: list[tuple[str, str, dict[str, Any]]] = [
            ("create_tag", TAGS, {"name": "VIP"}),
            ("create_attribute", ATTRIBUTES, {"name": "Company", "dataType": "STRING"}),
            ("create_attribute", ATTRIBUTES, LIST_ATTRIBUTE),
        ]
        for name, path, body in definitions:
            validate(request_schema(name), body)
            validate(response_schema(name, 200), (await call("POST", path, body)).body)
        validate(request_schema("add_tag"), TAG_BATCH)
        for method, name, content in (("PATCH", "add_tag", ""), ("DELETE", "remove_tag", '""')):
            answer = await call(method, f"{TAGS}/VIP/persons", TAG_BATCH)
            assert (answer.status, answer.text) == (200, content)
            validate(request_schema(name), TAG_BATCH)
        validate(response_schema("get_tag", 200), (await call("GET", f"{TAGS}/VIP")).body)
        validate(response_schema("get_attribute", 200), (await call("GET", f"{ATTRIBUTES}/Cart")).body)
        listed = await call("GET", ATTRIBUTES, includeTotalCount="true")
        validate(response_schema("list_attributes", 200), listed.body)
        validate(response_schema("list_tags", 200), (await call("GET", TAGS)).body["tags"])

    run(story)


def test_the_bare_list_of_tags_is_as_published() -> None:
    async def story(call: Caller) -> None:
        await call("POST", TAGS, {"name": "VIP"})
        validate(response_schema("list_tags", 200), (await call("GET", TAGS)).body)

    run(story, tags_envelope="array")


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_errors_are_answered_as_published(status: int) -> None:
    async def story(call: Caller) -> None:
        call.simulator.faults.add(f"*:status={status}")
        for name, ours in PEOPLE.items():
            answer = await call(ours.method, ours.path.replace("{name}", "VIP"), {"persons": [FULL]})
            assert answer.status == status
            schema = response_schema(name, status)
            validate(schema, answer.body)
            assert "requestError" in answer.body

    run(story)


def test_a_person_is_deleted_as_published() -> None:
    told = operation("delete_person")
    (kinds,) = [one["schema"]["allOf"][0]["$ref"] for one in told["parameters"] if one["name"] == "type"]
    types = published()["components"]["schemas"][kinds.rpartition("/")[2]]["enum"]
    assert "content" not in told["responses"]["200"]
    assert {one["name"] for one in told["parameters"]} == {"identifier", "sender", "type"}

    async def story(call: Caller) -> None:
        await _prepare(call)
        await call.upsert(FULL)
        for wrong in ({}, {"type": "EMAIL"}, {"type": "NAME", "identifier": "a"}, {"type": "LINE", "identifier": "a"}):
            refused = await call("DELETE", PERSONS, **wrong)
            assert refused.status == 400
            validate(response_schema("delete_person", "4XX"), refused.body)
        assert len(call.simulator.account.people) == 1
        deleted = await call("DELETE", PERSONS, type="ID", identifier="1")
        assert (deleted.status, deleted.text) == (200, "")
        assert call.simulator.account.people == {}
        for kind in types:
            sender = {} if kind in {"ID", "EXTERNAL_ID", "PHONE", "EMAIL"} else {"sender": "s"}
            missing = await call("DELETE", PERSONS, type=kind, identifier="3", **sender)
            assert (missing.status, missing.body["errorCode"]) == (404, 40401)
            validate(response_schema("delete_person", "4XX"), missing.body)

    run(story)


def test_refusals_of_an_upsert_are_the_published_examples() -> None:
    examples = operation("upsert_persons")["responses"]["400"]["content"]["application/json"]["examples"]

    bodies: tuple[Any, ...] = (b"{", {})

    async def story(call: Caller) -> None:
        seen = [(await call("PATCH", UPSERT, body)).body for body in bodies]
        assert sorted(seen, key=str) == sorted((example["value"] for example in examples.values()), key=str)

    run(story)
