"""A plan reads digits as libphonenumber does: the same number, which exists or is possible for both or for neither."""

from itertools import product

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.profiles.plans import exists, is_possible, parse_digits
from tests.examples import examples
from tests.profiles import written

CODES = sorted(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
DIGITS = "0123456789"
#: The longest national number of libphonenumber has 17, a code 3.
LENGTHS = range(1, 22)
TRUNKS = ["", "0", "1", "8", "9", "06", "15", "031", "00", "011", "810", "119", "0011", "00414", "010"]

#: Calling code, the digits with it, whether it exists, whether it is possible.
Reading = tuple[str, str, bool, bool] | None


def by_library(digits: str, region: str | None) -> Reading:
    try:
        number = phonenumbers.parse(digits if region is not None else f"+{digits}", region)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    possible = reason == phonenumbers.ValidationResult.IS_POSSIBLE
    return str(number.country_code), written.e164(number), phonenumbers.is_valid_number(number), possible


def by_plan(digits: str, region: str | None) -> Reading:
    number = parse_digits(digits, region)
    return None if number is None else (number.code, number.digits, exists(number), is_possible(number))


@st.composite
def near_numbers(draw: st.DrawFn) -> str:
    """Digits like those of a number that exists, with or without its code, behind what somebody dials somewhere."""
    region = draw(st.sampled_from(written.REGIONS))
    kind = draw(st.sampled_from(range(11)))
    example = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    assert example is not None
    national = phonenumbers.national_significant_number(example)
    kept = len(national) - draw(st.integers(0, 5))
    changed = national[:kept] + draw(st.text(DIGITS, min_size=len(national) - kept, max_size=len(national) - kept + 1))
    code = draw(st.sampled_from(["", str(example.country_code)]))
    before = draw(st.sampled_from(TRUNKS)) if code == "" else draw(st.sampled_from(["", "", *TRUNKS[8:]]))
    return f"{before}{code}{draw(st.sampled_from(TRUNKS)) if code else ''}{changed}"


@examples(4000)
@given(
    near_numbers()
    | st.text(DIGITS, min_size=1, max_size=20)
    | st.tuples(st.sampled_from(CODES), st.text(DIGITS, max_size=17)).map("".join),
    st.none() | st.sampled_from(written.REGIONS),
)
def test_digits_are_read_as_libphonenumber_reads_them(digits: str, region: str | None) -> None:
    assert by_plan(digits, region) == by_library(digits, region)


@pytest.mark.parametrize("first", DIGITS)
def test_numbers_of_every_code_and_length_are_read_as_libphonenumber_reads_them(first: str) -> None:
    for code, length in product(CODES, LENGTHS):
        digits = f"{code}{first}{'2345678901234567890'[: length - 1]}"
        assert by_plan(digits, None) == by_library(digits, None), digits


@pytest.mark.parametrize("code", [f"{number}" for number in range(1000) if f"{number}" not in CODES][::7])
def test_no_other_code_is_one(code: str) -> None:
    assert by_plan(f"{code}123456789", None) == by_library(f"{code}123456789", None)


@pytest.mark.parametrize("region", [*written.REGIONS, "ZZ", "de", ""])
def test_every_region_dials_as_libphonenumber_says(region: str) -> None:
    for before, length in product(TRUNKS, (4, 7, 8, 9, 10, 11, 12)):
        digits = f"{before}{'5123456789012'[:length]}"
        assert by_plan(digits, region) == by_library(digits, region), digits
