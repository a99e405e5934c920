"""Addresses as people write them: scripts, marks nobody sees, decoration, trunk prefixes, two in one field."""

import phonenumbers
from hypothesis import strategies as st

#: The first digit of some scripts that write their own.
ZEROS = "0\u0660\u06f0\u0966\u09e6\u0e50\uff10\U0001d7ce"
MARKS = "\u00ad\u200b\u200c\u200e\u200f\u202a\u202c\u2060\u2066\u2069\ufe0f\ufeff\u061c\u180e"
BLANKS = ("", " ", "\u00a0", "\u2009", "\u202f", "\u3000", "-", "\u2010", "\u2011", "\u2013", ".", " - ")
KINDS = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.TOLL_FREE,
)
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@st.composite
def numbers(draw: st.DrawFn) -> phonenumbers.PhoneNumber:
    """A number that exists by some country's plan."""
    region = draw(st.sampled_from(REGIONS))
    example = phonenumbers.example_number_for_type(region, draw(st.sampled_from(KINDS)))
    if example is None:
        example = phonenumbers.example_number(region)
    assert example is not None
    digits = e164(example)
    changed = draw(st.text("0123456789", max_size=4))
    other = phonenumbers.parse(f"+{digits[: len(digits) - len(changed)]}{changed}", None)
    return other if phonenumbers.is_valid_number(other) else example


def e164(number: phonenumbers.PhoneNumber) -> str:
    """Its digits from the calling code on."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]


def national(number: phonenumbers.PhoneNumber) -> str:
    """The number as it is written in its own country, decorated."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


@st.composite
def dressed(draw: st.DrawFn, text: str) -> str:
    """The text in another script, with marks that nobody sees."""
    zero = ord(draw(st.sampled_from(ZEROS)))
    made = []
    for character in text:
        made.append(draw(st.sampled_from(["", "", "", *MARKS])))
        made.append(chr(zero + int(character)) if character in "0123456789" else character)
    return "".join([*made, draw(st.sampled_from(["", "\u202c", " ", ","]))])


@st.composite
def spaced(draw: st.DrawFn, digits: str) -> str:
    """Digits in groups of two and more, some of them in brackets."""
    groups, rest = [], digits
    while rest:
        size = draw(st.integers(2, 4))
        group, rest = rest[:size], rest[size:]
        groups.append(f"({group})" if draw(st.integers(0, 5)) == 0 and group != "0" else group)
    return "".join(part for group in groups for part in (group, draw(st.sampled_from(BLANKS)))).rstrip()


@st.composite
def international(draw: st.DrawFn, number: phonenumbers.PhoneNumber) -> str:
    """The number with a plus or 00, perhaps with the zero of its country."""
    code, rest = str(number.country_code), e164(number)[len(str(number.country_code)) :]
    sign = draw(st.sampled_from(["+", "00", "\uff0b", "+ ", "++"]))
    own = phonenumbers.PhoneMetadata.metadata_for_region(
        phonenumbers.region_code_for_country_code(number.country_code or 0)
    )
    prefix = None if own is None else own.national_prefix
    trunk = draw(st.sampled_from(["", "", "(0)", " (0) ", "0"])) if prefix == "0" else ""
    return f"{sign}{code}{draw(st.sampled_from(BLANKS))}{trunk}{draw(spaced(rest))}"


#: Whatever may stand in a field for phones.
phones = (
    numbers().flatmap(international).flatmap(dressed)
    | numbers().flatmap(international)
    | numbers().map(national).flatmap(dressed)
    | numbers().map(e164).flatmap(spaced)
    | numbers().map(e164)
    | numbers().map(lambda number: str(number.national_number))
    | st.text("+0123456789 -()/.", max_size=24)
    | st.tuples(
        numbers().flatmap(international), st.sampled_from([" / ", "/", ", ", ";", " or ", "\n"]), numbers()
    ).map(lambda two: f"{two[0]}{two[1]}{e164(two[2])}")
)

local = st.from_regex(r"[A-Za-z0-9_+-]{1,8}(\.[A-Za-z0-9_']{1,8})?", fullmatch=True).filter(lambda one: one[0] != "'")
domains = st.sampled_from(
    [
        "example.com",
        "Example.CO.uk",
        "b\u00fccher.example",
        "xn--bcher-kva.example",
        "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
    ]
)
around = st.sampled_from(
    [
        ("", ""),
        ("<", ">"),
        ("Ann <", ">"),
        ('"Novak, Ann" <', ">;"),
        ("mailto:", ""),
        ("", "."),
        ("", ","),
        ("\u201c", "\u201d"),
        ("'", "'"),
        (" ", "\t"),
        ("(", ")"),
    ]
)


@st.composite
def emails(draw: st.DrawFn) -> tuple[str, str]:
    """An address as somebody wrote it, and without all that stands around it."""
    bare = f"{draw(local)}@{draw(domains)}"
    wide = draw(st.booleans())
    typed = "".join(chr(ord(one) + 0xFEE0) if wide and "!" <= one <= "~" else one for one in bare)
    typed = typed.replace("'", draw(st.sampled_from(["'", "\u2019"])))
    marked = "".join(draw(st.sampled_from(["", "", "", *MARKS])) + one for one in typed)
    before, behind = draw(around)
    return f"{before}{marked}{behind}", bare
