from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.jobs.export_audience import STANDARD_FIELDS, AttributeType
from schemas.text.blanks import is_blank
from streams.exact_json import Digits
from streams.jobs.export_audience.fields import CONVERSIONS, STANDARD, UNCONVERTIBLE, compile_fields, objects_of
from tests.json_values import json_values

NO = UNCONVERTIBLE


@pytest.mark.parametrize(
    ("expected", "kind", "value"),
    [
        ("text", "STRING", "text"),
        ("1.5", "STRING", 1.5),
        ("true", "STRING", True),
        ("false", "STRING", False),
        ("7", "STRING", 7),
        ("120.0", "STRING", 120.0),
        ("10000000000000000000000", "STRING", 1e22),
        ("-0.0000001", "STRING", -1e-7),
        ("18446744073709551615", "STRING", 2**64 - 1),
        ("  as it is ", "STRING", "  as it is "),
        ("x" * 4096, "STRING", "x" * 4096),
        (NO, "STRING", "x" * 4097),
        (NO, "STRING", "\ud800"),
        (NO, "STRING", float("nan")),
        (NO, "STRING", 10**4000),
        (NO, "STRING", {"a": 1}),
        (7, "INTEGER", 7),
        (7, "INTEGER", 7.0),
        (7, "INTEGER", "7"),
        (7, "INTEGER", "7.0"),
        (-7, "INTEGER", " -7 "),
        (7, "INTEGER", "\u200b7\ufeff"),
        (1.5, "DECIMAL", "\u202d1.5\u202c"),
        (True, "BOOLEAN", "\u2060yes"),
        ("1990-01-31", "DATE", "\u200e1990-01-31\u00ad"),
        ("2020-01-01T00:00:00Z", "DATE_TIME", "\ufeff2020-01-01T00:00:00Z"),
        (1000, "INTEGER", "1e3"),
        (2**63 - 1, "INTEGER", "9223372036854775807"),
        (9007199254740993, "INTEGER", "9007199254740993.0"),
        (-(2**63) + 1, "INTEGER", -(2**63) + 1),
        (NO, "INTEGER", -(2**63)),
        (NO, "INTEGER", "9223372036854775808"),
        (NO, "INTEGER", 2.0**63),
        (NO, "INTEGER", "1_000"),
        (NO, "INTEGER", "1,000"),
        (NO, "INTEGER", "\u0667"),
        (NO, "INTEGER", "1e999"),
        (NO, "INTEGER", float("inf")),
        (NO, "INTEGER", 7.5),
        (NO, "INTEGER", Digits("12345678901234567.89")),
        (NO, "INTEGER", "10000000000000000.5"),
        (NO, "INTEGER", "0.99999999999999999999"),
        (NO, "INTEGER", "1e-400"),
        (NO, "INTEGER", "7.5"),
        (NO, "INTEGER", True),
        (NO, "INTEGER", 2**63),
        (NO, "INTEGER", "9" * 5000),
        (120.5, "DECIMAL", 120.5),
        (120.5, "DECIMAL", "120.5"),
        (7, "DECIMAL", 7),
        (-0.25, "DECIMAL", "-2.5e-1"),
        (2**63 - 1, "DECIMAL", "9223372036854775807"),
        (NO, "DECIMAL", 1e19),
        (NO, "DECIMAL", "1,5"),
        (NO, "DECIMAL", "1_0.5"),
        (NO, "DECIMAL", True),
        (NO, "DECIMAL", "much"),
        (NO, "DECIMAL", float("nan")),
        (NO, "DECIMAL", "inf"),
        (True, "BOOLEAN", "TRUE"),
        (False, "BOOLEAN", 0),
        (True, "BOOLEAN", True),
        (False, "BOOLEAN", " False "),
        (True, "BOOLEAN", "1"),
        (True, "BOOLEAN", 1.0),
        (True, "BOOLEAN", "yes"),
        (False, "BOOLEAN", " No "),
        (True, "BOOLEAN", "Y"),
        (False, "BOOLEAN", "off"),
        (NO, "BOOLEAN", "maybe"),
        (NO, "BOOLEAN", 2),
        ("2026-11-20", "DATE", "2026-11-20"),
        ("2026-11-20", "DATE", "2026-11-20T10:00:00Z"),
        ("2026-11-20", "DATE", "20261120"),
        ("2026-11-20", "DATE", " 2026-11-20 23:30:00-05:00 "),
        (NO, "DATE", "2026-11-20x10:00"),
        (NO, "DATE", "2026-11"),
        (NO, "DATE", "20.11.2026"),
        ("1990-01-31", "DATE", "1990/01/31"),
        ("1990-01-31", "DATE", "1990-1-31"),
        ("1990-01-31", "DATE", " 1990.1.31 "),
        ("1990-01-31", "DATE", "1990/1/31 10:00"),
        (NO, "DATE", "31/01/1990"),
        (NO, "DATE", "01/02/1990"),
        (NO, "DATE", "1990/31/01"),
        (NO, "DATE", "1990/1-31"),
        (NO, "DATE", "1990/1/311"),
        (NO, "DATE", "0000-00-00"),
        (NO, "DATE", 7335),
        ("2026-11-20T10:00:00Z", "DATE_TIME", "2026/11/20 10:00:00"),
        ("2026-11-20T10:00:00Z", "DATE_TIME", "2026-11-20 10:00:00 UTC"),
        (NO, "DATE_TIME", "20/11/2026 10:00"),
        (NO, "DATE_TIME", "1795168800"),
        (NO, "DATE", "2026-02-30"),
        (NO, "DATE", 20261120),
        ("2026-11-20T10:00:00Z", "DATE_TIME", "2026-11-20T11:00:00+01:00"),
        ("2026-11-20T00:00:00Z", "DATE_TIME", "2026-11-20"),
        ("2026-11-20T10:00:00Z", "DATE_TIME", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00Z", "DATE_TIME", "2026-11-20t10:00:00z"),
        ("2026-11-20T10:00:00Z", "DATE_TIME", "2026-11-20 10:00"),
        ("2026-11-20T10:00:00Z", "DATE_TIME", "2026-11-20T10:00:00.123456789Z"),
        ("2026-11-21T04:30:00Z", "DATE_TIME", "2026-11-20T23:30:00-05:00"),
        ("0001-01-01T00:00:00Z", "DATE_TIME", "0001-01-01T00:00:00Z"),
        (NO, "DATE_TIME", "0001-01-01T00:00:00+05:00"),
        (NO, "DATE_TIME", "2026-02-30T10:00:00Z"),
        (NO, "DATE_TIME", "2026-11-20T25:00:00Z"),
        (NO, "DATE_TIME", "2026-11-20\ud80010:00"),
        (NO, "DATE_TIME", 1_763_632_800),
        (NO, "DATE_TIME", "soon"),
        ([{"sku": "a", "price": 1.5}], "LIST_OF_OBJECTS", [{"sku": "a", "price": 1.5}]),
        ([{"a": None, "b": True}], "LIST_OF_OBJECTS", [{"a": None, "b": True}]),
        (NO, "LIST_OF_OBJECTS", {"sku": "a"}),
        (NO, "LIST_OF_OBJECTS", [{"\ud800": 1}]),
        (NO, "LIST_OF_OBJECTS", [{"a": 2**63}]),
        (NO, "LIST_OF_OBJECTS", ["a"]),
        (NO, "LIST_OF_OBJECTS", [{"a": {"b": 1}}]),
    ],
)
def test_a_value_is_converted_or_not(expected: Any, kind: AttributeType, value: Any) -> None:
    converted = CONVERSIONS[kind](value)
    assert (type(converted), converted) == (type(expected), expected)


@pytest.mark.parametrize(
    ("expected", "field", "value"),
    [
        ("Ann", "firstName", "Ann"),
        ("Ann", "firstName", " Ann\n"),
        ("O'Neil-Smith \u00c5", "lastName", "O'Neil-Smith \u00c5"),
        ("x" * 255, "lastName", "x" * 255),
        (NO, "nickName", "a;b"),
        (NO, "middleName", "x" * 51),
        (NO, "firstName", ["Ann"]),
        (NO, "firstName", "\ud800"),
        ("67 Farringdon Road; flat #3", "address", "67 Farringdon Road; flat #3"),
        (NO, "address", "x" * 257),
        (NO, "country", "x" * 51),
        (NO, "firstName", "Ann <b>"),
        (NO, "lastName", "x" * 256),
        (NO, "city", "x" * 51),
        ("FEMALE", "gender", "f"),
        ("MALE", "gender", "Male"),
        (NO, "gender", 1),
        (NO, "birthDate", "1990-13-01"),
        ("en", "preferredLanguage", "EN"),
        ("en-gb", "preferredLanguage", "en-gb"),
        (NO, "preferredLanguage", "zh-Hant"),
        ("https://example.com/a.png", "profilePicture", "https://example.com/a.png"),
        (NO, "profilePicture", "https://example.com/a b.png"),
        (NO, "profilePicture", "https://example.com/" + "x" * 2064),
        (NO, "gender", "x"),
        ("1990-05-17", "birthDate", "1990-05-17T00:00:00"),
        ("en-GB", "preferredLanguage", "en_GB"),
        (NO, "preferredLanguage", "english"),
        (NO, "profilePicture", "picture.png"),
    ],
)
def test_standard_fields_have_their_own_rules(expected: Any, field: str, value: Any) -> None:
    assert STANDARD[field](value) == expected


def test_standard_fields_go_to_the_top_and_others_to_custom_attributes() -> None:
    convert = compile_fields(
        {"name.first": ("firstName", None), "ltv": ("LTV", None), "plan": ("plan", "STRING")}, {"ltv": "DECIMAL"}
    )
    person, left_out = convert({"name": {"first": "Ann"}, "ltv": "120.5", "plan": 3})
    assert person == {"firstName": "Ann", "customAttributes": {"ltv": 120.5, "plan": "3"}}
    assert left_out == []


@pytest.mark.parametrize("empty", [None, "", "  ", [], {}])
def test_empty_values_are_neither_sent_nor_named(empty: Any) -> None:
    convert = compile_fields({"a": ("firstName", None), "b": ("plan", "STRING")}, {})
    assert convert({"a": empty, "b": empty}) == ({}, [])


def test_what_cannot_be_converted_is_named_by_its_profile_field() -> None:
    convert = compile_fields({"a": ("firstName", None), "deep.b": ("n", "INTEGER")}, {})
    assert convert({"a": "Ann", "deep": {"b": "many"}}) == ({"firstName": "Ann"}, ["deep.b"])


def test_zero_and_false_are_values() -> None:
    convert = compile_fields({"a": ("n", "INTEGER"), "b": ("yes", "BOOLEAN")}, {})
    assert convert({"a": 0, "b": False}) == ({"customAttributes": {"n": 0, "yes": False}}, [])


def test_an_attribute_is_spelt_as_the_account_spells_it_and_an_explicit_type_wins() -> None:
    convert = compile_fields({"a": ("LifeTimeValue", "STRING"), "b": ("other", None)}, {"lifetimevalue": "DECIMAL"})
    assert convert({"a": 1.5, "b": 2}) == ({"customAttributes": {"lifetimevalue": "1.5", "other": "2"}}, [])


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ([{"sku": "1", "price": 1.5}], [{"sku": 1, "price": "1.5"}]),
        ([{"sku": "a"}], [{"sku": "a", "price": None}]),
        (NO, [{"sku": "a", "price": "much"}]),
        (NO, [{"sku": "a"}, {"colour": "red"}]),
        (NO, [{"sku": "a"}, "b"]),
        (NO, "a"),
    ],
)
def test_objects_are_converted_by_the_schema_of_the_account(expected: Any, value: Any) -> None:
    convert = compile_fields(
        {"cart": ("Cart", None)}, {"cart": "LIST_OF_OBJECTS"}, {"cart": {"sku": "STRING", "price": "DECIMAL"}}
    )
    assert convert({"cart": value}) == (
        ({}, ["cart"]) if expected is NO else ({"customAttributes": {"cart": expected}}, [])
    )


@settings(deadline=None)
@given(
    json_values,
    st.sampled_from([*CONVERSIONS.values(), *STANDARD.values(), objects_of({"": "STRING", "0": "DATE_TIME"})]),
)
def test_whatever_the_value_what_is_sent_can_be_written_as_json(value: Any, convert: Any) -> None:
    converted = convert(value)
    assert converted is UNCONVERTIBLE or orjson.dumps(converted)


@settings(deadline=None)
@given(json_values, st.sampled_from(list(CONVERSIONS)))
def test_what_was_converted_stays_as_it_is(value: Any, kind: AttributeType) -> None:
    once = CONVERSIONS[kind](value)
    assert once is UNCONVERTIBLE or CONVERSIONS[kind](once) == once


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), json_values))
def test_each_filled_field_is_sent_or_named(profile: dict[str, Any]) -> None:
    convert = compile_fields({"a": ("firstName", None), "b": ("when", "DATE_TIME"), "c": ("n", "DECIMAL")}, {})
    person, left_out = convert(profile)
    targets = {"a": "firstName", "b": "when", "c": "n"}
    sent = [path for path, target in targets.items() if target in {**person, **person.get("customAttributes", {})}]
    filled = [path for path, value in profile.items() if value not in (None, [], {}) and not is_blank(str(value))]
    assert sorted(sent + left_out) == sorted(filled)
    assert orjson.dumps(person)


def test_the_standard_fields_are_those_of_jobs_yaml() -> None:
    assert STANDARD.keys() == STANDARD_FIELDS.keys()


def test_a_list_of_too_many_objects_is_left_out() -> None:
    convert = objects_of({"name": "STRING"})
    assert len(convert([{"name": "a"}] * 1000)) == 1000
    assert convert([{"name": "a"}] * 1001) is UNCONVERTIBLE
