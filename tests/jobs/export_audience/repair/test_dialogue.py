"""How an order is carried out: with the fewest calls, and so that nothing of a person is lost."""

from collections import Counter
from typing import Any

import pytest

from schemas.records.repairs import RepairPerson
from streams.calls.call import Call, Reply
from streams.jobs.export_audience.fold import WindowFacts
from streams.jobs.export_audience.people import PersonResult
from streams.jobs.export_audience.repair.dialogue import Results, carry_out, keys_of
from streams.profiles.address import Address
from tests.fakes.infobip import Infobip
from tests.jobs.export_audience.repair.repairing import person
from tests.jobs.export_audience.verification.verifying import settle
from tests.making import export_job

JOB = export_job(audiences=["vip"], tag="VIP")


def infobip_with(tagged: dict[str, tuple[str, ...]], **options: Any) -> Infobip:
    """An account that has the tag, and these people."""
    infobip = Infobip.simulated(**options)
    settle(infobip, {"first@example.com": ("VIP",), **{f"{name}@example.com": tags for name, tags in tagged.items()}})
    return infobip


def carried_out(infobip: Infobip, action: Any, *people: RepairPerson) -> Results:
    """What becomes of people."""
    return infobip.hold(carry_out(JOB, action, "VIP", people))


def tagged(infobip: Infobip) -> set[str]:
    """Who has the tag."""
    shown = infobip.account.show(infobip.account.tagged("VIP"))
    return {one["contactInformation"]["email"][0]["address"].partition("@")[0] for one in shown}


def outcomes(results: Results) -> dict[str, int]:
    """How many ended in each outcome."""
    return dict(Counter(result.outcome for result in results.values()))


def test_a_thousand_who_are_there_take_one_call() -> None:
    names = [f"p{number}" for number in range(1000)]
    infobip = infobip_with(dict.fromkeys(names, ()))
    assert outcomes(carried_out(infobip, "add", *map(person, names))) == {"repaired_added": 1000}
    assert infobip.operations == ["add_tag"]
    assert tagged(infobip) == {"first", *names}


def test_who_is_gone_is_made_and_nobody_else_is_upserted() -> None:
    infobip = infobip_with({"ann": ()})
    assert outcomes(carried_out(infobip, "add", person("ann"), person("bob", exists=False))) == {"repaired_added": 2}
    assert infobip.operations == ["upsert_persons", "add_tag"]
    (made,) = infobip.calls[0].body["persons"]
    assert made == {"type": "CUSTOMER", "contactInformation": [{"type": "EMAIL", "identifier": "bob@example.com"}]}
    assert tagged(infobip) == {"first", "ann", "bob"}


def test_those_of_whom_it_is_not_known_are_asked_for() -> None:
    infobip = infobip_with({"ann": ()})
    people = (person("ann", exists=None), person("bob", exists=None))
    assert outcomes(carried_out(infobip, "add", *people)) == {"repaired_added": 2}
    assert tagged(infobip) == {"first", "ann", "bob"}
    assert [call.items for call in infobip.calls if call.operation.name == "upsert_persons"] == [1]


def test_an_account_that_refuses_strangers_has_them_made() -> None:
    infobip = infobip_with({"ann": ()}, unknown_people_in_tag_batch="refuse")
    assert outcomes(carried_out(infobip, "add", person("ann"), person("bob"))) == {"repaired_added": 2}
    assert tagged(infobip) == {"first", "ann", "bob"}


def test_fields_are_brought_up_to_date_and_others_stay() -> None:
    infobip = infobip_with({"ann": ("VIP",), "bob": ("VIP",)})
    settle(infobip, {"ann@example.com": (), "bob@example.com": ()}, firstName="Somebody", lastName="Stays")
    results = carried_out(infobip, "fields", person("ann", firstName="Ann"), person("bob", firstName="Somebody"))
    assert outcomes(results) == {"repaired_fields": 1, "unchanged": 1}
    assert infobip.operations == ["upsert_persons"]
    shown = infobip.account.show(infobip.account.tagged("VIP"))
    names = {one["firstName"]: one["lastName"] for one in shown if "firstName" in one}
    assert names == {"Ann": "Stays", "Somebody": "Stays"}


def test_a_tag_is_taken_by_any_name_and_from_nobody_who_is_gone() -> None:
    infobip = infobip_with({"ann": ("VIP",), "bob": ("VIP",)})
    number = next(iter(infobip.account.show(infobip.account.tagged("VIP"))))["id"]
    people = (person("ann"), person(f"ID {number}"), person("nobody"))
    results = carried_out(infobip, "remove", *people)
    assert results[0] == PersonResult("repaired_removed")
    assert infobip.operations == ["remove_tag"]
    assert tagged(infobip) == {"bob"}


def test_a_tag_that_the_account_lost_is_made_anew() -> None:
    infobip = Infobip.simulated()
    settle(infobip, {"ann@example.com": ()})
    assert outcomes(carried_out(infobip, "add", person("ann"))) == {"repaired_added": 1}
    assert infobip.operations == ["add_tag", "create_tag", "add_tag"]
    assert outcomes(carried_out(Infobip.simulated(), "remove", person("ann"))) == {"unchanged": 1}


def test_who_is_refused_is_told_and_others_are_not_held_up() -> None:
    def meets(call: Call) -> Reply | None:
        if call.operation.name == "add_tag" and "bad@" in repr(call.body):
            return Reply(400, {"errorCode": 40001, "errorMessage": "no such luck"})
        return None

    infobip = infobip_with({"ann": (), "bad": ()})
    infobip.meets = meets
    results = carried_out(infobip, "add", person("ann"), person("bad"))
    assert results[0] == PersonResult("repaired_added")
    assert results[1].outcome == "rejected"
    assert "no such luck" in (results[1].detail or "")


def test_two_orders_for_one_person_are_one_in_a_call() -> None:
    infobip = infobip_with({"ann": ()})
    people = (person("ann", profile_id="u-1"), person("ann", profile_id="u-2"))
    assert outcomes(carried_out(infobip, "add", *people)) == {"repaired_added": 2}
    assert infobip.calls[0].items == 1


@pytest.mark.parametrize(
    "address",
    [
        Address("Ann@example.com", "14155550123", None),
        Address(None, "14155550123", None),
        Address("ann@example.com", None, "x-1"),
    ],
)
def test_its_keys_are_among_those_of_windows_about_the_same_person(address: Address) -> None:
    kinds = zip(("EMAIL", "PHONE", "EXTERNAL_ID"), address, strict=True)
    names = [f"{kind} {who.lower() if kind == 'EMAIL' else who}" for kind, who in kinds if who is not None]
    said = WindowFacts([], [], [], [address])
    said.latest["vip"]["u-1"] = 0
    assert keys_of(person(*names, profile_id="u-1")) <= said.keys
