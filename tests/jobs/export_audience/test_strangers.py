"""People whom Infobip does not know cost a few calls, however many they are; what it does not tell is found out."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from streams.calls.call import Call, Reply
from streams.jobs.export_audience.matching import known, match_call
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.pipeline.settle import Settled
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step
from tests.making import event, export_job, window_of

NO_PERSON = Reply(404, {"errorCode": 40401, "errorMessage": "Person does not exist"})
NOT_FOUND = Reply(404, {"requestError": {"serviceException": {"messageId": "NOT_FOUND", "text": "Not found"}}})


@dataclass
class Choosy(Infobip):
    """Knows all but some people, and refuses a tag call whole for one of them."""

    strangers: frozenset[str] = frozenset()
    refusal: Reply = NO_PERSON
    matches: bool = True
    tagged: set[str] = field(default_factory=set)
    untagged: set[str] = field(default_factory=set)

    def answer(self, call: Call) -> Step:
        match call.operation.name:
            case "match_people":
                return self._match(call.body["identities"]) if self.matches else Reply(404)
            case "add_tag" | "remove_tag":
                people = {one["query"]["identifier"] for one in call.body["people"]}
                if people & self.strangers:
                    return self.refusal
                held = self.tagged if call.operation.name == "add_tag" else self.untagged
                held |= people
                return Reply(200)
        return super().answer(call)

    def _match(self, asked: list[dict[str, str]]) -> Reply:
        found = [
            {**one, "personId": number} for number, one in enumerate(asked) if one["identifier"] not in self.strangers
        ]
        return Reply(200, {"matches": found}) if found else NO_PERSON


def names(count: int) -> list[str]:
    return [f"p{number}@example.com" for number in range(count)]


def deliver(talk: Infobip, action: str, count: int = 1000) -> Settled:
    job = export_job()
    exporter = Exporter(job, Attributes())
    window = window_of(job, [event(f"p{number}", action) for number in range(count)])
    return talk.hold(exporter.deliver(exporter.fold(window, {})))


@pytest.mark.parametrize("refusal", [NO_PERSON, NOT_FOUND])
@pytest.mark.parametrize("count", [1, 10, 50, 500, 999, 1000])
def test_strangers_among_those_who_leave_are_left_and_cost_a_few_calls(count: int, refusal: Reply) -> None:
    talk = Choosy(strangers=frozenset(names(1000)[:count]), refusal=refusal)
    settled = deliver(talk, "exit")
    assert settled.outcomes == {name: n for name, n in (("accepted", 1000 - count), ("unchanged", count)) if n}
    assert talk.untagged == set(names(1000)[count:])
    assert len(talk.calls) <= 7


@pytest.mark.parametrize("refusal", [NO_PERSON, NOT_FOUND])
def test_strangers_among_those_who_enter_are_rejected(refusal: Reply) -> None:
    talk = Choosy(strangers=frozenset(names(1000)[:50]), refusal=refusal)
    settled = deliver(talk, "enter")
    assert settled.outcomes == {"accepted": 950, "rejected": 50}
    assert len(talk.tagged) == 950
    assert len(talk.calls) <= 12


def test_where_nobody_can_be_asked_the_batch_is_halved() -> None:
    talk = Choosy(strangers=frozenset({"p3@example.com"}), matches=False)
    assert deliver(talk, "exit", 8).outcomes == {"accepted": 7, "unchanged": 1}
    assert talk.operations.count("remove_tag") == 7


@dataclass
class Contrary(Choosy):
    """Says for some tries that a person is missing, whom it knows."""

    tries: int = 20

    def answer(self, call: Call) -> Step:
        if call.operation.name in {"add_tag", "remove_tag"} and self.tries:
            self.tries -= 1
            return NO_PERSON
        return super().answer(call)


@pytest.mark.parametrize("action", ["enter", "exit"])
def test_whoever_is_known_is_not_given_up_as_a_stranger(action: str) -> None:
    talk = Contrary()
    assert deliver(talk, action, 8).outcomes == {"accepted": 8}
    assert talk.tagged | talk.untagged == set(names(8))


def ask(people: list[tuple[str, str]], talk: Infobip) -> frozenset[tuple[str, str]] | None:
    return talk.hold(known(people))


@dataclass
class Once(Infobip):
    """Tells of a person once, though asked for under two names, and as it holds them."""

    def answer(self, call: Call) -> Step:
        first = call.body["identities"][0]
        who = first["identifier"]
        return Reply(
            200, {"matches": [{**first, "identifier": who.upper() if "@" in who else f"+{who}", "personId": 1}]}
        )


def test_one_person_under_several_names_is_found_under_each() -> None:
    people = [("EMAIL", "ann@example.com"), ("PHONE", "41793026727")]
    talk = Once()
    assert ask(people, talk) == frozenset(people)
    assert len(talk.calls) == 2


NO_WORD: list[Any] = [None, [], 7, {}, {"matches": None}, {"matches": 7}]
NOBODY: list[Any] = [{"matches": []}, {"matches": [7]}, {"matches": [{"personId": None, "type": "EMAIL"}]}]


@pytest.mark.parametrize("body", NO_WORD, ids=repr)
def test_an_answer_that_is_none_says_nothing(body: Any) -> None:
    assert ask([("EMAIL", "ann@example.com")], Infobip(otherwise=Reply(200, body))) is None


@pytest.mark.parametrize("body", NOBODY, ids=repr)
def test_whoever_is_not_told_of_is_not_known(body: Any) -> None:
    assert ask([("EMAIL", "ann@example.com")], Infobip(otherwise=Reply(200, body))) == frozenset()


@pytest.mark.parametrize("status", [400, 404, 405, 413])
def test_a_refusal_says_nothing(status: int) -> None:
    assert ask([("EMAIL", "ann@example.com")], Infobip(otherwise=Reply(status))) is None
    assert match_call([("EMAIL", "ann@example.com")]).accepts_any_answer
