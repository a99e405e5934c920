"""Which of many identities are known: `POST /people/2/persons/match`."""

from typing import Any

import pytest

from streams.simulator import SimulatorOptions
from tests.simulator.simulated import Caller, email, person, phone, simulate

MATCH = "/people/2/persons/match"
ANN = person(email("ann@example.com"), phone("41793026727"), externalId="u1")


def asked(*identities: tuple[str, str]) -> dict[str, Any]:
    return {"identities": [{"type": kind, "identifier": who} for kind, who in identities]}


@pytest.mark.parametrize(("matched", "found"), [("once", 1), ("each", 3)])
def test_who_is_known_is_told_by_the_identity_asked_for(matched: Any, found: int) -> None:
    async def story(call: Caller) -> None:
        await call.upsert(ANN, person(email("bob@example.com")))
        names = [("EMAIL", "Ann@example.com"), ("PHONE", "41793026727"), ("EXTERNAL_ID", "u1")]
        answer = await call("POST", MATCH, asked(*names, ("EMAIL", "nobody@example.com"), ("EMAIL", "bob@example.com")))
        assert answer.status == 200
        expected = [{"personId": 1, "type": kind, "identifier": who} for kind, who in names[:found]]
        assert answer.body == {
            "matches": [*expected, {"personId": 2, "type": "EMAIL", "identifier": "bob@example.com"}]
        }

    simulator = simulate(story, SimulatorOptions(limits=None, people_matched_twice=matched))
    assert simulator.counters.items["match_people"] == 5


def test_an_identity_that_is_repeated_is_told_of_once() -> None:
    async def story(call: Caller) -> None:
        await call.upsert(ANN)
        answer = await call("POST", MATCH, asked(("EXTERNAL_ID", "u1"), ("EXTERNAL_ID", "u1")))
        assert len(answer.body["matches"]) == 1

    simulate(story, SimulatorOptions(limits=None, people_matched_twice="each"))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "identities"),
        ({"identities": []}, "identities"),
        ({"identities": [7]}, "identities[0]"),
        (asked(("MAIL", "x")), "identities[0].type"),
        (asked(("EMAIL", "")), "identities[0].identifier"),
        (asked(("PUSH", "x")), "identities[0].sender"),
    ],
)
def test_a_bad_question_is_refused(body: Any, path: str) -> None:
    async def story(call: Caller) -> None:
        answer = await call("POST", MATCH, body)
        assert answer.status == 400
        assert [each["propertyPath"] for each in answer.body["validationErrors"]] == [path]

    simulate(story)


def test_fifteen_questions_a_second_are_answered() -> None:
    async def story(call: Caller) -> None:
        statuses = [(await call("POST", MATCH, asked(("EXTERNAL_ID", "u1")))).status for _ in range(16)]
        assert statuses == [200] * 15 + [429]

    simulate(story, SimulatorOptions())
