"""What a client cannot read, though it is JSON: whole answers, and single people in them."""

from datetime import timedelta
from typing import Any

import pytest

from streams.simulator.account import Account
from streams.simulator.answers import Refusal
from tests.simulator.simulated import NOW, PERSONS, TAGS, Caller, account, person, simulate

SPOIL = "/simulator/spoil"
LATER = NOW + timedelta(seconds=90)


def test_an_answer_of_the_wrong_form() -> None:
    async def story(call: Caller) -> None:
        call.simulator.faults.add("*:wrong_json,count=2")
        for answer in (await call.upsert({"externalId": "1"}), await call("GET", TAGS)):
            assert (answer.status, answer.body) == (200, {"unexpected": True})
        assert (await call.upsert({"externalId": "1"})).status == 207

    simulator = simulate(story)
    assert simulator.counters.calls["upsert_persons"] == {"wrong_json": 1, "207": 1}
    assert len(simulator.account.people) == 1


def ann() -> Account:
    simulated = account()
    simulated.upsert([person(externalId="u1", firstName="Ann", lastName="Bee")], NOW)
    return simulated


def shown(simulated: Account) -> dict[str, Any]:
    (only,) = simulated.show(simulated.people.values())
    return only


def test_spoiling_and_mending_are_modifications() -> None:
    simulated = ann()
    whole = shown(simulated)
    simulated.spoil(1, {"firstName": 7, "lastName": None, "more": []}, LATER)
    later = {"modifiedAt": "2026-11-20T10:01:30"}
    assert shown(simulated) == {**whole, **later, "firstName": 7, "lastName": None, "more": []}
    simulated.spoil(1, {"lastName": 8}, LATER)
    assert shown(simulated) == {**whole, **later, "lastName": 8}
    simulated.spoil(1, {}, LATER)
    assert shown(simulated) == {**whole, **later}


def test_spoiling_the_time_of_modification_is_no_modification() -> None:
    simulated = ann()
    whole = shown(simulated)
    simulated.spoil(1, {"modifiedAt": "yesterday"}, LATER)
    assert shown(simulated) == {**whole, "modifiedAt": "yesterday"}
    assert simulated.people[1].modified_at == whole["modifiedAt"]
    simulated.upsert([{"externalId": "u1", "firstName": "Anna"}], LATER)
    assert (shown(simulated)["firstName"], shown(simulated)["modifiedAt"]) == ("Anna", "yesterday")
    assert simulated.people[1].modified_at == "2026-11-20T10:01:30"


def test_nobody_is_spoiled_who_is_not_there() -> None:
    with pytest.raises(Refusal):
        ann().spoil(2, {"firstName": 7}, NOW)


def test_people_are_spoiled_over_http() -> None:
    async def story(call: Caller) -> None:
        await call.upsert({"externalId": "u1", "firstName": "Ann"}, {"externalId": "u2", "firstName": "Bob"})

        async def names() -> list[Any]:
            listed = (await call("GET", PERSONS)).body["persons"]
            alone = [(await call("GET", PERSONS, type="ID", identifier=each)).body for each in "12"]
            assert listed == alone
            return [each["firstName"] for each in listed]

        assert (await call("POST", SPOIL, {"id": 1, "shown": {"firstName": 7}})).status == 200
        assert await names() == [7, "Bob"]
        for bad in ({"id": 3, "shown": {}}, {"id": "1", "shown": {}}, {"id": 1, "shown": []}, {"id": 1}, [1], b"{"):
            answer = await call("POST", SPOIL, bad)
            assert (answer.status, list(answer.body)) == (400, ["error"])
        await call("POST", SPOIL, {"id": 1, "shown": {}})
        assert await names() == ["Ann", "Bob"]

    simulate(story)
