import re
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.profiles.address import Address, compile_path, external_id, resolver
from streams.profiles.emails import normal_email
from streams.profiles.phones import normal_phone
from tests.json_values import json_values


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("ann@example.com", "ann@example.com"),
        ("Ann.B+tag@example.co.uk", "  Ann.B+tag@EXAMPLE.co.uk "),
        ("o'neil@example.com", "o'neil@example.com"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("a@b-c.museum", "a@b-c.museum"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("a@" + "b" * 63 + ".com", "a@" + "b" * 63 + ".com"),
        ("a@example.xn--p1ai", "a@example.xn--p1ai"),
        (None, "a@" + "b" * 64 + ".com"),
        (None, "a@" + "b." * 126 + "com"),
        (None, "a@example.c1"),
        (None, "a@192.168.0.1"),
        (None, "a@example-.com"),
        (None, "ann.@example.com"),
        ("ann@example.com", "Ann <ann@example.com>"),
        (None, "b\u00fccher@example.com"),
        ("a@xn--bcher-kva.example", "a@b\u00fccher.example"),
        (None, "\ud800@example.com"),
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
        ("14155550123", "\u202a+1\u00a0415\u2011555\u20110123\u202c", None),
        ("493012345678", "+49/30/12345678", None),
        ("442079460958", "+44 (0)20 7946 0958", None),
        ("390669812345", "+39 (0)6 6981 2345", None),
        ("41793026727", 41793026727.0, None),
        ("41793026727", "41793026727.0", None),
        ("41793026727", "41793026727", "CH"),
        ("41793026727", 793026727, "CH"),
        ("41793026727", "41793026727", "US"),
        ("41793026727", "011 41 79 302 67 27", "US"),
        ("390669812345", "06 6981 2345", "IT"),
        (None, "5550123", None),
        (None, 5550123, None),
        (None, 1234567890123456, None),
        (None, 10**4000, "CH"),
        (None, "+41793026727x12", None),
        (None, "+41793026727;ext=1", None),
        (None, "079 302 67 27 ext. 5", "CH"),
        (None, "+44 (0)999", None),
        (None, "0" * 41, "CH"),
        (None, "999999999999999", "US"),
        (None, "30123456789012", "DE"),  # exists, and is longer than E.164 allows
        (None, float("nan"), None),
        (None, float("inf"), "CH"),
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
        ("14155550123", "+\u0661\u0664155550123", None),
        (None, "call me", None),
        (None, "", None),
        (None, True, None),
        (None, 1.5, None),
    ],
)
def test_a_phone_becomes_e164_digits(expected: str | None, written: object, region: str | None) -> None:
    assert normal_phone(written, region) == expected


@settings(deadline=None)
@given(json_values, st.sampled_from([None, "DE", "US"]))
def test_whatever_is_written_a_phone_is_e164_or_nothing(value: Any, region: str | None) -> None:
    phone = normal_phone(value, region)
    assert phone is None or re.fullmatch(r"[1-9][0-9]{6,14}", phone)


@settings(deadline=None)
@given(json_values)
def test_whatever_is_written_an_email_is_one_or_nothing(value: Any) -> None:
    email = normal_email(value)
    assert email is None or email.count("@") == 1


@pytest.mark.parametrize(
    ("expected", "path", "profile"),
    [
        (0, "visits", {"visits": 0}),
        (7, "a.b.c", {"a": {"b": {"c": 7}}}),
        (None, "a.b.c", {"a": [{"b": 1}]}),
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


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("u-1", "u-1"),
        (" u-1", " u-1"),
        ("\u00fc", "\u00fc"),
        ("x" * 256, "x" * 256),
        ("0", 0),
        ("-7", -7),
        ("18446744073709551615", 2**64 - 1),
        ("77", 77.0),
        ("1.5", 1.5),
        ("0.0000001", 1e-7),
        (None, "x" * 257),
        (None, ""),
        (None, " \t"),
        (None, "\ud800"),
        (None, True),
        (None, 10**256),
        (None, 10**4000),
        (None, 1e300),
        (None, 5e-324),
        (None, float("nan")),
        (None, ["u-1"]),
        (None, None),
    ],
)
def test_an_external_id_is_text_or_a_number(expected: str | None, written: object) -> None:
    assert external_id(written) == expected


@settings(deadline=None)
@given(json_values)
def test_whatever_is_written_an_external_id_can_be_sent(value: Any) -> None:
    found = external_id(value)
    assert found is None or (0 < len(found) <= 256 and orjson.dumps(found))


@settings(deadline=None)
@given(
    st.text(max_size=5),
    st.none() | st.dictionaries(st.sampled_from(["email", "phone", "id"]), json_values, max_size=3),
    st.sampled_from([None, "profile_id", "id", "phone.id"]),
    st.sampled_from([None, "DE", "US"]),
)
def test_whatever_a_profile_holds_it_has_an_address_or_none(
    profile_id: str, profile: dict[str, Any] | None, named: str | None, region: str | None
) -> None:
    found = resolver("email", "phone", named, region)(profile_id, profile)
    assert found is None or all(found.identity)


def test_an_external_id_is_matched_first_and_is_enough() -> None:
    found = resolver("email", "phone", "profile_id", None)("u-1", None)
    assert found == Address(None, None, "u-1")
    assert found.identity == ("EXTERNAL_ID", "u-1")
    nested = resolver("email", None, "ids.crm", None)("u-1", {"ids": {"crm": 77}})
    assert nested == Address(None, None, "77")
    assert resolver("email", None, "profile_id", None)("u" * 257, None) is None
