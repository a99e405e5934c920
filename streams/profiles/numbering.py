"""What numbering plans of countries know of, as libphonenumber tells of them."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber

_is_e164 = re.compile(r"[1-9][0-9]{6,14}").fullmatch
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
#: Digits that plans had between a country's code and its numbers, and that people go on writing: Mexico's until 2019.
_FORMER = {"52": re.compile(r"52(?:1|01|04[45])(?=[0-9]{10}\Z)")}
_REMEMBERED_MAX = 4096


class Plan(NamedTuple):
    """A calling code, what surely are its numbers, and what libphonenumber may take away or change in others."""

    code: str
    numbers: re.Pattern[str]
    prefixes: re.Pattern[str] | None


def is_number(digits: str) -> bool:
    """Whether these are E.164 digits of a number that exists by its plan and is read as it stands.

    A quick look: it knows nearly all of them, and says no of others that `read` is to be asked about.
    """
    plan = _plan(digits[:_CODE_MAX])
    if plan is None:
        return False
    begins = len(plan.code)
    if plan.numbers.fullmatch(digits, begins) is None:
        return False
    prefix = plan.prefixes.match(digits, begins) if plan.prefixes is not None else None
    return prefix is None or prefix.end() == begins


@lru_cache(_REMEMBERED_MAX)
def read(text: str, region: str | None) -> str | None:
    """The E.164 digits of a number that exists by its plan, as libphonenumber reads it."""
    number = _parse(text, region)
    return _digits(number) if number is not None and phonenumbers.is_valid_number(number) else None


def read_existing(digits: str) -> str | None:
    """The E.164 digits of a number that exists by its plan, from its calling code on."""
    if (found := read(f"+{digits}", None)) is not None:
        return found
    former = _FORMER.get(code := code_of(digits) or "")
    return None if former is None else read(f"+{former.sub(code, digits)}", None)


@lru_cache(_REMEMBERED_MAX)
def read_possible(digits: str) -> str | None:
    """The same of a number that exists by no plan, but is as long as its country's are: plans change."""
    number = _parse(f"+{digits}", None)
    if number is None or (found := _digits(number)) is None or not _may_come(number, found):
        return None
    code = str(number.country_code)
    behind = found[len(code) :]
    # A zero that its country does not know, or one forgotten that belongs to the number (Italy), is a mistake.
    return None if behind.startswith("0") or read(f"+{code}0{behind}", None) is not None else found


def code_of(digits: str) -> str | None:
    """The calling code that a number begins with."""
    plan = _plan(digits[:_CODE_MAX])
    return None if plan is None else plan.code


def calling_code(region: str) -> str:
    """The calling code of a region."""
    return str(phonenumbers.country_code_for_region(region))


def is_mobile(digits: str) -> bool:
    """Whether an existing number is one of mobiles only."""
    number = _parse(f"+{digits}", None)
    return number is not None and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


def _may_come(number: PhoneNumber, digits: str) -> bool:
    """Whether its plan has numbers of this length, and libphonenumber would read its digits as the same again."""
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return False
    again = _parse(f"+{digits}", None)
    return again is not None and _digits(again) == digits


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _digits(number: PhoneNumber) -> str | None:
    digits = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
    return digits if _is_e164(digits) is not None else None


@cache
def _plan(begins: str) -> Plan | None:
    """The plan of numbers that begin so: no calling code begins with another."""
    for length in range(1, _CODE_MAX + 1):
        code = begins[:length]
        if regions := phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code)):
            return _plan_of(code, regions)
    return None


@cache
def _plan_of(code: str, regions: tuple[str, ...]) -> Plan:
    plans = [found for region in regions if (found := _metadata(code, region)) is not None]
    numbers = re.compile("|".join(part for one in plans for part in _patterns(one)))
    prefix = plans[0].national_prefix_for_parsing
    return Plan(code, numbers, None if prefix is None else re.compile(prefix))


def _metadata(code: str, region: str) -> PhoneMetadata | None:
    if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
        return PhoneMetadata.metadata_for_nongeo_region(int(code))
    return PhoneMetadata.metadata_for_region(region)


def _patterns(plan: PhoneMetadata) -> Iterator[str]:
    """The numbers of a region; of those that share a code some know their own by how they begin."""
    begins = f"(?={plan.leading_digits})" if plan.leading_digits else ""
    general = plan.general_desc
    any_kind = "" if general is None else rf"(?=(?:{general.national_number_pattern})\Z)"
    for kind in _KINDS:
        one = getattr(plan, kind)
        if one is not None and one.national_number_pattern:
            lengths = "|".join(rf"[0-9]{{{length}}}\Z" for length in one.possible_length)
            yield rf"{begins}(?={lengths}){any_kind}(?:{one.national_number_pattern})"
