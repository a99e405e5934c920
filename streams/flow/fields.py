"""Profile fields into Infobip's: standard fields at the top of a person, everything else a custom attribute."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from schemas.jobs import AttributeType
from streams.flow.address import compile_path, encodable

Convert = Callable[[Any], Any]

MAX_STRING = 4096
MAX_NUMBER = 9_223_372_036_854_775_807
MAX_NUMBER_TEXT = 40
#: Characters that Infobip does not take in names.
_FORBIDDEN_IN_NAMES = re.compile(r"[&<>\"/\\\n\r:(){}=;#]")
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Za-z]{2})?")
_GENDERS = {"m": "MALE", "male": "MALE", "f": "FEMALE", "female": "FEMALE"}


class _Unconvertible:
    """The value is not of the type asked for."""

    def __repr__(self) -> str:
        return "UNCONVERTIBLE"


UNCONVERTIBLE: Final = _Unconvertible()


def string(value: Any) -> Any:
    """Text as it is; numbers and truth values as JSON writes them."""
    if isinstance(value, str):
        return value if len(value) <= MAX_STRING and encodable(value) else UNCONVERTIBLE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        number = decimal(value)
        return number if number is UNCONVERTIBLE else orjson.dumps(number).decode()
    return UNCONVERTIBLE


def integer(value: Any) -> Any:
    """A whole number within 64 bits, also where it was written as a float or as text."""
    if isinstance(value, str):
        if len(value) > MAX_NUMBER_TEXT:
            return UNCONVERTIBLE
        try:
            value = int(value)
        except ValueError:
            value = decimal(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_NUMBER:
        return UNCONVERTIBLE
    return value


def decimal(value: Any) -> Any:
    """A finite number within 64 bits, also where it was written as text."""
    if isinstance(value, str):
        if len(value) > MAX_NUMBER_TEXT:
            return UNCONVERTIBLE
        try:
            value = float(value)
        except ValueError:
            return UNCONVERTIBLE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return UNCONVERTIBLE
    if (isinstance(value, float) and not math.isfinite(value)) or abs(value) > MAX_NUMBER:
        return UNCONVERTIBLE
    return value


def boolean(value: Any) -> Any:
    """True or false, also as text in any case, or as 1 and 0."""
    if isinstance(value, str):
        return {"true": True, "false": False, "1": True, "0": False}.get(value.strip().casefold(), UNCONVERTIBLE)
    if isinstance(value, bool) or (isinstance(value, int | float) and value in (0, 1)):
        return bool(value)
    return UNCONVERTIBLE


def day(value: Any) -> Any:
    """A date as `YYYY-MM-DD`, from an ISO 8601 date or time."""
    if not isinstance(value, str):
        return UNCONVERTIBLE
    text = value.strip()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass  # not a date; it may be a time
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return UNCONVERTIBLE


def moment(value: Any) -> Any:
    """A time in UTC as `YYYY-MM-DDTHH:MM:SSZ`, from ISO 8601; one without a zone is taken for UTC."""
    if not isinstance(value, str):
        return UNCONVERTIBLE
    try:
        parsed = datetime.fromisoformat(value.strip())
        parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return UNCONVERTIBLE
    return parsed.strftime("%Y-%m-%dT%H:%M:%SZ") if parsed.year > 999 else UNCONVERTIBLE  # noqa: PLR2004 - four digits


def objects(value: Any) -> Any:
    """A list of flat objects."""
    if not isinstance(value, list):
        return UNCONVERTIBLE
    if all(isinstance(item, dict) and all(_is_simple(part) for part in item.values()) for item in value):
        return value
    return UNCONVERTIBLE


def _is_simple(value: Any) -> bool:
    if isinstance(value, str):
        return encodable(value) and len(value) <= MAX_STRING
    return value is None or isinstance(value, bool) or decimal(value) is not UNCONVERTIBLE


def _text(limit: int, *, name: bool = False) -> Convert:
    def convert(value: Any) -> Any:
        text = string(value)
        if text is UNCONVERTIBLE or len(text) > limit or (name and _FORBIDDEN_IN_NAMES.search(text)):
            return UNCONVERTIBLE
        return text

    return convert


def _gender(value: Any) -> Any:
    return _GENDERS.get(value.strip().casefold(), UNCONVERTIBLE) if isinstance(value, str) else UNCONVERTIBLE


def _language(value: Any) -> Any:
    if not isinstance(value, str):
        return UNCONVERTIBLE
    text = value.strip().replace("_", "-")
    return text if _LANGUAGE.fullmatch(text) else UNCONVERTIBLE


def _picture(value: Any) -> Any:
    text = _text(2083)(value)
    return text if text is not UNCONVERTIBLE and text.startswith(("http://", "https://")) else UNCONVERTIBLE


CONVERSIONS: Mapping[AttributeType, Convert] = {
    "STRING": string,
    "INTEGER": integer,
    "DECIMAL": decimal,
    "BOOLEAN": boolean,
    "DATE": day,
    "DATE_TIME": moment,
    "LIST_OF_OBJECTS": objects,
}

#: The fields at the top of a person, with what they take; names and limits as published for the upsert of people.
STANDARD: Mapping[str, Convert] = {
    "firstName": _text(255, name=True),
    "lastName": _text(255, name=True),
    "middleName": _text(50, name=True),
    "nickName": _text(50, name=True),
    "country": _text(50),
    "city": _text(50),
    "address": _text(256),
    "gender": _gender,
    "birthDate": day,
    "preferredLanguage": _language,
    "profilePicture": _picture,
}


def compile_fields(
    map_fields: Mapping[str, tuple[str, AttributeType | None]], attributes: Mapping[str, AttributeType]
) -> Callable[[Mapping[str, Any]], tuple[dict[str, Any], list[str]]]:
    """What turns a profile into the fields of a person, and names the profile fields it had to leave out.

    `map_fields` goes from profile field to target and type; a custom attribute without a type has the account's, and
    text where the account is not known. Empty and missing values are neither sent nor named.
    """
    spelling = {name.casefold(): name for name in attributes}
    standard, custom = [], []
    for path, (target, kind) in map_fields.items():
        read = compile_path(path)
        if target in STANDARD:
            standard.append((path, read, target, STANDARD[target]))
        else:
            # Infobip tells attributes apart without regard to case, but wants its own spelling.
            name = spelling.get(target.casefold(), target)
            custom.append((path, read, name, CONVERSIONS[kind or attributes.get(name, "STRING")]))

    def convert(profile: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        left_out: list[str] = []
        person = _converted(profile, standard, left_out)
        if custom and (values := _converted(profile, custom, left_out)):
            person["customAttributes"] = values
        return person, left_out

    return convert


def _converted(
    profile: Mapping[str, Any],
    fields: list[tuple[str, Callable[[Mapping[str, Any]], object], str, Convert]],
    left_out: list[str],
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, read, target, convert in fields:
        value = read(profile)
        if value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip()):
            continue
        converted = convert(value)
        if converted is UNCONVERTIBLE:
            left_out.append(path)
        else:
            values[target] = converted
    return values
