"""People as Infobip shows them, and the contacts that downstream teams read."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records.contact import Contact
from streams.exact_json import read as read_json
from streams.jobs.import_contacts.contact import NAMELESS, NAMES, Read, has_any, read_person

MODIFIED_AT, SECOND = "2026-01-02T03:04:05", 1_767_323_045
#: The published example of a person, with less of what nobody reads.
JANE: dict[str, Any] = orjson.loads("""
{"createdAt": "2018-03-29T13:46:31", "modifiedAt": "2018-03-30T11:25:13", "id": 1, "externalId": "3",
"firstName": "Jane", "lastName": "Smith", "address": "67 Farringdon Road", "city": "London",
"country": "United Kingdom", "gender": "FEMALE", "birthDate": "1966-01-15", "middleName": "Janie",
"preferredLanguage": "en-gb", "profilePicture": "http://profile.com", "origin": "API", "modifiedFrom": "API",
"tags": ["VIP Customers", "New Customers"],
"customAttributes": {"Contract Expiry": "2018-06-01", "Company": "Acme",
"ShoppingCartList": [{"productName": "Sneakers", "productPrice": 25.33}, {"productName": "T-Shirt"}]},
"contactInformation": {"phone": [{"number": "41793026727"}], "email": [{"address": "janewilliams@acme.com"}],
"push": [{"applicationId": "FDCC8516470A3AE97FB8AC218D5D0D3D", "additionalData": {"email": "test@test.com"}}],
"whatsapp": [{"applicationId": "441234567890", "userId": "US.13491208655302741918"}]}}
""")
JANE_RECORD = """
{"infobip_person_id": "1", "infobip_external_id": "3", "email": "janewilliams@acme.com", "phone": "+41793026727",
"first_name": "Jane", "last_name": "Smith", "middle_name": "Janie", "gender": "FEMALE", "birthday": "1966-01-15",
"address1": "67 Farringdon Road", "city": "London", "country": "United Kingdom", "preferred_language": "en-gb",
"infobip_tags": ["VIP Customers", "New Customers"], "Contract Expiry": "2018-06-01", "Company": "Acme",
"ShoppingCartList": [{"productName": "Sneakers", "productPrice": 25.33}, {"productName": "T-Shirt"}]}
"""


def raw(**said: Any) -> dict[str, Any]:
    return {"id": 7, "modifiedAt": MODIFIED_AT, **said}


def addresses(**said: Any) -> dict[str, Any]:
    return raw(contactInformation=said)


def contact(person: dict[str, Any]) -> dict[str, Any]:
    """The record without the id, which is always there."""
    read = read_person(person)
    assert not read.fault
    assert read.key == read.person_id == str(person["id"])
    record: dict[str, Any] = orjson.loads(read.value)
    assert record.pop("infobip_person_id") == str(person["id"])
    return record


def custom(**attributes: Any) -> dict[str, Any]:
    return contact(raw(customAttributes=attributes))


def test_the_published_person() -> None:
    assert orjson.loads(read_person(JANE).value) == orjson.loads(JANE_RECORD)
    read = read_person(JANE)
    assert (read.key, read.second, read.left_out) == ("1", 1_522_409_113, ())


TEXTS: dict[str, str] = orjson.loads("""
{"externalId": "infobip_external_id", "firstName": "first_name", "lastName": "last_name", "middleName": "middle_name",
"gender": "gender", "birthDate": "birthday", "address": "address1", "city": "city", "country": "country",
"preferredLanguage": "preferred_language", "type": "infobip_person_type"}
""")


@pytest.mark.parametrize(("name", "field"), TEXTS.items())
def test_each_text_has_its_lytics_name(name: str, field: str) -> None:
    assert contact(raw(**{name: "Ab c"})) == {field: "Ab c"}


def test_there_are_fifteen_fields() -> None:
    assert set(TEXTS.values()) | {"infobip_person_id", "email", "phone", "infobip_tags"} == NAMES
    assert len(NAMES) == 15


NOTHING: tuple[Any, ...] = (None, "", [], {})
NO_ADDRESSES: tuple[Any, ...] = (None, [], [{}])
EMPTY: list[dict[str, Any]] = [
    *({}, {"tags": []}, {"tags": None}, {"customAttributes": None}, {"contactInformation": None}),
    *({name: empty} for name in TEXTS for empty in NOTHING[:2]),
    *({"customAttributes": {"a": empty}} for empty in NOTHING),
    *({"contactInformation": {"email": none, "phone": none}} for none in NO_ADDRESSES),
    {"contactInformation": {"email": [{"address": ""}], "phone": [{"number": ""}]}},
]


@pytest.mark.parametrize("said", EMPTY, ids=str)
def test_what_is_empty_is_absent(said: dict[str, Any]) -> None:
    assert contact(raw(**said)) == {}
    assert read_person(raw(**said)).left_out == ()


def test_what_only_looks_empty_or_taken_stays() -> None:
    attributes = {
        "firstName": "free",
        "zero": 0,
        "no": False,
        "none": 0.0,
        "space": " ",
        "list": [None],
        "object": {"a": ""},
    }
    assert custom(**attributes) == attributes


@pytest.mark.parametrize(("expected", "marks"), [(0, "???"), (0, "---"), (1, "-+-"), (2, "?-+"), (1, "?++")])
def test_the_primary_address_is_the_marked_one_or_else_the_first(expected: int, marks: str) -> None:
    primaries = [{"+": True, "-": False}.get(mark) for mark in marks]
    emails = [{"address": f"{n}@x.com", "isPrimary": primary} for n, primary in enumerate(primaries)]
    phones = [{"number": f"4179302672{n}", "isPrimary": primary} for n, primary in enumerate(primaries)]
    both = contact(addresses(email=[*emails, {"address": "", "isPrimary": True}], phone=phones))
    assert both == {"email": f"{expected}@x.com", "phone": f"+4179302672{expected}"}


@pytest.mark.parametrize("number", ["41793026727", "+41793026727", " 41793026727 "])
def test_a_phone_is_e164_with_its_plus(number: str) -> None:
    assert contact(addresses(phone=[{"number": number}])) == {"phone": "+41793026727"}


NO_PHONES = ["0041793026727", "079 302 67 27", "123456", "1234567890123456", "++41793026727", "4\u0661793026727", "x"]


@pytest.mark.parametrize("number", NO_PHONES)
def test_a_phone_that_is_none_is_left_out(number: str) -> None:
    read = read_person(addresses(phone=[{"number": number, "isPrimary": True}]))
    assert (orjson.loads(read.value), read.left_out) == ({"infobip_person_id": "7"}, ("phone",))
    assert contact(addresses(phone=[{"number": number}, {"number": "41793026727"}])) == {}, "it was not the primary one"


def test_tags_come_once_and_in_order() -> None:
    assert contact(raw(tags=["B", "A", "B", "b", "A"])) == {"infobip_tags": ["B", "A", "b"]}


@pytest.mark.parametrize("field", sorted(NAMES))
def test_an_attribute_that_is_called_as_a_field_steps_aside(field: str) -> None:
    assert custom(**{field: "mine"}) == {f"custom_{field}": "mine"}
    free, freer = f"custom_{field}", f"custom_custom_{field}"
    assert custom(**{field: "mine", free: "own"}) == {free: "own", freer: "mine"}


VALUES = st.text(min_size=1) | st.integers(-(2**63), 2**63) | st.booleans() | st.lists(st.integers(0, 9), min_size=1)
NAMED = st.sampled_from(sorted(NAMES)).flatmap(lambda name: st.sampled_from([name, f"custom_{name}"])) | st.text()


@settings(deadline=None)
@given(st.dictionaries(NAMED, VALUES))
def test_no_attribute_is_lost_and_none_takes_the_place_of_a_field(attributes: dict[str, Any]) -> None:
    read = read_person({**JANE, "customAttributes": attributes})
    record = orjson.loads(read.value)
    Contact.model_validate_json(read.value)
    fields = {name: record.pop(name) for name in NAMES & record.keys()}
    assert fields == orjson.loads(read_person({**JANE, "customAttributes": None}).value)
    assert sorted(map(repr, record.values())) == sorted(map(repr, attributes.values()))
    assert all(record[name] == attributes[name] for name in attributes.keys() - NAMES)


def digest(**changes: Any) -> int:
    return read_person({**JANE, "type": "LEAD", **changes}).digest


def test_the_version_does_not_depend_on_an_order_that_nobody_promises() -> None:
    turned = dict(reversed(list(JANE["customAttributes"].items())))
    assert digest() == digest(tags=JANE["tags"][::-1]) == digest(customAttributes=turned)
    assert digest() == digest(tags=JANE["tags"] * 2)


def test_the_version_does_not_depend_on_what_is_not_imported() -> None:
    assert digest() == digest(profilePicture="http://other.com", origin="PORTAL", modifiedAt=MODIFIED_AT)


ATTRIBUTES = JANE["customAttributes"]
CHANGES: list[dict[str, Any]] = [
    *({name: "other"} for name in TEXTS),
    *({"id": 2}, {"tags": ["VIP Customers"]}, {"tags": ["VIP Customers", "new customers"]}, {"tags": []}),
    {"customAttributes": {**ATTRIBUTES, "Company": "Other"}},
    {"customAttributes": {**ATTRIBUTES, "More": 1}},
    {"customAttributes": {**ATTRIBUTES, "ShoppingCartList": ATTRIBUTES["ShoppingCartList"][::-1]}},
    {"contactInformation": {**JANE["contactInformation"], "email": [{"address": "other@acme.com"}]}},
    {"contactInformation": {**JANE["contactInformation"], "phone": [{"number": "41793026728"}]}},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_the_version_depends_on_every_value(change: dict[str, Any]) -> None:
    assert digest(**change) != digest()


ZONES = {"": 0, "Z": 0, "+00:00": 0, ".999": 0, ".999Z": 0, "+02:00": -7200, ".000001-00:30": 1800}


@pytest.mark.parametrize(("end", "later"), ZONES.items())
def test_a_time_in_any_of_its_forms(end: str, later: int) -> None:
    assert read_person(raw(modifiedAt=f"{MODIFIED_AT}{end}")).second == SECOND + later


def unreadable(person: Any) -> Read:
    read = read_person(person)
    assert read.fault
    assert json.loads(read.value) == person
    return read


NO_TIMES = ["", "yesterday", "2026-13-01T00:00:00", "1969-12-31T23:59:59", "9999-12-31T23:59:59", 5, None, ["x"]]


@pytest.mark.parametrize("written", NO_TIMES)
def test_a_person_without_a_readable_time_is_unreadable(written: Any) -> None:
    read = unreadable(raw(modifiedAt=written))
    assert (read.key.startswith(NAMELESS), read.person_id, read.second) == (True, "7", None)
    assert read.fault.startswith("modifiedAt: ")
    assert unreadable({"id": 7}).fault.startswith("modifiedAt: ")


@pytest.mark.parametrize("person_id", ["7", 7.0, 0, -7, True, None, [7]])
def test_a_person_without_an_id_is_remembered_by_what_is_there(person_id: Any) -> None:
    read = unreadable(raw(id=person_id))
    assert read.fault.startswith("id: ")
    assert (read.person_id, read.second) == (None, SECOND)
    assert read.key == unreadable(dict(reversed(raw(id=person_id).items()))).key
    assert read.key != unreadable(raw(id=person_id, city="X")).key


WRONG: list[tuple[str, dict[str, Any]]] = [
    *((name, {name: 7}) for name in TEXTS),
    *((name, {name: {"text": "hush"}}) for name in TEXTS),
    *(("tags", {"tags": "hush"}), ("tags.1", {"tags": ["A", {"hush": 1}]}), ("tags.0", {"tags": [None]})),
    *(("customAttributes", {"customAttributes": wrong}) for wrong in ("hush", ["hush"], 7)),
    ("contactInformation", {"contactInformation": ["hush"]}),
    ("contactInformation.email", {"contactInformation": {"email": "hush"}}),
    ("contactInformation.email.0", {"contactInformation": {"email": ["hush"]}}),
    ("contactInformation.email.0.isPrimary", {"contactInformation": {"email": [{"isPrimary": "hush"}]}}),
    ("contactInformation.phone.0.number", {"contactInformation": {"phone": [{"number": 41793026727}]}}),
    ("modifiedAt", {"modifiedAt": "hush"}),
    ("id", {"id": "hush"}),
]


@pytest.mark.parametrize(("place", "wrong"), WRONG, ids=str)
def test_whoever_has_another_shape_is_kept_whole_and_the_fault_tells_no_value(
    place: str, wrong: dict[str, Any]
) -> None:
    fault = unreadable(raw(customAttributes={"hush": "hush"}) | wrong).fault
    assert fault.startswith(f"{place}: ")
    assert not [value for value in ("hush", "41793026727") if value in fault]


HALF = "\ud83d"
DEEP = [orjson.loads(b'{"a":' * depth + b"1" + b"}" * depth) for depth in (300, 800)]
HALVED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("first_name", {"firstName": HALF}, {"firstName": None}),
    ("address1", {"address": f"12 Main St {HALF}"}, {"address": None}),
    ("infobip_external_id", {"externalId": f"u-{HALF}"}, {"externalId": None}),
    ("infobip_tags", {"tags": ["A", f"B{HALF}"]}, {"tags": ["A"]}),
    ("infobip_tags", {"tags": HALF}, {"tags": None}),
    ("customAttributes", {"customAttributes": {HALF: 1, "tier": "gold"}}, {"customAttributes": {"tier": "gold"}}),
    ("bio", {"customAttributes": {"bio": f"x {HALF}", "tier": 1}}, {"customAttributes": {"tier": 1}}),
    ("list", {"customAttributes": {"list": [{"a": [HALF]}]}}, {"customAttributes": {}}),
    ("list", {"customAttributes": {"list": [{HALF: 1}]}}, {"customAttributes": {}}),
    ("customAttributes", {"customAttributes": HALF}, {"customAttributes": None}),
    (
        "email",
        {"contactInformation": {"email": [{"address": HALF}, {"address": "b@example.com"}]}},
        {"contactInformation": {"email": [{"address": "b@example.com"}]}},
    ),
    ("phone", {"contactInformation": {"phone": [{"number": HALF}]}}, {"contactInformation": {"phone": []}}),
    ("birthday", {"birthDate": HALF}, {"birthDate": None}),
]


@pytest.mark.parametrize(("told", "halved", "without"), HALVED, ids=range(len(HALVED)))
def test_half_a_character_costs_its_field_alone(told: str, halved: dict[str, Any], without: dict[str, Any]) -> None:
    read, expected = read_person({**JANE, **raw(**halved)}), read_person({**JANE, **raw(**without)})
    assert (read.fault, read.left_out) == ("", (told,))
    assert (read.value, read.digest) == (expected.value, expected.digest)


def test_half_a_character_in_what_is_not_imported_costs_nothing() -> None:
    read = read_person(raw(origin={"name": HALF}, **{HALF: HALF}))
    assert (read.fault, read.left_out, read.value) == ("", (), read_person(raw()).value)


@pytest.mark.parametrize("wrong", [{"id": HALF}, {"modifiedAt": HALF}, {"firstName": HALF, "city": 7}], ids=range(3))
def test_whoever_is_unreadable_beside_it_is_kept_whole(wrong: dict[str, Any]) -> None:
    assert unreadable(raw(**wrong)).fault


@pytest.mark.parametrize("deep", DEEP, ids=range(2))
def test_whoever_cannot_be_written_as_it_is_is_kept_whole(deep: Any) -> None:
    """Nested as nobody would nest it."""
    assert unreadable(raw(customAttributes=deep)).person_id == "7"
    assert unreadable(raw(customAttributes=deep, city=HALF)).person_id == "7"


def test_numbers_keep_all_their_digits_on_their_way() -> None:
    numbers = b'{"big":9400111899223197428490,"low":-9400111899223197428490,"exact":12345678901234567.89}'
    person = read_json(b'{"id":7,"modifiedAt":"%s","customAttributes":%s}' % (MODIFIED_AT.encode(), numbers))
    read = read_person(person)
    assert read.fault == ""
    assert read.value.endswith(numbers[1:])


def test_all_that_is_wrong_is_told() -> None:
    fault = unreadable({"id": None, "city": 5, "modifiedAt": "x"}).fault
    assert [one.partition(":")[0] for one in fault.split("; ")] == ["id", "modifiedAt", "city"]


@pytest.mark.parametrize("person", ["hush", 7, None, ["hush"]])
def test_what_is_no_person_at_all(person: Any) -> None:
    read = unreadable(person)
    assert (read.person_id, read.second, read.fault.partition(":")[0]) == (None, None, "person")
    assert "hush" not in read.fault


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
ANYBODY = st.dictionaries(st.sampled_from([*JANE, "type"]), JSON)


@settings(deadline=None)
@given(JSON | ANYBODY | ANYBODY.map(lambda said: {**JANE, **said}))
def test_whoever_comes_is_a_contact_or_kept_whole(person: Any) -> None:
    read = read_person(person)
    if read.fault:
        assert json.loads(read.value) == person
    else:
        Contact.model_validate_json(read.value)
        assert (read.person_id, read.second) != (None, None)


MEMBERS: list[Any] = [{"tags": ["A", "VIP"]}, {"tags": "not a list"}, "not a person"]
OTHERS: list[Any] = [{"tags": ["VIPs", "A"]}, {"tags": []}, {"tags": None}, {}, {"tags": [5]}]


def test_whoever_may_have_a_tag_has_it() -> None:
    assert [one for one in MEMBERS + OTHERS if has_any(one, {"vip", "new"})] == MEMBERS
