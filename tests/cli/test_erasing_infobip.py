"""Who is deleted at Infobip, in which account, and what is said where that cannot be."""

import asyncio
from typing import Any

import httpx
import pytest

from schemas.configuration import Configuration
from streams.app import accounts
from streams.calls.call import Reply
from streams.cli.erasing import infobip
from streams.cli.erasing.infobip import Account
from streams.cli.erasing.person import Person
from streams.console import masking
from streams.errors import ConfigurationError, Forbidden, Refused, StreamsError, Unauthorized
from streams.infobip.client import Client
from streams.simulator.account import Account as Simulated
from tests.fakes.infobip import KEY, NOW, URL, Infobip
from tests.fakes.words import AnswerLost, Step, too_fast

MAIN = {"name": "main", "base_url": "main.test", "api_key": KEY}
OTHER = {"name": "sends", "base_url": "sends.test", "api_key": KEY}
EXPORT = {
    "name": "vip",
    "kind": "export_audience",
    "authorization": "main",
    "topics": ["memberships"],
    "audiences": ["v"],
}


def person_of(*contacts: tuple[str, str], **changes: Any) -> dict[str, Any]:
    return {"contactInformation": [{"type": kind, "identifier": who} for kind, who in contacts], **changes}


def configuration(*authorizations: dict[str, Any]) -> Configuration:
    return Configuration.model_validate(
        {"kafka": {"brokers": "a"}, "authorizations": [*authorizations], "jobs": [EXPORT]}
    )


def client_of(name: str, asked: Infobip) -> Client:
    return Client(name, URL, KEY, transport=httpx.MockTransport(asked))


class Accounts:
    """Accounts at Infobip by their names, and what is said while they are asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **known: Infobip) -> None:
        self.known, self.said = known, list[str]()
        monkeypatch.setattr(infobip, "client_of", lambda one: client_of(one.name, known[one.name]))
        monkeypatch.setattr(accounts, "WAIT_SECONDS", 0.0)
        self.configuration = configuration(*(one for one in (MAIN, OTHER) if one["name"] in known))

    def look(self, person: Person) -> list[Account]:
        return asyncio.run(infobip.look(self.configuration, person, self.said.append))

    def delete(self, found: list[Account]) -> list[str]:
        self.said.clear()
        asyncio.run(infobip.delete(self.configuration, found, self.said.append))
        return self.said


def holding(*people: dict[str, Any]) -> Infobip:
    made = Infobip.simulated()
    assert not made.account.upsert([*people], NOW)["errors"]
    return made


def ids(account: Simulated) -> list[int]:
    return sorted(account.people)


ANN = person_of(("EMAIL", "ann@example.com"), ("PHONE", "41793026727"), externalId="u-ann")
BO = person_of(("EMAIL", "bo@example.com"))


def ann(**external_ids: set[str]) -> Person:
    return Person("u-ann", addresses={"ann@example.com", "41793026727"}, external_ids=external_ids)


def test_a_person_is_told_of_once_and_deleted_in_each_account(monkeypatch: pytest.MonkeyPatch) -> None:
    main, sends = holding(BO, ANN), holding(person_of(("PHONE", "41793026727")))
    made = Accounts(monkeypatch, main=main, sends=sends)
    person = ann(main={"u-ann"}, sends=set())
    found = made.look(person)
    assert list(infobip.lines(found, masking.text)) == [
        "Infobip, account main: 1 person, known by EXTERNAL_ID u•••, EMAIL a•••@•••, PHONE 41•••",
        "Infobip, account sends: 1 person, known by PHONE 41•••",
    ]
    assert (ids(main.account), person.person_ids) == ([1, 2], {"2", "1"})
    assert made.delete(found) == ["Infobip, account main: 1 person deleted", "Infobip, account sends: 1 person deleted"]
    assert (ids(main.account), ids(sends.account)) == ([1], [])
    assert main.calls[-1].query == {"type": "ID", "identifier": "2"}
    assert main.calls[-1].operation.name == "delete_person"


def test_who_is_not_there_is_told_and_nothing_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Accounts(monkeypatch, main=holding(BO))
    found = made.look(ann())
    assert list(infobip.lines(found, masking.text)) == ["Infobip, account main: nobody"]
    assert made.delete(found) == []
    assert made.known["main"].operations == ["list_persons", "list_persons"]


def test_who_is_gone_between_looking_and_deleting_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Accounts(monkeypatch, main=holding(ANN))
    found = made.look(ann())
    assert made.delete(found) == ["Infobip, account main: 1 person deleted"]
    assert made.delete(found) == ["Infobip, account main: 0 people deleted, 1 gone already"]


def test_two_people_with_addresses_of_one_profile_are_both_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Accounts(
        monkeypatch, main=holding(person_of(("EMAIL", "ann@example.com")), person_of(("PHONE", "41793026727")))
    )
    found = made.look(ann())
    assert list(infobip.lines(found, masking.text)) == [
        "Infobip, account main: 2 people, known by EMAIL a•••@•••, PHONE 41•••"
    ]
    assert made.delete(found) == ["Infobip, account main: 2 people deleted"]


def test_who_has_an_address_now_and_another_external_id_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    main = holding(person_of(("EMAIL", "ann@example.com"), externalId="u-bo"), person_of(("PHONE", "41793026727")))
    made = Accounts(monkeypatch, main=main)
    found = made.look(ann(main={"u-ann"}))
    assert list(infobip.lines(found, masking.text)) == [
        "Infobip, account main: 1 person, known by PHONE 41•••",
        "Infobip, account main: 1 person with such an address and another external id: left alone",
    ]
    made.delete(found)
    assert ids(main.account) == [1]


@pytest.mark.parametrize("trouble", [503, too_fast(0.0), httpx.ConnectError("no"), 500])
def test_outages_and_requests_to_slow_down_are_waited_for_and_said(
    monkeypatch: pytest.MonkeyPatch, trouble: Step
) -> None:
    main = holding(ANN)
    made = Accounts(monkeypatch, main=main)
    main.steps = [trouble]
    found = made.look(ann())
    assert len(made.said) == 1
    assert made.said[0].startswith("waits for Infobip: Infobip at ")
    main.steps = [trouble]
    *waited, last = made.delete(found)
    assert (len(waited), last) == (1, "Infobip, account main: 1 person deleted")
    assert ids(main.account) == []


def test_a_deletion_whose_answer_was_lost_is_found_to_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    main = holding(ANN)
    made = Accounts(monkeypatch, main=main)
    found = made.look(ann())
    main.meets = lambda call: AnswerLost() if main.operations.count(call.operation.name) == 1 else None
    assert made.delete(found)[-1] == "Infobip, account main: 0 people deleted, 1 gone already"
    assert ids(main.account) == []


@pytest.mark.parametrize(
    ("scopes", "error", "words"),
    [
        (None, Unauthorized, "the API key of authorization 'main' is refused"),
        ({"sms:message:send"}, Forbidden, "the API key of authorization 'main' lacks the scope people:read"),
        ({"people:read"}, Forbidden, "the API key of authorization 'main' lacks the scope people:manage"),
    ],
)
def test_a_key_that_may_not_is_one_line_with_the_scope(
    monkeypatch: pytest.MonkeyPatch, scopes: set[str] | None, error: type[StreamsError], words: str
) -> None:
    main = holding(ANN)
    assert main.world is not None
    main.world.keys.clear()
    if scopes is not None:
        main.world.keys[KEY] = frozenset(scopes)
    made = Accounts(monkeypatch, main=main)
    with pytest.raises(error) as refused:
        made.delete(made.look(ann()))
    assert str(refused.value) == words
    assert ids(main.account) == [1]


def test_an_account_in_which_no_job_works_with_people_is_told_to_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    sends = holding(ANN)
    assert sends.world is not None
    sends.world.keys[KEY] = frozenset({"sms:message:send"})
    made = Accounts(monkeypatch, main=holding(ANN), sends=sends)
    found = made.look(ann())
    assert list(infobip.lines(found, masking.text))[1] == (
        "Infobip, account sends: not asked: the API key of authorization 'sends' lacks the scope people:read"
    )
    assert made.delete(found) == ["Infobip, account main: 1 person deleted"]


@pytest.mark.parametrize("word", [Reply(200, []), Reply(200, {"persons": []}), Reply(400, {"errorCode": 40001})])
def test_an_answer_that_is_none_of_infobips_ends_it(monkeypatch: pytest.MonkeyPatch, word: Step) -> None:
    main = holding(ANN)
    made = Accounts(monkeypatch, main=main)
    main.steps = [word]
    with pytest.raises(Refused, match=r"^list_persons \(GET /people/2/persons\) answered "):
        made.look(ann())


def test_a_404_of_somebody_else_is_nobodys_word(monkeypatch: pytest.MonkeyPatch) -> None:
    main = holding(ANN)
    made = Accounts(monkeypatch, main=main)
    main.steps = [Reply(404, {"message": "no route"})]
    with pytest.raises(Refused, match="answered 404"):
        made.look(ann())


def test_a_file_without_accounts_has_nobody_to_ask() -> None:
    kept = {"name": "kept", "kind": "store_history", "topics": []}
    file = {"kafka": {"brokers": "a"}, "history": {"url": "sqlite:///h.db"}, "jobs": [kept]}
    with pytest.raises(ConfigurationError, match="authorizations: is missing"):
        asyncio.run(infobip.look(Configuration.model_validate(file), ann(), nothing_said))


def nothing_said(words: str) -> None:
    raise AssertionError(words)
