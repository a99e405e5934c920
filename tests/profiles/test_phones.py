"""What we send to is what libphonenumber reads, or nothing; and nobody is taken for somebody else."""

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.profiles.numbering import is_number
from streams.profiles.phones import as_typed, normal_phone
from tests.examples import examples
from tests.profiles import written


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("447700900123", "+44 07700 900123"),
        ("447700900123", "+44 (0)7700 900123"),
        ("447700900123", "(+44) 7700-900123"),
        ("447700900123", "0044 07700 900123"),
        ("447700900123", "+44 ( 0 ) 7700 900 123"),
        ("447700900123", "++44 7700 900123"),
        ("905301112233", "+90 0530 111 22 33"),
        ("4915123456780", "+49 0151 23456780"),
        ("525512345679", "+52 1 55 1234 5679"),
        ("525512345679", "+52 044 55 1234 5679"),
        ("525512345679", "5215512345679"),
        ("5491123456780", "+54 11 15 2345 6780"),
        ("5491123456780", "+54 9 11 2345-6780"),
        ("390612345678", "+39 06 1234 5678"),
        ("390612345678", "+39 (0)6 1234 5678"),
        ("393471234567", "+39 (0)347 1234567"),
        ("420601123456", "+420 (0) 601 123 456"),
        ("79111234567", "+7 8 911 123 45 67"),
        ("15551234567", "+1 555 123 4567"),  # no area code yet, and as long as any
        (None, "+39 6 1234 5678"),
        (None, "+39 (0)345 1234567"),  # a mobile without the zero, a landline with it
        (None, "+1 415 555 012"),
        (None, "+44 7700 90012345678"),
        (None, "+57 0 321 123 4567"),  # a zero that Colombia does not know
        (None, "+999 1234 5678"),
    ],
)
def test_a_number_for_abroad_is_read_as_its_country_has_it(expected: str | None, said: str) -> None:
    assert normal_phone(said, None) == expected


@pytest.mark.parametrize(
    "said",
    [
        "(479) 201-1234",
        "479-201-1234",
        "479 201 1234",
        "4792011234",
        4792011234,
        4792011234.0,
        "4792011234.0",
        "659-201-1234",
        "(415) 555-0123",
        "212 555 1234",
        "8005550123",
        "7911 123456",
        "0791 1123456",
        "612 345 678",
        "612345678",
        "501 234 567",
        "687512345",
        "234-541-2345",
        "5321234567",
        "51 98765-4321",
        "(51) 98765-4321",
        "(47) 92 01 12 34",
        "911-123-45-67",
        "8 911 123-45-67",
    ],
)
@pytest.mark.parametrize("region", [None, "LI"])
def test_a_national_number_is_nobodys_abroad(said: object, region: str | None) -> None:
    assert normal_phone(said, region) is None


@pytest.mark.parametrize(
    ("expected", "said", "region"),
    [
        ("14792011234", "(479) 201-1234", "US"),
        ("14792011234", 4792011234, "US"),
        ("4792011234", "92 01 12 34", "NO"),
        ("4792011234", "4792011234", "NO"),
        ("6592011234", 6592011234, "SG"),
        ("41793026727", "00 41 79 302 67 27", "SG"),
        ("41793026727", "001 41 79 302 67 27", "SG"),
        ("4915123456789", "4915123456789", "DE"),
        ("4915123456789", 4915123456789, "DE"),
        ("4915123456789", "49 151 23456789", "DE"),
        ("4915123456789", 15123456789, "DE"),  # a zero that a spreadsheet lost
        ("352621123456", "352621123456", "LU"),
        (None, "41793026727", "DE"),  # of Switzerland, or a long landline of Germany
        ("41793026727", "41793026727", "FR"),
        ("447911123457", 447911123457, "DE"),
        ("14155550123", "1-415-555-0123", None),
        ("14155550123", "1 (415) 555-0123", "FR"),
        ("447911123457", "44 7911 123457", None),
        ("447911123457", "447911123457", None),
        ("447911123457", 447911123457.0, "CH"),
    ],
)
def test_what_says_its_country_is_read(expected: str | None, said: object, region: str | None) -> None:
    assert normal_phone(said, region) == expected


@pytest.mark.parametrize(
    "said",
    [
        "+1 415 555 0123 / 24",
        "+49 30 123456 / 78",
        "+49 30 123456/789",
        "+44 7700 900123 / +44 7700 900124",
        "+41793026727, +41793026728",
        "+41793026727; 28",
        "+41793026727 or 28",
        "+41793026727\n+41793026728",
        "+41793026727+41793026728",
        "+41793026727 ext. 5",
        "+41793026727 x5",
        "+1 800 FLOWERS",
        "+4179\x003026727",
    ],
)
def test_two_numbers_an_extension_or_letters_are_none(said: str) -> None:
    assert normal_phone(said, None) is None


@pytest.mark.parametrize(
    "said",
    [
        "\uff0b\uff14\uff11 \uff17\uff19 \uff13\uff10\uff12 \uff16\uff17 \uff12\uff17",
        "+\u0664\u0661\u0667\u0669\u0663\u0660\u0662\u0666\u0667\u0662\u0667",
        "\u0660\u0660\u0664\u0661 \u0667\u0669 \u0663\u0660\u0662 \u0666\u0667 \u0662\u0667",
        "\u096a\u0967\u096d\u096f\u0969\u0966\u0968\u096c\u096d\u0968\u096d",
        "\u2066+41\u00ad 79\u2060 302\u200b 67 27\u2069\ufeff",
        "'+41793026727",
        "+41793026727.0",
        "+41 79 302 67 27.",
        "tel:+41-79-302-67-27",
        "+41\u30fc79\u2212302\uff0d67\uff0d27",
    ],
)
def test_neither_script_nor_marks_nor_wrapping_count(said: str) -> None:
    assert normal_phone(said, None) == "41793026727"


def read(text: str, region: str | None = None) -> str | None:
    """The number as libphonenumber reads it, if it exists."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return written.e164(number) if phonenumbers.is_valid_number(number) else None


@examples(150)
@given(written.phones, st.sampled_from([None, "DE", "US", "IT", "BR", "SG"]))
def test_what_we_send_to_is_what_libphonenumber_reads_or_nothing(said: str, region: str | None) -> None:
    found = normal_phone(said, region)
    if found is None:
        return
    text = as_typed(said)
    plus = text.lstrip("+0") if text.startswith(("+", "00")) else text
    bare = re.sub(r"\(\s*0\s*\)", "", plus)
    readings = {read(f"+{plus}"), read(f"+{bare}"), None if region is None else read(text, region)} - {None}
    if readings and read(f"+{found}") is not None:
        # Mexico's former prefix is the one that libphonenumber has given up.
        assert found in readings or found.startswith("52")
    else:
        assert text.startswith(("+", "00"))
        assert phonenumbers.is_possible_number(phonenumbers.parse(f"+{found}", None))


@examples(100)
@given(written.phones, st.sampled_from([None, "DE", "US", "IT"]))
def test_a_number_that_was_read_is_read_as_the_same_again(said: str, region: str | None) -> None:
    found = normal_phone(said, region)
    assert found is None or normal_phone(f"+{found}", region) == found


@examples(100)
@given(written.numbers().flatmap(lambda number: st.tuples(st.just(number), written.international(number))))
def test_a_number_for_abroad_is_its_owners_however_it_is_written(
    number_and_text: tuple[phonenumbers.PhoneNumber, str],
) -> None:
    number, said = number_and_text
    assert normal_phone(said, None) in (written.e164(number), read(f"+{as_typed(said).lstrip('+0')}"), None)
    assert normal_phone(f"+{written.e164(number)}", None) == written.e164(number)


@examples(100)
@given(written.numbers())
def test_a_number_written_for_its_own_country_is_its_owners_or_nobodys(number: phonenumbers.PhoneNumber) -> None:
    own = phonenumbers.region_code_for_number(number)
    said = written.national(number)
    assert normal_phone(said, own) in (written.e164(number), None)
    found = normal_phone(said, None)
    assert found in (written.e164(number), None) or said.isdecimal()


@examples(200)
@given(written.numbers().map(written.e164) | st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True))
def test_the_quick_look_knows_no_number_that_libphonenumber_reads_otherwise(digits: str) -> None:
    assert not is_number(digits) or read(f"+{digits}") == digits
