import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.flow.address import Address, compile_path, normal_email, normal_phone, resolver

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("ann@example.com", "ann@example.com"),
        ("Ann.B+tag@example.co.uk", "  Ann.B+tag@EXAMPLE.co.uk "),
        ("o'neil@example.com", "o'neil@example.com"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        (None, "ann@example"),
        (None, "ann"),
        (None, "@example.com"),
        (None, "ann@@example.com"),
        (None, ".ann@example.com"),
        (None, "ann..b@example.com"),
        (None, "ann@example..com"),
        (None, "ann@-example.com"),
        (None, "ann@example.c"),
        (None, "ann b@example.com"),
        (None, "ann@example.com\nb@example.com"),
        (None, "a" * 65 + "@example.com"),
        (None, "a@" + "b" * 250 + ".com"),
        (None, ""),
        (None, None),
        (None, 7),
    ],
)
def test_an_email_is_taken_by_its_form(expected: str | None, written: object) -> None:
    assert normal_email(written) == expected


@pytest.mark.parametrize(
    ("expected", "written", "region"),
    [
        ("14155550123", "+14155550123", None),
        ("14155550123", "+1 (415) 555-0123", None),
        ("41793026727", "0041 79 302 67 27", None),
        ("41793026727", "41793026727", None),
        ("41793026727", 41793026727, None),
        ("41793026727", "+41.79.302.67.27", None),
        (None, "0793026727", None),
        ("41793026727", "079 302 67 27", "CH"),
        ("14155550123", "+14155550123", "CH"),
        ("14155552671", "(415) 555-2671", "US"),
        (None, "12", "US"),
        (None, "+0123456789", None),
        (None, "+123456", None),
        (None, "+1234567890123456", None),
        (None, "+1415555012x", None),
        (None, "+\u0661\u0664155550123", None),
        (None, "call me", None),
        (None, "", None),
        (None, True, None),
        (None, 1.5, None),
    ],
)
def test_a_phone_becomes_e164_digits(expected: str | None, written: object, region: str | None) -> None:
    assert normal_phone(written, region) == expected


@given(json_values, st.sampled_from([None, "DE", "US"]))
def test_whatever_is_written_a_phone_is_e164_or_nothing(value: Any, region: str | None) -> None:
    phone = normal_phone(value, region)
    assert phone is None or re.fullmatch(r"[1-9][0-9]{6,14}", phone)


@given(json_values)
def test_whatever_is_written_an_email_is_one_or_nothing(value: Any) -> None:
    email = normal_email(value)
    assert email is None or email.count("@") == 1


@pytest.mark.parametrize(
    ("expected", "path", "profile"),
    [
        ("x", "email", {"email": "x"}),
        ("x", "contact.email", {"contact": {"email": "x"}}),
        ("literal", "contact.email", {"contact.email": "literal", "contact": {"email": "x"}}),
        (None, "contact.email", {"contact": "x"}),
        (None, "contact.email", {}),
    ],
)
def test_dots_reach_into_nested_profiles(expected: object, path: str, profile: dict[str, Any]) -> None:
    assert compile_path(path)(profile) == expected


def test_the_email_goes_before_the_phone() -> None:
    resolve = resolver("email", "phone", None, None)
    both = resolve("u", {"email": "a@example.com", "phone": "+14155550123"})
    assert both == Address("a@example.com", "14155550123", None)
    assert both.identity == ("EMAIL", "a@example.com")


def test_an_invalid_email_falls_back_to_the_phone() -> None:
    found = resolver("email", "phone", None, None)("u", {"email": "nonsense", "phone": "+14155550123"})
    assert found is not None
    assert found.identity == ("PHONE", "14155550123")


@pytest.mark.parametrize("profile", [None, {}, {"email": "nonsense", "phone": "none"}])
def test_without_any_there_is_no_address(profile: dict[str, Any] | None) -> None:
    assert resolver("email", "phone", None, None)("u", profile) is None


def test_an_external_id_is_matched_first_and_is_enough() -> None:
    found = resolver("email", "phone", "profile_id", None)("u-1", None)
    assert found == Address(None, None, "u-1")
    assert found.identity == ("EXTERNAL_ID", "u-1")
    nested = resolver("email", None, "ids.crm", None)("u-1", {"ids": {"crm": 77}})
    assert nested == Address(None, None, "77")
    assert resolver("email", None, "profile_id", None)("u" * 257, None) is None
