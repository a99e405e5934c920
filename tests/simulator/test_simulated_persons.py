"""People v2: one person at a time, and the list with pages, orders and filters."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from streams.simulator import SimulatorOptions
from streams.simulator.account import Account
from streams.simulator.answers import Refusal
from streams.simulator.filters import read_filter
from tests.simulator.simulated import NOW, PERSONS, UNLIMITED, Caller, account, email, person, phone, simulate

JANE = {"firstName": "Jane", "contactInformation": {"email": [{"address": "jane@example.com"}]}}


def test_a_person_is_created_read_updated_replaced_and_deleted() -> None:
    async def story(call: Caller) -> None:
        by_email = {"type": "EMAIL", "identifier": "JANE@example.com"}
        created = await call("POST", PERSONS, JANE)
        assert (created.status, created.body["id"], created.body["type"]) == (200, 1, "CUSTOMER")
        assert (await call("GET", PERSONS, **by_email)).body == created.body
        more = {"city": "Rome", "contactInformation": {"phone": [{"number": "41793026727"}]}}
        updated = await call("PATCH", PERSONS, more, **by_email)
        assert (updated.body["firstName"], updated.body["city"]) == ("Jane", "Rome")
        assert updated.body["contactInformation"]["phone"] == [{"number": "41793026727"}]
        replaced = await call("PUT", PERSONS, {"externalId": "u1"}, type="PHONE", identifier="41793026727")
        assert {"firstName", "city", "contactInformation"}.isdisjoint(replaced.body)
        assert (await call("GET", PERSONS, **by_email)).status == 404
        gone = {"type": "EXTERNAL_ID", "identifier": "u1"}
        assert (await call("DELETE", PERSONS, **gone)).status == 200
        missing = await call("DELETE", PERSONS, **gone)
        assert (missing.status, missing.body["errorCode"]) == (404, 40401)

    assert not simulate(story).account.people


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 40001),
        ({"firstName": "A;B"}, 40001),
        ({"nickName": "J"}, 40015),
        ({"contactInformation": [{"type": "EMAIL", "identifier": "a@example.com"}]}, 40001),
        ({"contactInformation": {"push": []}}, 40013),
        ({"contactInformation": {"email": [{"address": "jane"}]}}, 40001),
        ({"customAttributes": {"none": 1}}, 40404),
        ({"customAttributes": {"age": "old"}}, 40007),
        ({"tags": ["none"]}, 40403),
        (JANE, 40005),
        ({"contactInformation": {"phone": [{"number": "41793026727"}]}}, 40004),
        ({"externalId": "u1"}, 40003),
    ],
)
def test_a_refused_person_has_a_code(body: Any, code: int) -> None:
    async def story(call: Caller) -> None:
        call.simulator.account.create_attribute({"name": "age", "dataType": "INTEGER"}, NOW)
        await call.upsert(person(email("jane@example.com"), phone("41793026727"), externalId="u1"))
        answer = await call("POST", PERSONS, body)
        assert (answer.status, answer.body["errorCode"]) == (int(str(code)[:3]), code)

    assert len(simulate(story).account.people) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"identifier": "1"},
        {"type": "EMAIL"},
        {"identifier": "1", "type": "MAIL"},
        {"identifier": "1", "type": "EMAIL", "sender": "x"},
        {"identifier": "1", "type": "PUSH"},
    ],
)
def test_an_identifier_needs_its_type(query: dict[str, str]) -> None:
    async def story(call: Caller) -> None:
        assert (await call("GET", PERSONS, **query)).status == 400

    simulate(story)


def crowd() -> Account:
    simulated = account()
    simulated.create_tag("VIP Client", NOW)
    simulated.create_attribute({"name": "ltv", "dataType": "DECIMAL"}, NOW)
    simulated.create_attribute({"name": "until", "dataType": "DATE"}, NOW)
    people: list[dict[str, Any]] = [
        person(email("alex@acme.com"), firstName="Alex", tags=["VIP Client"], customAttributes={"ltv": 10}),
        person(email("bea@example.com"), firstName="Bea", tags=["VIP Client"], customAttributes={"ltv": 20.5}),
        person(phone("41793026727"), firstName="Alex", customAttributes={"until": "2026-06-01"}),
    ]
    for minutes, each in enumerate(people):
        assert not simulated.upsert([each], NOW + timedelta(minutes=minutes))["errors"]
    return simulated


@pytest.mark.parametrize(
    ("clause", "ids"),
    [
        ({"firstName": "Alex"}, [1, 3]),
        ({"#and": [{"firstName": "Alex"}, {"#contains": {"tags": "vip client"}}]}, [1]),
        ({"#or": [{"firstName": "Bea"}, {"#eq": {"contactInformation.phone.number": "41793026727"}}]}, [2, 3]),
        ({"#contains": {"tags": "VIP"}}, []),
        ({"#notContain": {"tags": "VIP Client"}}, [3]),
        ({"#ne": {"firstName": "Alex"}}, [2]),
        ({"#startsWith": {"firstName": "Be"}}, [2]),
        ({"#endsWith": {"contactInformation.email.address": "@ACME.com"}}, [1]),
        ({"#gt": {"customAttributes.ltv": 10}}, [2]),
        ({"#lte": {"customAttributes.ltv": 10}}, [1]),
        ({"#lt": {"customAttributes.until": "2026-06-02"}}, [3]),
        ({"#gte": {"modifiedAt": "2026-11-20T10:01:00"}}, [2, 3]),
        ({"#gt": {"modifiedAt": "2026-11-20T10:01:00Z"}}, [3]),
        ({"#gt": {"modifiedAt": "2026-11-20T11:00:59.500+01:00"}}, [2, 3]),
        ({"#eq": {"createdAt": "2026-11-20T10:00:00"}}, [1]),
    ],
)
def test_a_filter_lets_through(clause: dict[str, Any], ids: list[int]) -> None:
    passes = read_filter(orjson.dumps(clause).decode(), bounded="").passes_rest
    assert [each.id for each in crowd().people.values() if passes(each)] == ids


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", 40019),
        ("[]", 40019),
        ('{"#or":[' * 500 + "{}" + "]}" * 500, 40019),
        ("{}", 40019),
        ('{"#and": {}}', 40019),
        ('{"#near": {"city": "Rome"}}', 40019),
        ('{"shoeSize": 42}', 40019),
        ('{"#gt": {"modifiedAt": "yesterday"}}', 40407),
        ('{"#gt": {"modifiedAt": true}}', 40019),
        ('{"#contains": {"tags": 7}}', 40019),
    ],
)
def test_a_bad_filter_is_refused(text: str, code: int) -> None:
    with pytest.raises(Refusal) as refused:
        read_filter(text, "modifiedAt")
    assert refused.value.code == code


def test_people_are_listed_in_pages() -> None:
    async def story(call: Caller) -> None:
        await call.upsert(*({"externalId": str(number), "firstName": f"N{number % 3}"} for number in range(45)))
        first = await call("GET", PERSONS)
        assert [each["id"] for each in first.body["persons"]] == list(range(1, 21))
        assert (first.body["limit"], first.body["page"]) == (20, 1)
        assert "totalCount" not in first.body
        last = await call("GET", PERSONS, page="3", includeTotalCount="true")
        assert [each["id"] for each in last.body["persons"]] == list(range(41, 46))
        assert last.body["totalCount"] == 45
        assert (await call("GET", PERSONS, page="4")).body["persons"] == []
        ordered = await call("GET", PERSONS, orderBy="firstName:desc", limit="1")
        assert ordered.body["persons"][0]["firstName"] == "N2"
        some = await call("GET", PERSONS, filter='{"firstName":"N0"}', includeTotalCount="true", limit="1000")
        assert (len(some.body["persons"]), some.body["totalCount"]) == (15, 15)
        for bad in ({"limit": "1001"}, {"limit": "x"}, {"page": "9" * 5000}, {"orderBy": "city:asc"}, {"filter": "{"}):
            assert (await call("GET", PERSONS, **bad)).status == 400

    simulate(story)


def test_the_envelope_is_an_option() -> None:
    async def story(call: Caller) -> None:
        await call.upsert(person(email("a@example.com")))
        answer = await call("GET", PERSONS, includeTotalCount="true")
        assert answer.body["paging"] == {"totalCount": 1}
        assert answer.body["results"][0]["contactInformation"] == {
            "email": [{"address": "a@example.com", "isPrimary": False}]
        }

    simulate(
        story,
        SimulatorOptions(limits=None, persons_key="results", total_count_key="paging.totalCount", show_primary=True),
    )
    assert UNLIMITED.persons_key == "persons"
