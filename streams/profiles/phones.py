"""A phone number as somebody wrote it, read as libphonenumber reads it; nobody's number is made anybody else's."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from streams.profiles.marks import without_unseen
from streams.profiles.numbering import (
    calling_code,
    code_of,
    is_mobile,
    is_number,
    is_plus_number,
    plus_numbers,
    read,
    read_existing,
    read_possible,
)

_is_e164 = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
#: Digits without a sign are a whole number where they are so many: fewer are one of somebody's country, too, nearly
#: everywhere (4792011234 is of Arkansas and, behind +47, of Norway).
_is_bare = re.compile(r"[1-9][0-9]{10,14}").fullmatch
_is_national = re.compile(r"[0-9]{3,20}").fullmatch
#: A number that went through a column of floats.
_is_float = re.compile(r"(\+?[1-9][0-9]{6,14})\.0").fullmatch
#: Whose calling code stands by itself is written for abroad, though without a plus, unless it may be an area code:
#: national numbers of twelve digits there are none, and no area code has one digit and ten behind it.
_stands_alone = re.compile(r"([1-9][0-9]{0,2})[ .-]").match
_SURELY_WHOLE = 12
#: A zero that is not dialled from abroad; in Italy it is.
_trunk_zero = re.compile(r"\(\s*0\s*\)")
_decoration = re.compile(r"[ .()\[\]/~-]")
_LIKE_A_BLANK = "\t\u3000"
_LIKE_A_DASH = "\u2212\u30fc\u2053\u223c\uff5e\u00b7"
_LIKE_ASCII = str.maketrans("\uff0b\ufe62\uff0f\uff08\uff09\uff3b\uff3d\uff0e", "++/()[].")
#: What spreadsheets put before numbers, and lists behind them.
_ENDS = " \t\r\n'\"\u2018\u2019\u201c\u201d.,;"
_URI = "tel:"
_WRITTEN_MAX = 80
_DIGITS_OF_A_NUMBER = 15
_REMEMBERED_MAX = 4096


def normal_phone(value: object, region: str | None) -> str | None:
    """The number in E.164 digits without plus; None where it is not one.

    With `+` or `00` a number is international: it is what libphonenumber reads; one that exists by no plan stays as
    long as its country has numbers of that length. Any other is national, and needs a `region` (ISO 3166, such as
    `DE`), but for eleven digits or more, as Infobip itself writes numbers: those are international where such a number
    exists. Extensions, letters and a second number make it unusable.
    """
    if isinstance(value, str):
        if is_plus_number(value):
            return value[1:]
        if _is_e164(value) is not None:
            return _international(value[1:])
        return _written(value, region) if len(value) <= _WRITTEN_MAX else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**_DIGITS_OF_A_NUMBER:
        return _plain(str(value), region)
    return None


def normal_phones(values: Sequence[object], region: str | None) -> list[str | None]:
    """The same of many: most are whole numbers behind a plus, which are looked at without a call for each."""
    found = plus_numbers(values)
    if None not in found:
        return found
    return [normal_phone(value, region) if one is None else one for value, one in zip(values, found, strict=True)]


def _written(value: str, region: str | None) -> str | None:
    text = as_typed(value)
    if text.isdecimal():
        return _double_zero(text, region) if text.startswith("00") else _plain(text, region)
    if any(_is_whole(text[: slash.start()], region) for slash in re.finditer("/", text)):
        return None  # two numbers in one field
    return _one(text, region)


def as_typed(value: str) -> str:
    """The text in ASCII where it can be: digits of all scripts, full-width signs, any blank and dash."""
    text = without_unseen(value).strip(_ENDS)
    text = text[len(_URI) :] if text[: len(_URI)].lower() == _URI else text
    if not text.isascii():
        text = "".join(map(_like_ascii, text.translate(_LIKE_ASCII)))
    text = text.replace("\t", " ")
    return text if (number := _is_float(text)) is None else number[1]


@lru_cache(_REMEMBERED_MAX)
def _like_ascii(character: str) -> str:
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category == "Zs" or character in _LIKE_A_BLANK:
        return " "
    return "-" if category == "Pd" or character in _LIKE_A_DASH else character


def _one(text: str, region: str | None) -> str | None:
    """A number that was decorated, or has a plus."""
    if _trunk_zero.search(text) is None:
        return _undecorated(text, region)
    # Whether the zero is dialled from abroad shows in which of the two exists; where both do nobody knows.
    for lasting in (False, True):
        both = {_undecorated(one, region, lasting=lasting) for one in (text, _trunk_zero.sub("", text))} - {None}
        if both:
            return both.pop() if len(both) == 1 else None
    return None


def _undecorated(text: str, region: str | None, *, lasting: bool = True) -> str | None:
    digits = _decoration.sub("", text)
    if digits.startswith("+"):
        return _international(digits.lstrip("+"), lasting=lasting)
    if not digits.isdecimal():
        return None
    if digits.startswith("00"):
        return _double_zero(digits, region)
    alone = _stands_alone(text)
    whole = None
    if alone is not None and alone[1] == code_of(digits) and (len(alone[1]) == 1 or len(digits) >= _SURELY_WHOLE):
        whole = _whole(digits)
    return whole if region is None else _of_both(_national(digits, region), whole, region)


def _plain(digits: str, region: str | None) -> str | None:
    """Digits and nothing else."""
    return _whole(digits) if region is None else _of_both(_national(digits, region), _whole(digits), region)


def _of_both(national: str | None, whole: str | None, region: str) -> str | None:
    """What is meant, where digits may be a national number of a region, or one of any country from its code on.

    Some plans leave so much room that nearly all foreign numbers are landlines of theirs: 4915123456789 in Germany.
    """
    if national is None or whole is None or national == whole:
        return national or whole
    if len(whole) >= _SURELY_WHOLE or whole.startswith(calling_code(region)):
        return whole
    return national if is_mobile(national) else None


def _double_zero(digits: str, region: str | None) -> str | None:
    """A number after 00, which is dialled for abroad nearly everywhere; not where other prefixes begin so, too."""
    there, here = _international(digits[2:]), None if region is None else _national(digits, region)
    return there or here if None in (there, here) or there == here else None


def _international(digits: str, *, lasting: bool = True) -> str | None:
    """A number from its calling code on; if it is `lasting`, also one that exists by no plan yet, or any more."""
    if not digits.isdecimal():
        return None
    found = digits if _is_e164(f"+{digits}") and is_number(digits) else read_existing(digits)
    return found or (read_possible(digits) if lasting else None)


def _national(digits: str, region: str) -> str | None:
    return read(digits, region) if _is_national(digits) is not None else None


def _whole(digits: str) -> str | None:
    """Digits that are international without a sign of it."""
    if _is_bare(digits) is None:
        return None
    return digits if is_number(digits) else read_existing(digits)


def _is_whole(text: str, region: str | None) -> bool:
    """Whether the beginning of a text is a number by itself."""
    digits = _decoration.sub("", text)
    digits = digits.removeprefix("+") if digits.startswith("+") else digits.removeprefix("00")
    if not digits.isdecimal():
        return False
    return read_existing(digits) is not None or (region is not None and _national(digits, region) is not None)
