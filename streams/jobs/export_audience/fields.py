"""Profile fields into Infobip's: standard fields at the top of a person, everything else a custom attribute."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from schemas.jobs.export_audience import AttributeType
from schemas.text.blanks import BLANKS, is_blank, is_empty, stripped
from streams.exact_json import Digits, float_text
from streams.profiles.address import compile_dots, encodable

Convert = Callable[[Any], Any]

STRING_MAX = 4096
#: Objects in a list: more would be no attribute of a person.
OBJECTS_MAX = 1000
NUMBER_MAX = 9_223_372_036_854_775_807
#: More than programs write that give a float to its last digit.
NUMBER_TEXT_MAX = 400
#: What JSON has for numbers, asked for by exact type: truth values are of another, and it costs half of `isinstance`.
_NUMBERS = (int, float)
#: The integers that JSON readers and writers keep whole.
_BITS_OF_JSON = 64
#: As people write numbers: not `1_000`, `inf` or digits of other scripts, which Python reads too.
_is_number = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?").fullmatch
#: A date with the year first, whose month and day nobody takes for each other; anything may follow, such as a time.
_year_first = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])").match
#: Python takes any character between a date and a time.
_is_moment = re.compile(r"[0-9W-]{8,10}(?:[T ][0-9][0-9:.,Z+-]*)?").fullmatch
_is_as_sent = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z").fullmatch
#: Characters that Infobip does not take in names.
_forbidden_in_names = re.compile(r"[&<>\"/\\\n\r:(){}=;#]").search
_is_language = re.compile(r"[a-z]{2}(-[A-Za-z]{2})?").fullmatch
_is_web_address = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE).fullmatch
_BEGINNING_OF_LANGUAGE = 2
_TO_THE_SECOND = len("YYYY-MM-DDTHH:MM:SS")
_TRUTHS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
}
_GENDERS = {"m": "MALE", "male": "MALE", "f": "FEMALE", "female": "FEMALE"}


class _Unconvertible:
    """The value is not of the type asked for."""

    def __repr__(self) -> str:
        return "UNCONVERTIBLE"


UNCONVERTIBLE: Final = _Unconvertible()


def string(value: Any) -> Any:
    """Text as it is; numbers and truth values as JSON writes them."""
    if isinstance(value, str):
        return value if len(value) <= STRING_MAX and (value.isascii() or encodable(value)) else UNCONVERTIBLE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _BITS_OF_JSON else UNCONVERTIBLE
    if isinstance(value, float) and math.isfinite(value):
        return float_text(value)
    return UNCONVERTIBLE


def integer(value: Any) -> Any:
    """A whole number within 64 bits, also where it was written as a float or as text."""
    if isinstance(value, str):
        number = _written(value, fractions=False)
    else:
        number = int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(number, int) and not isinstance(number, bool) and -NUMBER_MAX <= number <= NUMBER_MAX:
        return number
    return UNCONVERTIBLE


def decimal(value: Any) -> Any:
    """A finite number within 64 bits, also where it was written as text."""
    number: Any = _written(value) if isinstance(value, str) else value
    # A comparison with NaN is false, so this leaves it out too.
    return number if type(number) in _NUMBERS and abs(number) <= NUMBER_MAX else UNCONVERTIBLE


def _written(text: str, *, fractions: bool = True) -> int | float | None:
    """The number that a text says, to the last digit where it is whole; else, with `fractions`, the nearest float."""
    text = stripped(text)
    if len(text) > NUMBER_TEXT_MAX or _is_number(text) is None:
        return None
    numerator, denominator = Decimal(text).as_integer_ratio()
    if denominator == 1:
        return numerator
    return float(text) if fractions else None


def boolean(value: Any) -> Any:
    """True or false, also as text in any case (yes and no, on and off, and their initials), or as 1 and 0."""
    if isinstance(value, str):
        return _TRUTHS.get(stripped(value).casefold(), UNCONVERTIBLE)
    if isinstance(value, bool) or (isinstance(value, int | float) and value in (0, 1)):
        return bool(value)
    return UNCONVERTIBLE


def day(value: Any) -> Any:
    """A date as `YYYY-MM-DD`, from an ISO 8601 date or time; of a time, the day that is written there.

    1990/1/31 is taken, too. 31/01/1990 is not, for it might be another day, and neither are numbers.
    """
    if not isinstance(value, str):
        return UNCONVERTIBLE
    try:
        return date.fromisoformat(stripped(value)).isoformat()
    except ValueError:
        said = _moment(value)
    return UNCONVERTIBLE if said is None else said.date().isoformat()


def moment(value: Any) -> Any:
    """A time in UTC as `YYYY-MM-DDTHH:MM:SSZ`, from ISO 8601.

    A time without a zone is taken for UTC, a date for its midnight; fractions of seconds are dropped. Numbers are not
    taken: nothing says whether they count seconds or milliseconds.
    """
    if not isinstance(value, str):
        return UNCONVERTIBLE
    said = _moment(value)
    if said is None:
        return UNCONVERTIBLE
    if _is_as_sent(value) is not None:
        return value
    if said.tzinfo is not None and said.tzinfo is not UTC:
        try:
            said = said.astimezone(UTC)
        except OverflowError:
            return UNCONVERTIBLE
    return f"{said.isoformat()[:_TO_THE_SECOND]}Z"


def _moment(text: str) -> datetime | None:
    written = stripped(text).upper()
    if (said := _iso(written)) is not None:
        return said
    # Not as the standard has it, but without doubt.
    written = written.removesuffix("UTC").rstrip()
    day = _year_first(written)
    return None if day is None else _iso(f"{day[1]}-{day[3]:0>2}-{day[4]:0>2}{written[day.end() :]}")


def _iso(written: str) -> datetime | None:
    if _is_moment(written) is None:
        return None
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None


def objects(value: Any) -> Any:
    """A list of flat objects."""
    if not isinstance(value, list) or len(value) > OBJECTS_MAX:
        return UNCONVERTIBLE
    if not all(isinstance(item, dict) and _is_flat(item) for item in value):
        return UNCONVERTIBLE
    return [{name: _as_number(part) for name, part in item.items()} for item in value]


def _as_number(part: Any) -> Any:
    return decimal(part) if isinstance(part, Digits) else part


def _is_flat(item: dict[Any, Any]) -> bool:
    return all(isinstance(name, str) and encodable(name) and _is_simple(part) for name, part in item.items())


def objects_of(schema: Mapping[str, AttributeType]) -> Convert:
    """What converts a list of objects whose fields have the types of `schema`; any other field makes it unusable."""
    conversions = {name: CONVERSIONS[kind] for name, kind in schema.items()}

    def convert(value: Any) -> Any:
        if not isinstance(value, list) or len(value) > OBJECTS_MAX:
            return UNCONVERTIBLE
        items = [_item(item, conversions) for item in value]
        return UNCONVERTIBLE if UNCONVERTIBLE in items else items

    return convert


def _item(item: Any, conversions: Mapping[str, Convert]) -> Any:
    if not isinstance(item, dict) or not item.keys() <= conversions.keys():
        return UNCONVERTIBLE
    converted = {name: conversions[name](part) for name, part in item.items() if not is_empty(part)}
    return UNCONVERTIBLE if UNCONVERTIBLE in converted.values() else converted


def _is_simple(value: Any) -> bool:
    if isinstance(value, str) and not isinstance(value, Digits):
        return encodable(value) and len(value) <= STRING_MAX
    return value is None or isinstance(value, bool) or decimal(value) is not UNCONVERTIBLE


def _text(limit: int, *, name: bool = False) -> Convert:
    def convert(value: Any) -> Any:
        # As most names are: letters are neither stripped nor forbidden, nor halves of a surrogate pair.
        if type(value) is str and value.isalpha() and len(value) <= limit:
            return value
        text = stripped(value) if isinstance(value, str) else string(value)
        if text is UNCONVERTIBLE or len(text) > limit or not encodable(text):
            return UNCONVERTIBLE
        return UNCONVERTIBLE if name and _forbidden_in_names(text) is not None else text

    return convert


def _gender(value: Any) -> Any:
    return _GENDERS.get(stripped(value).casefold(), UNCONVERTIBLE) if isinstance(value, str) else UNCONVERTIBLE


def _language(value: Any) -> Any:
    if not isinstance(value, str):
        return UNCONVERTIBLE
    text = stripped(value).replace("_", "-")
    text = text[:_BEGINNING_OF_LANGUAGE].lower() + text[_BEGINNING_OF_LANGUAGE:]
    return text if _is_language(text) is not None else UNCONVERTIBLE


def _picture(value: Any) -> Any:
    text = _url(value)
    return text if text is not UNCONVERTIBLE and _is_web_address(text) is not None else UNCONVERTIBLE


_url = _text(2083)

CONVERSIONS: Mapping[AttributeType, Convert] = {
    "STRING": string,
    "INTEGER": integer,
    "DECIMAL": decimal,
    "BOOLEAN": boolean,
    "DATE": day,
    "DATE_TIME": moment,
    "LIST_OF_OBJECTS": objects,
}

#: How long texts at the top of a person may be, as published for the upsert of people: first the names.
_NAMES: Mapping[str, int] = {"firstName": 255, "lastName": 255, "middleName": 50, "nickName": 50}
_TEXTS: Mapping[str, int] = {"country": 50, "city": 50, "address": 256}
#: The fields at the top of a person, with what they take; names as published there.
STANDARD: Mapping[str, Convert] = {
    **{name: _text(limit, name=True) for name, limit in _NAMES.items()},
    **{name: _text(limit) for name, limit in _TEXTS.items()},
    "gender": _gender,
    "birthDate": day,
    "preferredLanguage": _language,
    "profilePicture": _picture,
}


class Field(NamedTuple):
    """One field of a profile: its path, what reads that where it has dots, and its name and form in a person."""

    path: str
    reach: Callable[[Mapping[str, Any]], object] | None
    name: str
    convert: Convert
    held_as: AttributeType | None
    is_custom: bool

    @property
    def letters_max(self) -> int:
        """Up to how many letters a text of nothing else is taken as it is; 0 where it may not be."""
        if self.is_custom:
            return STRING_MAX if self.held_as == "STRING" else 0
        return {**_NAMES, **_TEXTS}.get(self.name, 0)


def fields_of(
    map_fields: Mapping[str, tuple[str, AttributeType | None]],
    attributes: Mapping[str, AttributeType],
    schemas: Mapping[str, Mapping[str, AttributeType]] | None = None,
) -> list[Field]:
    """What of a profile goes where in a person: first into standard fields, then into custom attributes.

    `map_fields` goes from profile field to target and type; a custom attribute without a type has the account's, and
    text where the account is not known. `schemas` holds what the account says of the objects of its lists.
    """
    schemas = schemas or {}
    spelling = {name.casefold(): name for name in attributes}
    standard, custom = [], []
    for path, (target, kind) in map_fields.items():
        reach = compile_dots(path)
        if target in STANDARD:
            standard.append(Field(path, reach, target, STANDARD[target], None, is_custom=False))
        else:
            # Infobip tells attributes apart without regard to case, but wants its own spelling.
            name = spelling.get(target.casefold(), target)
            held_as = kind or attributes.get(name, "STRING")
            by_schema = held_as == "LIST_OF_OBJECTS" and name in schemas
            convert = objects_of(schemas[name]) if by_schema else CONVERSIONS[held_as]
            custom.append(Field(path, reach, name, convert, held_as, is_custom=True))
    return [*standard, *custom]


def compile_fields(
    map_fields: Mapping[str, tuple[str, AttributeType | None]],
    attributes: Mapping[str, AttributeType],
    schemas: Mapping[str, Mapping[str, AttributeType]] | None = None,
) -> Callable[[Mapping[str, Any]], tuple[dict[str, Any], list[str]]]:
    """What turns a profile into the fields of a person, and names the profile fields it had to leave out.

    They are those of `fields_of`. Empty and missing values are neither sent nor named.
    """
    fields = fields_of(map_fields, attributes, schemas)

    def convert(profile: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        person: dict[str, Any] = {}
        custom_attributes: dict[str, Any] = {}
        left_out: list[str] = []
        for path, reach, name, convert_one, _, is_custom in fields:
            value: Any = profile.get(path) if reach is None else reach(profile)
            # This runs for every field of every event, so `is_empty` is called for the few that may be.
            if (type(value) is str and value[:1] in BLANKS and is_blank(value)) or (not value and is_empty(value)):
                continue
            converted = convert_one(value)
            if converted is UNCONVERTIBLE:
                left_out.append(path)
            elif is_custom:
                custom_attributes[name] = converted
            else:
                person[name] = converted
        if custom_attributes:
            person["customAttributes"] = custom_attributes
        return person, left_out

    return convert
