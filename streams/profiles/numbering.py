"""What numbering plans of countries know of, as libphonenumber tells of them."""

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

import phonenumbers

from streams.profiles.plans import Number, Plan, exists, is_possible, parse_digits, plan_of

_is_e164 = re.compile(r"[1-9][0-9]{6,14}").fullmatch
#: Digits that plans had between a country's code and its numbers, and that people go on writing: Mexico's until 2019.
_FORMER = {"52": re.compile(r"52(?:1|01|04[45])(?=[0-9]{10}\Z)")}
_REMEMBERED_MAX = 4096
#: Of E.164 digits behind a plus: how long they are with it, and how many tell a calling code.
_E164_MIN, _E164_MAX = 8, 16
_BEGINS = 4


def is_number(digits: str) -> bool:
    """Whether these are E.164 digits of a number that exists by its plan and is read as it stands.

    A quick look: it knows nearly all of them, and says no of others that `read` is to be asked about.
    """
    return is_plus_number(f"+{digits}")


def is_plus_number(text: str) -> bool:
    """The same of a text, which is to be such digits behind a plus."""
    plan = _plan_behind_plus(text[:_BEGINS])
    # What is not digits is no number of any plan.
    return plan is not None and _E164_MIN <= len(text) <= _E164_MAX and bool(plan(text))


def plus_numbers(texts: Iterable[object]) -> list[str | None]:
    """Of each text that is a number by `is_plus_number`, its digits; the same in two thirds of the time."""
    return [
        text[1:]
        if type(text) is str
        and _E164_MIN <= len(text) <= _E164_MAX
        and (plan := _plan_behind_plus(text[:_BEGINS])) is not None
        and plan(text)
        else None
        for text in texts
    ]


@lru_cache(_REMEMBERED_MAX)
def _plan_behind_plus(begins: str) -> Callable[[str], object] | None:
    """What finds the numbers of the plan of those that begin so, but for such as lose or change their first digits."""
    plan = plan_of(begins[1:]) if begins.startswith("+") else None
    return None if plan is None else _standing(plan)


@cache
def _standing(plan: Plan) -> Callable[[str], object]:
    code, numbers, prefixes = plan
    if prefixes is None or prefixes.match("") is None:
        before = "" if prefixes is None else f"(?!{prefixes.pattern})"
        return re.compile(rf"\+{code}{before}(?:{numbers.pattern})").fullmatch
    # A prefix may be nothing, too: then it takes nothing away, and only then.
    begins, number_of, prefix_of = 1 + len(code), numbers.fullmatch, prefixes.match

    def found(text: str) -> bool:
        if number_of(text, begins) is None:
            return False
        prefix = prefix_of(text, begins)
        return prefix is None or prefix.end() == begins

    return found


def read(digits: str, region: str | None) -> str | None:
    """The E.164 digits of a number that exists by its plan, as libphonenumber reads it.

    With a region the digits are as they are dialled there; without one they begin with a calling code.
    """
    number = parse_digits(digits, region)
    return _digits(number) if number is not None and exists(number) else None


def read_existing(digits: str) -> str | None:
    """The E.164 digits of a number that exists by its plan, from its calling code on."""
    if (found := read(digits, None)) is not None:
        return found
    former = _FORMER.get(code := code_of(digits) or "")
    return None if former is None else read(former.sub(code, digits), None)


def read_possible(digits: str) -> str | None:
    """The same of a number that exists by no plan, but is as long as its country's are: plans change."""
    number = parse_digits(digits, None)
    if number is None or (found := _digits(number)) is None or not is_possible(number):
        return None
    code, behind = number
    # A zero that its country does not know, or one forgotten that belongs to the number (Italy), is a mistake.
    if behind.startswith("0") or read(f"{code}0{behind}", None) is not None:
        return None
    return found if parse_digits(found, None) == number else None


def code_of(digits: str) -> str | None:
    """The calling code that a number begins with."""
    plan = plan_of(digits)
    return None if plan is None else plan.code


def calling_code(region: str) -> str:
    """The calling code of a region."""
    return str(phonenumbers.country_code_for_region(region))


@lru_cache(_REMEMBERED_MAX)
def is_mobile(digits: str) -> bool:
    """Whether an existing number is one of mobiles only."""
    number = phonenumbers.parse(f"+{digits}", None)
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


def _digits(number: Number) -> str | None:
    digits = number.digits
    return digits if _is_e164(digits) is not None else None
