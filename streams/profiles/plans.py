"""Numbering plans, compiled from what libphonenumber knows of them: digits are read as it reads them, at a glance.

It looks up and tries dozens of patterns for each number, made for whatever may stand in a text; a plan has those that
matter for digits alone, in one. A national number takes 4 µs instead of 22, one that does not exist 10 instead of 79
(`python -m bench stages`).
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata

#: Kinds of numbers of a plan, the commonest first; one of any is a number.
_KINDS = (
    "mobile",
    "fixed_line",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)
_CODE_MAX = 3
#: Digits behind the calling code: with fewer or more it is no number anywhere.
_NATIONAL_MIN, _NATIONAL_MAX = 2, 17
_nothing = re.compile(r"(?!)")


class Number(NamedTuple):
    """A number as it is read: its calling code, and the digits behind it, of which the first may be a zero (Italy)."""

    code: str
    national: str

    @property
    def digits(self) -> str:
        """The two as they are dialled from abroad behind a plus."""
        return self.code + self.national


class Plan(NamedTuple):
    """A calling code, its numbers, and what may be taken away or changed in others."""

    code: str
    numbers: re.Pattern[str]
    prefixes: re.Pattern[str] | None


class Dialling(NamedTuple):
    """How a region dials, and what its numbers look like at all.

    `prefixes` come before national numbers and are taken away, or what they capture is written by `rule`; `abroad`
    comes before the calling codes of others. Lengths are of national numbers; those of `local_lengths` lack the area.
    """

    code: str
    general: re.Pattern[str]
    prefixes: re.Pattern[str] | None
    rule: str | None
    abroad: re.Pattern[str]
    lengths: frozenset[int]
    local_lengths: frozenset[int]
    longest: int

    def is_too_long(self, length: int) -> bool:
        """Whether no number of the region has so many digits or more."""
        return length > self.longest and length not in self.local_lengths


def parse_digits(digits: str, region: str | None) -> Number | None:
    """The number that digits are where they are dialled in a region, or without one, from their calling code on.

    Whether it exists is another question.
    """
    if region is None:
        return _from_abroad(digits)
    here = _dialling_in(region)
    if here is None:
        return None
    abroad = here.abroad.match(digits)
    if abroad is not None and not digits.startswith("0", abroad.end()):
        return _from_abroad(digits[abroad.end() :])
    if digits.startswith(here.code):
        rest = _without_prefix(digits[len(here.code) :], here)
        reads_better = here.general.fullmatch(digits) is None and here.general.fullmatch(rest) is not None
        if reads_better or here.is_too_long(len(digits)):
            return _national(rest, _dialling(here.code))
    return _national(digits, here)


def exists(number: Number) -> bool:
    """Whether a number exists by its plan."""
    plan = plan_of(number.code)
    return plan is not None and plan.numbers.fullmatch(number.national) is not None


def is_possible(number: Number) -> bool:
    """Whether its plan has numbers of this length."""
    length, dialling = len(number.national), _dialling(number.code)
    return length in dialling.lengths and length not in dialling.local_lengths


def plan_of(digits: str) -> Plan | None:
    """The plan of numbers that begin so."""
    return _plan(digits[:_CODE_MAX])


@cache
def _plan(begins: str) -> Plan | None:
    """No calling code begins with another."""
    for length in range(1, _CODE_MAX + 1):
        code = begins[:length]
        if not code.startswith("0") and code in _regions():
            return Plan(code, _numbers(code), _dialling(code).prefixes)
    return None


def _from_abroad(digits: str) -> Number | None:
    plan = plan_of(digits)
    return None if plan is None else _national(digits[len(plan.code) :], _dialling(plan.code))


def _national(digits: str, dialling: Dialling) -> Number | None:
    if len(digits) < _NATIONAL_MIN:
        return None
    bare = _without_prefix(digits, dialling)
    # Where too little is left the prefix was none.
    if len(bare) in dialling.lengths or dialling.is_too_long(len(bare)):
        digits = bare
    return Number(dialling.code, digits) if _NATIONAL_MIN <= len(digits) <= _NATIONAL_MAX else None


def _without_prefix(digits: str, dialling: Dialling) -> str:
    """The digits without the prefix that its own country dials; as they are where they look better with it."""
    prefix = None if dialling.prefixes is None else dialling.prefixes.match(digits)
    if prefix is None:
        return digits
    bare = digits[prefix.end() :]
    if dialling.rule is not None and prefix[prefix.re.groups] is not None:
        bare = prefix.expand(dialling.rule) + bare
    if bare == digits or (dialling.general.fullmatch(digits) is not None and dialling.general.fullmatch(bare) is None):
        return digits
    return bare


@cache
def _regions() -> dict[str, tuple[str, ...]]:
    """Regions by calling code, the main one first."""
    return {str(code): regions for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()}


@cache
def _dialling(code: str) -> Dialling:
    """How the main region of a calling code dials."""
    found = _dialling_of(_metadata(code, _regions()[code][0]))
    if found is None:
        raise LookupError(f"libphonenumber tells nothing of the calling code {code}")
    return found


@cache
def _dialling_in(region: str) -> Dialling | None:
    return _dialling_of(PhoneMetadata.metadata_for_region(region) if region in phonenumbers.SUPPORTED_REGIONS else None)


def _dialling_of(known: PhoneMetadata | None) -> Dialling | None:
    if known is None or (general := known.general_desc) is None:
        return None
    prefix, abroad = known.national_prefix_for_parsing, known.international_prefix
    return Dialling(
        str(known.country_code),
        re.compile(general.national_number_pattern) if general.national_number_pattern else _nothing,
        re.compile(prefix) if prefix else None,
        known.national_prefix_transform_rule or None,
        re.compile(abroad) if abroad else _nothing,
        frozenset(general.possible_length),
        frozenset(general.possible_length_local_only),
        general.possible_length[-1],
    )


def _metadata(code: str, region: str) -> PhoneMetadata | None:
    if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
        return PhoneMetadata.metadata_for_nongeo_region(int(code))
    return PhoneMetadata.metadata_for_region(region)


def _numbers(code: str) -> re.Pattern[str]:
    """The numbers of all regions that share a code; some know theirs by how they begin, and no other has such."""
    found = "(?!)"
    for region in reversed(_regions()[code]):
        known = _metadata(code, region)
        if known is None:
            continue
        own = _numbers_in(known)
        if begins := known.leading_digits:
            found = f"(?={begins})(?:{own})|(?!{begins})(?:{found})"
        else:
            found = f"{own}|{found}"
    return re.compile(found)


def _numbers_in(known: PhoneMetadata) -> str:
    general = known.general_desc
    if general is None or not general.national_number_pattern:
        return "(?!)"
    kinds = [one for kind in _KINDS if (one := getattr(known, kind)) is not None and one.national_number_pattern]
    # The lengths of all numbers are those of the kinds together, so that they are not asked for twice.
    parts = [rf"(?={_lengths(one.possible_length)})(?:{one.national_number_pattern})" for one in kinds]
    return rf"(?=(?:{general.national_number_pattern})\Z)(?:{'|'.join(parts)})"


def _lengths(lengths: Iterable[int]) -> str:
    return "|".join(rf"[0-9]{{{length}}}\Z" for length in lengths if length > 0)
