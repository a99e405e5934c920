from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs import AttributeType
from streams.flow.fields import CONVERSIONS, STANDARD, UNCONVERTIBLE, compile_fields
from tests.flow.test_address import json_values

NO = UNCONVERTIBLE


@pytest.mark.parametrize(
    ("expected", "kind", "value"),
    [
        ("text", "STRING", "text"),
        ("1.5", "STRING", 1.5),
        ("true", "STRING", True),
        (NO, "STRING", "x" * 4097),
        (NO, "STRING", {"a": 1}),
        (7, "INTEGER", 7),
        (7, "INTEGER", 7.0),
        (7, "INTEGER", "7"),
        (7, "INTEGER", "7.0"),
        (NO, "INTEGER", 7.5),
        (NO, "INTEGER", True),
        (NO, "INTEGER", 2**63),
        (NO, "INTEGER", "9" * 5000),
        (120.5, "DECIMAL", 120.5),
        (120.5, "DECIMAL", "120.5"),
        (NO, "DECIMAL", "much"),
        (NO, "DECIMAL", float("nan")),
        (NO, "DECIMAL", "inf"),
        (True, "BOOLEAN", "TRUE"),
        (False, "BOOLEAN", 0),
        (NO, "BOOLEAN", "yes"),
        (NO, "BOOLEAN", 2),
        ("2026-11-20", "DATE", "2026-11-20"),
        ("2026-11-20", "DATE", "2026-11-20T10:00:00Z"),
        (NO, "DATE", "20.11.2026"),
        (NO, "DATE", "2026-02-30"),
        (NO, "DATE", 20261120),
        ("2026-11-20T10:00:00Z", "DATE_TIME", "2026-11-20T11:00:00+01:00"),
        ("2026-11-20T00:00:00Z", "DATE_TIME", "2026-11-20"),
        (NO, "DATE_TIME", "soon"),
        ([{"sku": "a", "price": 1.5}], "LIST_OF_OBJECTS", [{"sku": "a", "price": 1.5}]),
        (NO, "LIST_OF_OBJECTS", ["a"]),
        (NO, "LIST_OF_OBJECTS", [{"a": {"b": 1}}]),
    ],
)
def test_a_value_is_converted_or_not(expected: Any, kind: AttributeType, value: Any) -> None:
    assert CONVERSIONS[kind](value) == expected


@pytest.mark.parametrize(
    ("expected", "field", "value"),
    [
        ("Ann", "firstName", "Ann"),
        (NO, "firstName", "Ann <b>"),
        (NO, "lastName", "x" * 256),
        (NO, "city", "x" * 51),
        ("FEMALE", "gender", "f"),
        ("MALE", "gender", "Male"),
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


@given(json_values, st.sampled_from([*CONVERSIONS.values(), *STANDARD.values()]))
def test_whatever_the_value_what_is_sent_can_be_written_as_json(value: Any, convert: Any) -> None:
    converted = convert(value)
    assert converted is UNCONVERTIBLE or orjson.dumps(converted)
