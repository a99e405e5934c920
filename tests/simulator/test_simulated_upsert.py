"""People v3 upsert: who is matched, what is changed, what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from streams.simulator import SimulatorOptions
from streams.simulator.identity import Identity
from tests.simulator.simulated import NOW, UPSERT, Caller, account, email, person, phone, simulate


def refusal(item: Any, **options: Any) -> tuple[str, str]:
    """Return the path and the text of the one thing wrong with an item that a valid one follows."""
    simulated = account(**options)
    simulated.create_attribute({"name": "ltv", "dataType": "DECIMAL"}, NOW)
    answer = simulated.upsert([item, person(email("fine@example.com"))], NOW)
    assert [result["index"] for result in answer["results"]] == [1]
    (error,) = answer["errors"]
    assert (error["code"], error["index"]) == (400100, 0)
    assert error["message"] == "One or more properties of the person are invalid"
    (detail,) = error["details"]
    return detail["property"], detail["message"]


def test_an_answer_tells_of_each_item() -> None:
    async def story(call: Caller) -> None:
        first = await call.upsert(
            person(email("a@example.com"), firstName="Ann"), {"externalId": "4"}, person(email("a@x"))
        )
        assert first.status == 207
        assert first.body["results"] == [
            {"id": 1, "index": 0, "status": "CREATED"},
            {"id": 2, "index": 1, "status": "CREATED"},
        ]
        assert first.body["errors"] == [
            {
                "code": 400100,
                "message": "One or more properties of the person are invalid",
                "details": [
                    {
                        "property": "persons[2].contactInformation[0].identifier",
                        "message": "Email address is invalid",
                    }
                ],
                "index": 2,
            }
        ]
        again = await call.upsert(person(email("A@Example.com"), firstName="Ann"), {"externalId": "4", "city": "Paris"})
        assert [result["status"] for result in again.body["results"]] == ["NOT_MODIFIED", "UPDATED"]

    simulator = simulate(story)
    assert simulator.counters.items["upsert_persons"] == 5
    assert simulator.counters.count("upsert_persons", 207) == 2


def test_external_id_wins_then_email_then_phone() -> None:
    simulated = account(two_people="first")
    simulated.upsert(
        [{"externalId": "u1"}, person(email("two@example.com")), person(phone("41793026727"))],
        NOW,
    )
    everybody = [email("two@example.com"), phone("41793026727")]
    by_external_id = simulated.upsert([person(*everybody, externalId="u1")], NOW)
    by_email = simulated.upsert([person(*everybody)], NOW)
    assert by_external_id["results"][0]["id"] == 1
    assert by_email["results"][0]["id"] == 2
    assert simulated.people[1].emails == ()


def test_identifiers_of_two_people_conflict() -> None:
    simulated = account()
    simulated.upsert([person(email("a@example.com")), person(phone("41793026727"))], NOW)
    answer = simulated.upsert([person(email("a@example.com"), phone("41793026727"), firstName="Ann")], NOW)
    assert answer["results"] == []
    assert (answer["errors"][0]["code"], answer["errors"][0]["index"]) == (409500, 0)
    assert "firstName" not in simulated.people[1].plain


def test_a_partial_upsert_keeps_appends_and_sets() -> None:
    simulated = account()
    simulated.create_tag("VIP", NOW)
    simulated.create_tag("New", NOW)
    simulated.create_attribute({"name": "ltv", "dataType": "DECIMAL"}, NOW)
    simulated.upsert([person(email("a@example.com"), firstName="Ann", city="Rome", tags=["VIP"])], NOW)
    later = NOW + timedelta(hours=1)
    simulated.upsert(
        [
            person(
                email("a@example.com"),
                phone("+41793026727"),
                externalId="u1",
                city="Oslo",
                tags=["new"],
                customAttributes={"ltv": 1.5},
            )
        ],
        later,
    )
    (ann,) = simulated.people.values()
    assert ann.plain == {"type": "CUSTOMER", "firstName": "Ann", "city": "Oslo"}
    assert ann.custom == {"ltv": 1.5}
    assert ann.tag_names == {"VIP", "New"}
    assert (ann.emails, ann.phones, ann.external_id) == (("a@example.com",), ("41793026727",), "u1")
    assert (ann.created_at, ann.modified_at) == ("2026-11-20T10:00:00", "2026-11-20T11:00:00")
    for identity in (
        Identity("EXTERNAL_ID", "u1"),
        Identity("EMAIL", "A@example.com"),
        Identity("PHONE", "41793026727"),
    ):
        assert simulated.find(identity) is ann


@pytest.mark.parametrize(
    ("item", "path", "message"),
    [
        (person(email("a@b")), "contactInformation[0].identifier", "Email address is invalid"),
        (person(email("a b@example.com")), "contactInformation[0].identifier", "Email address is invalid"),
        (person(email("a..b@example.com")), "contactInformation[0].identifier", "Email address is invalid"),
        (person(email("x" * 250 + "@ab.com")), "contactInformation[0].identifier", "Email address is invalid"),
        (person(phone("0793026727")), "contactInformation[0].identifier", "Phone number is invalid"),
        (person(phone("41 79 302")), "contactInformation[0].identifier", "Phone number is invalid"),
        (person(phone("1" * 16)), "contactInformation[0].identifier", "Phone number is invalid"),
        (person({"identifier": "a@example.com"}), "contactInformation[0].type", "Must not be null"),
        (person({"type": "EMAIL"}), "contactInformation[0].identifier", "Must not be null"),
        (person({"type": "PUSH", "identifier": "1"}), "contactInformation[0].type", "Must be PHONE or EMAIL"),
        ({"contactInformation": {"email": [{"address": "a@example.com"}]}}, "contactInformation", "Must be an array"),
        ({"externalId": ""}, "externalId", "Must be a string of 1 to 256 characters"),
        ({"externalId": "x" * 257}, "externalId", "Must be a string of 1 to 256 characters"),
        ({"externalId": "1", "loyalty": 1}, "loyalty", "Unknown property"),
        ({"externalId": "1", "createdAt": "2026-01-01T00:00:00"}, "createdAt", "Property is read-only"),
        ({"externalId": "1", "firstName": "x" * 256}, "firstName", "Must not exceed 255 characters"),
        ({"externalId": "1", "firstName": "A<b"}, "firstName", "Contains invalid characters"),
        ({"externalId": "1", "firstName": 7}, "firstName", "Must be a string"),
        ({"externalId": "1", "city": "x" * 51}, "city", "Must not exceed 50 characters"),
        ({"externalId": "1", "gender": "female"}, "gender", "Must be one of MALE, FEMALE"),
        ({"externalId": "1", "type": "AGENT"}, "type", "Must be one of CUSTOMER, LEAD"),
        ({"externalId": "1", "birthDate": "1990-02-30"}, "birthDate", "Date must have the format YYYY-MM-DD"),
        ({"externalId": "1", "birthDate": "19900201"}, "birthDate", "Date must have the format YYYY-MM-DD"),
        (
            {"externalId": "1", "preferredLanguage": "eng"},
            "preferredLanguage",
            "Language must have the format xx or xx-YY",
        ),
        (
            {"externalId": "1", "customAttributes": {"other": 1}},
            "customAttributes.other",
            "Custom attribute does not exist",
        ),
        ({"externalId": "1", "customAttributes": {"ltv": "1"}}, "customAttributes.ltv", "Value must be a decimal"),
        ({"externalId": "1", "tags": ["nope"]}, "tags[0]", "Tag does not exist"),
        ({"externalId": "1", "tags": ["x" * 257]}, "tags[0]", "Must be a string of 1 to 256 characters"),
    ],
)
def test_a_bad_item_is_refused_alone(item: dict[str, Any], path: str, message: str) -> None:
    assert refusal(item) == (f"persons[0].{path}", message)


def test_an_item_needs_an_identifier_and_must_be_an_object() -> None:
    assert refusal({"firstName": "Ann"}) == ("persons[0]", "An externalId, an email or a phone is required")
    assert refusal("Ann") == ("persons[0]", "Must be an object")


def test_what_is_unknown_is_an_option() -> None:
    assert refusal(person(phone("+41793026727")), phone_plus="reject")[1] == "Phone number is invalid"
    creating = account(unknown_tag_in_upsert="create")
    creating.upsert([{"externalId": "1", "tags": ["fresh"]}], NOW)
    assert creating.people[1].tag_names == {"fresh"}
    ignoring = account(
        unknown_tag_in_upsert="ignore", read_only_properties="ignore", upsert_without_identifier="create"
    )
    ignoring.upsert([{"id": 7, "tags": ["fresh"], "firstName": "Ann"}], NOW)
    assert ignoring.people[1].tag_names == frozenset()
    clearing = account(null_values="clear")
    clearing.upsert([{"externalId": "1", "city": "Rome"}, {"externalId": "1", "city": None}], NOW)
    assert clearing.people[1].plain == {"type": "CUSTOMER"}
    keeping = account()
    keeping.upsert([{"externalId": "1", "city": "Rome"}, {"externalId": "1", "city": None}], NOW)
    assert keeping.people[1].plain["city"] == "Rome"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"persons": [', 400103, "Malformed JSON body, wrong syntax"),
        (b"[]", 400103, "Malformed JSON body, wrong syntax"),
        ({}, 400104, "Missing required property 'persons'"),
        ({"persons": []}, 400100, "One or more properties of the request are invalid"),
        ({"persons": [{"externalId": "1"}] * 1001}, 400100, "One or more properties of the request are invalid"),
        ({"persons": [{"externalId": "1"}], "mode": 1}, 400100, "One or more properties of the request are invalid"),
    ],
)
def test_a_bad_request_is_refused_whole(body: Any, code: int, message: str) -> None:
    async def story(call: Caller) -> None:
        answer = await call("PATCH", UPSERT, body)
        assert (answer.status, answer.body["code"], answer.body["message"]) == (400, code, message)

    assert not simulate(story).account.people


def test_a_bad_item_can_refuse_the_whole_batch() -> None:
    async def story(call: Caller) -> None:
        answer = await call.upsert({"externalId": "1"}, person(email("a@x")))
        assert (answer.status, answer.body["code"]) == (400, 400100)
        assert [detail["property"] for detail in answer.body["details"]] == [
            "persons[1].contactInformation[0].identifier"
        ]

    assert not simulate(story, SimulatorOptions(invalid_items="request")).account.people


def test_a_thousand_people_fit_in_one_request() -> None:
    async def story(call: Caller) -> None:
        answer = await call.upsert(*(person(email(f"p{index}@example.com")) for index in range(1000)))
        assert len(answer.body["results"]) == 1000

    assert len(simulate(story).account.people) == 1000
