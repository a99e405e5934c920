"""The quick way of a person into a contact gives what the careful way gives."""

from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.jobs.import_contacts import quick_contact
from streams.jobs.import_contacts.contact import read_person
from streams.jobs.import_contacts.quick_contact import identify, read
from tests.jobs.import_contacts.test_contact import JANE, JSON, MODIFIED_AT

TEXTS = [
    *("externalId", "firstName", "lastName", "middleName", "gender", "birthDate", "address", "city", "country"),
    *("preferredLanguage", "type"),
]
WORDS = st.text(max_size=6) | st.sampled_from(["", "\ud83d", "é", "VIP"])
NUMBERS = st.sampled_from(["41793026727", "+41793026727", " 41793026727 ", "0041793026727", "12", "abc", ""])


def addresses(name: str, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    said = {"isPrimary": st.booleans() | st.none() | st.sampled_from([0, 1, "true", "x"]), "is_primary": st.booleans()}
    one = st.fixed_dictionaries({name: texts}, optional=said) | st.fixed_dictionaries({}, optional={name: texts})
    return st.lists(one | JSON, max_size=3) | st.lists(st.fixed_dictionaries({name: texts}), max_size=3) | st.none()


ATTRIBUTES = st.dictionaries(st.sampled_from(["email", "infobip_tags", "Company", "ltv"]) | st.text(max_size=3), JSON)
PEOPLE = st.fixed_dictionaries(
    {"id": st.integers(1, 2**64), "modifiedAt": st.just(MODIFIED_AT)},
    optional={
        **{name: WORDS | st.none() for name in TEXTS},
        "tags": st.lists(WORDS, max_size=4) | st.none(),
        "customAttributes": ATTRIBUTES | st.none(),
        "contactInformation": st.fixed_dictionaries(
            {}, optional={"email": addresses("address", WORDS), "phone": addresses("number", NUMBERS), "push": JSON}
        )
        | st.none(),
    },
)
#: One that has something unforeseen in one place, or a field by our own name.
STRANGE = st.tuples(
    PEOPLE,
    st.sampled_from([*TEXTS, "id", "modifiedAt", "tags", "customAttributes", "contactInformation", "first_name"]),
    JSON,
).map(lambda drawn: {**drawn[0], drawn[1]: drawn[2]})


@settings(deadline=None, max_examples=400)
@given(PEOPLE | STRANGE | JSON)
def test_both_ways_give_the_same(person: Any) -> None:
    careful, one = read_person(person), identify(person)
    assert (one.key, one.second) == (careful.key, careful.second)
    assert read(one) == careful


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["ltv", "Company"]), st.text(max_size=3) | st.integers(0, 99)))
def test_nobody_plain_goes_the_careful_way(attributes: dict[str, Any]) -> None:
    with patch.object(quick_contact, "read_person", side_effect=AssertionError("the careful way was taken")):
        assert not read(identify({**JANE, "customAttributes": attributes})).fault
