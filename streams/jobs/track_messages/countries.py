"""Whether a number's country reports anything."""

from collections.abc import Callable, Collection
from functools import lru_cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneNumber

from streams.profiles.numbering import code_of

_REMEMBERED_MAX = 4096


def silence(countries: Collection[str]) -> Callable[[str], bool]:
    """What says whether a number, in E.164 digits, is of one of these countries (ISO 3166)."""
    silent = frozenset(countries)

    def is_silent(digits: str) -> bool:
        code = code_of(digits) if digits.isascii() and digits.isdecimal() else None
        if code is None:
            return False
        there = silent.intersection(COUNTRY_CODE_TO_REGION_CODE[int(code)])
        if len(there) in {0, len(COUNTRY_CODE_TO_REGION_CODE[int(code)])}:
            return bool(there)
        return _region_of(code, digits) in there

    return is_silent


@lru_cache(_REMEMBERED_MAX)
def _region_of(code: str, digits: str) -> str | None:
    """The one of several regions that share a code: North America's, or the French Antilles."""
    if not (national := digits[len(code) :]):
        return None
    return phonenumbers.region_code_for_number(PhoneNumber(int(code), int(national)))
