"""Infobip refuses a contact, a field or an attribute of a person: the person goes without it, and it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.jobs.export_audience.person import LEFT_OUT_MAX, Person
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.profiles.address import Address
from tests.examples import examples
from tests.jobs.export_audience.exporting import deliver
from tests.jobs.export_audience.picky import Picky, tagged
from tests.making import event, export_job, window_of

FIELDS = {"first": "firstName", "born": "birthDate", "spent": "ltv", "shoe": "shoe.size"}


BOTH = {"email": "ann@example.com", "phone": "+15551234567"}
SPELLINGS = [
    "persons[{index}].{path}",
    "persons.{index}.{path}",
    "{path}",
]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_refused_contact_costs_only_itself(spelled: str, whole: bool) -> None:  # noqa: FBT001 - a case
    talk = Picky(bad=("15551234567",), spelled=spelled, whole=whole)
    calls, settled, _ = deliver([event("bo"), event("ann", **BOTH), event("cy")], talk=talk)
    assert sorted(tagged(calls)) == sorted(("EMAIL", f"{who}@example.com") for who in ("ann", "bo", "cy"))
    assert settled.outcomes == {"accepted": 3}
    assert settled.left_out_fields == {"phone": 1}
    assert not settled.failures


@pytest.mark.parametrize(
    "path", ["contactInformation.1.identifier", "contactInformation[1]", "contactInformation.phone[0].number"]
)
def test_a_contact_is_known_in_any_spelling(path: str) -> None:
    person = Person(Address("ann@example.com", "15551234567", None), "CUSTOMER", {}, (0,))
    less = person.without([f"persons[0].{path}"])
    assert less is not None
    assert less.address == Address("ann@example.com", None, None)


def test_whose_email_is_refused_goes_by_the_phone_and_is_tagged_by_it() -> None:
    talk = Picky(bad=("ann@example.com",))
    calls, settled, _ = deliver([event("ann", **BOTH), event("bo")], talk=talk)
    assert talk.upserts[-1] == [
        {"type": "CUSTOMER", "contactInformation": [{"type": "PHONE", "identifier": "15551234567"}]}
    ]
    assert sorted(tagged(calls)) == [("EMAIL", "bo@example.com"), ("PHONE", "15551234567")]
    assert settled.left_out_fields == {"email": 1}


@pytest.mark.parametrize("address", [BOTH, {**BOTH, "email": "Ann@Example.com"}])
def test_who_went_by_the_phone_leaves_by_it(address: dict[str, str]) -> None:
    job, talk = export_job(), Picky(bad=("ann@example.com", "Ann@example.com"))
    exporter = Exporter(job, Attributes())
    for values in ([event("ann", **address), event("bo")], [event("ann", "exit", **address), event("bo", "exit")]):
        talk.hold(exporter.deliver(exporter.fold(window_of(job, values), {})))
    assert sorted(tagged(talk.calls, "remove_tag")) == [("EMAIL", "bo@example.com"), ("PHONE", "15551234567")]


def test_two_profiles_of_a_refused_email_are_tagged_each_by_its_phone() -> None:
    other = {"email": "ann@example.com", "phone": "+15551234568"}
    calls, settled, _ = deliver([event("ann", **BOTH), event("bo", **other)], talk=Picky(bad=("ann@example.com",)))
    assert sorted(tagged(calls)) == [("PHONE", "15551234567"), ("PHONE", "15551234568")]
    assert settled.outcomes == {"accepted": 2}


def test_the_last_contact_that_is_refused_is_a_dead_letter() -> None:
    for profile, bad in (({"email": "ann@example.com"}, ("ann@example.com",)), (BOTH, tuple(BOTH.values()))):
        talk = Picky(bad=(*bad, "15551234567"))
        calls, settled, _ = deliver([event("ann", **profile), event("bo")], talk=talk)
        assert tagged(calls) == [("EMAIL", "bo@example.com")]
        assert settled.outcomes == {"accepted": 1, "rejected": 1}
        assert settled.left_out_fields == {}
        assert "400100" in settled.failures[0].detail


def test_with_an_external_id_both_contacts_may_be_refused() -> None:
    talk = Picky(bad=("ann@example.com", "15551234567"))
    calls, settled, _ = deliver([event("ann", **BOTH)], export_job(external_id_field="profile_id"), talk)
    assert tagged(calls) == [("EXTERNAL_ID", "ann")]
    assert settled.left_out_fields == {"email": 1, "phone": 1}


def test_a_refused_external_id_is_a_dead_letter() -> None:
    talk = Picky(bad=("ann",))
    _, settled, _ = deliver([event("ann", **BOTH)], export_job(external_id_field="profile_id"), talk)
    assert settled.outcomes == {"rejected": 1}


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_refused_fields_and_attributes_cost_only_themselves(whole: bool, one_by_one: bool) -> None:  # noqa: FBT001 - cases
    talk = Picky(bad=("1890-01-01", "7", "44"), whole=whole, one_by_one=one_by_one)
    profile = {**BOTH, "first": "Ann", "born": "1890-01-01", "spent": "7", "shoe": "44"}
    _, settled, _ = deliver([event("ann", **profile), event("bo")], export_job(map_fields=FIELDS), talk)
    went = next(one for upsert in reversed(talk.upserts) for one in upsert if "firstName" in one)
    assert went["firstName"] == "Ann"
    assert went.keys() == {"type", "firstName", "contactInformation"}
    assert settled.left_out_fields == {"born": 1, "spent": 1, "shoe": 1}
    assert settled.outcomes == {"accepted": 2}


def test_what_cannot_be_left_out_refuses_the_person() -> None:
    for name in ("type", "externalId", "tags", "contactInformation[7].identifier", "nonsense", "", "persons[0]"):
        person = Person(Address("ann@example.com", "15551234567", "x"), "CUSTOMER", {"firstName": "Ann"}, (0,))
        assert person.without([f"persons[0].{name}"]) is None
        assert person.without(["firstName", name]) is None
    assert Person(Address("a@b.de", None, None), "CUSTOMER", {}, (0,)).without([]) is None


def test_a_name_of_all_contacts_or_attributes_leaves_the_identity() -> None:
    said = {"firstName": "Ann", "customAttributes": {"a": 1, "b": 2}}
    person = Person(Address("ann@example.com", "15551234567", None), "CUSTOMER", said, (0,))
    less = person.without(["persons[0].contactInformation", "persons[0].customAttributes"])
    assert less is not None
    assert less.json() == {
        "type": "CUSTOMER",
        "firstName": "Ann",
        "contactInformation": [{"type": "EMAIL", "identifier": "ann@example.com"}],
    }


def test_who_is_refused_for_one_thing_after_the_other_goes_as_the_identity_alone() -> None:
    names = {f"f{number}": f"attribute{number}" for number in range(30)}
    profile = {"email": "ann@example.com", **{name: f"bad{name}" for name in names}}
    talk = Picky(bad=tuple(f"bad{name}" for name in names), one_by_one=True)
    calls, settled, _ = deliver([event("ann", **profile)], export_job(map_fields=names), talk)
    assert len(talk.upserts) <= LEFT_OUT_MAX + 2
    assert tagged(calls) == [("EMAIL", "ann@example.com")]
    assert sum(settled.left_out_fields.values()) == len(names)


def test_a_contact_that_is_somebody_elses_is_told_as_left_out() -> None:
    talk = Picky(bad=("15551234567",), code=409500)
    calls, settled, _ = deliver([event("ann", **BOTH)], talk=talk)
    assert tagged(calls) == [("EMAIL", "ann@example.com")]
    assert settled.left_out_fields == {"phone": 1}


def test_a_contact_that_is_none_to_us_is_told_as_left_out() -> None:
    profiles = [{"email": "ann@example.com", "phone": "+1 415 555 267"}, {"email": "no", "phone": "+14155550123"}]
    values = [event(f"p{number}", **profile) for number, profile in enumerate(profiles)]
    _, settled, _ = deliver([*values, event("bo", email="bo@example.com", phone=" \u200b")])
    assert settled.outcomes == {"accepted": 3}
    assert settled.left_out_fields == {"phone": 1, "email": 1}


@examples(200)
@given(st.sets(st.sampled_from(["ann@example.com", "15551234567", "Ann", "1890-01-01", "7", "44"])), st.data())
def test_whatever_is_refused_the_rest_goes(bad: set[str], data: st.DataObject) -> None:
    talk = Picky(
        bad=tuple(bad), one_by_one=data.draw(st.booleans()), whole=data.draw(st.booleans()),
        spelled=data.draw(st.sampled_from(SPELLINGS)),
    )  # fmt: skip
    profile = {**BOTH, "first": "Ann", "born": "1890-01-01", "spent": "7", "shoe": "44"}
    calls, settled, _ = deliver([event("ann", **profile), event("bo")], export_job(map_fields=FIELDS), talk)
    gone = {"ann@example.com", "15551234567"} <= bad
    assert settled.outcomes == ({"accepted": 1, "rejected": 1} if gone else {"accepted": 2})
    assert len(tagged(calls)) == (1 if gone else 2)
    if not gone:
        assert sum(settled.left_out_fields.values()) == len(bad)
