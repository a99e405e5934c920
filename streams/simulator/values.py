"""The forms that single values must have: standard fields, contacts, and custom attributes by type."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from streams.simulator.answers import Problem
from streams.simulator.model import Attribute

SIMPLE_TYPES = frozenset({"STRING", "DECIMAL", "INTEGER", "BOOLEAN", "DATE", "DATE_TIME"})
DATA_TYPES = SIMPLE_TYPES | {"LIST_OF_OBJECTS"}

EXTERNAL_ID_LIMIT = 256
EMAIL_LIMIT = 255
PHONE_LIMIT = 50
TAG_LIMIT = 256
ATTRIBUTE_NAME_LIMIT = 256
ATTRIBUTE_VALUE_LIMIT = 4096
NUMBER_LIMIT = 9223372036854775807

WRONG_TYPE = 40007
OUT_OF_BOUNDS = 40010
NO_ATTRIBUTE = 40404
NOT_A_DATE = 40407

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
is_email = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?:[^\W\d_]{{2,63}}|xn--[a-z0-9-]{{1,59}})").fullmatch
is_phone = re.compile(r"[1-9][0-9]{4,14}").fullmatch

_BAD_IN_NAMES = re.compile(r'[&<>"/\\\n\r:(){}=;#]').search
_LANGUAGE = re.compile(r"[A-Za-z]{2}(-[A-Za-z]{2})?").fullmatch
_URL = re.compile(r"https?://[^\s/]\S*").fullmatch
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII).fullmatch
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?", re.ASCII).fullmatch

Check = Callable[[Any], str]


def is_date(value: str) -> bool:
    """Say whether a text is a day that exists, as YYYY-MM-DD."""
    return _DATE(value) is not None and _parses(date.fromisoformat, value)


def is_date_time(value: str) -> bool:
    """Say whether a text is a moment that exists, with or without a fraction and a zone."""
    return _DATE_TIME(value) is not None and _parses(datetime.fromisoformat, value)


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True


def _text(limit: int) -> Check:
    too_long = f"Must not exceed {limit} characters"

    def check(value: Any) -> str:
        if type(value) is not str:
            return "Must be a string"
        return too_long if len(value) > limit else ""

    return check


def _name(limit: int) -> Check:
    too_long = f"Must not exceed {limit} characters"

    def check(value: Any) -> str:
        if type(value) is not str:
            return "Must be a string"
        if len(value) > limit:
            return too_long
        return "Contains invalid characters" if _BAD_IN_NAMES(value) else ""

    return check


def _one_of(*words: str) -> Check:
    refusal = f"Must be one of {', '.join(words)}"
    return lambda value: "" if type(value) is str and value in words else refusal


def _formed(test: Callable[[str], Any], refusal: str, limit: int) -> Check:
    return lambda value: "" if type(value) is str and len(value) <= limit and test(value) else refusal


PLAIN: Mapping[str, Check] = {
    "firstName": _name(255),
    "lastName": _name(255),
    "middleName": _name(50),
    "nickName": _name(50),
    "country": _text(50),
    "city": _text(50),
    "address": _text(256),
    "type": _one_of("CUSTOMER", "LEAD"),
    "gender": _one_of("MALE", "FEMALE"),
    "birthDate": _formed(is_date, "Date must have the format YYYY-MM-DD", 10),
    "preferredLanguage": _formed(_LANGUAGE, "Language must have the format xx or xx-YY", 5),
    "profilePicture": _formed(_URL, "URL is invalid", 2083),
}


def check_custom(custom: Mapping[str, Any], attributes: Mapping[str, Attribute]) -> list[Problem]:
    """Return what is wrong with the custom attributes of one person."""
    problems: list[Problem] = []
    for name, value in custom.items():
        attribute = attributes.get(name)
        if attribute is None:
            problems.append(Problem(f"customAttributes.{name}", "Custom attribute does not exist", NO_ATTRIBUTE))
        elif value is None:
            continue
        elif attribute.object_schema is None:
            message, code = _SIMPLE[attribute.data_type](value)
            if message:
                problems.append(Problem(f"customAttributes.{name}", message, code))
        else:
            problems += _check_list(attribute.object_schema, value, f"customAttributes.{name}")
    return problems


def _check_list(schema: Mapping[str, str], value: Any, path: str) -> list[Problem]:
    if type(value) is not list:
        return [Problem(path, "Value must be a list of objects", WRONG_TYPE)]
    problems: list[Problem] = []
    for index, entry in enumerate(value):
        problems += _check_entry(schema, entry, f"{path}[{index}]")
    return problems


def _check_entry(schema: Mapping[str, str], entry: Any, path: str) -> list[Problem]:
    if type(entry) is not dict:
        return [Problem(path, "Value must be an object", WRONG_TYPE)]
    problems: list[Problem] = []
    for name, value in entry.items():
        if name not in schema:
            problems.append(Problem(f"{path}.{name}", "Field is not in the object schema", NO_ATTRIBUTE))
        elif value is not None:
            message, code = _SIMPLE[schema[name]](value)
            problems.extend([Problem(f"{path}.{name}", message, code)] if message else [])
    return problems


def check_definition(body: Any) -> list[Problem]:
    """Return what is wrong with the definition of a custom attribute."""
    if type(body) is not dict:
        return [Problem("", "Must be an object")]
    name, data_type, schema = body.get("name"), body.get("dataType"), body.get("objectSchema")
    problems: list[Problem] = []
    if type(name) is not str or not 0 < len(name) <= ATTRIBUTE_NAME_LIMIT or not set("{}[]").isdisjoint(name):
        problems.append(Problem("name", f"Must be a string of 1 to {ATTRIBUTE_NAME_LIMIT} characters without {{}}[]"))
    if type(data_type) is not str or data_type not in DATA_TYPES:
        problems.append(Problem("dataType", f"Must be one of {', '.join(sorted(DATA_TYPES))}"))
    if data_type == "LIST_OF_OBJECTS":
        if type(schema) is not dict or not schema or not all(kind in SIMPLE_TYPES for kind in schema.values()):
            problems.append(Problem("objectSchema", "Must give a simple type for each field"))
    elif schema is not None:
        problems.append(Problem("objectSchema", "Only LIST_OF_OBJECTS has an object schema"))
    problems += [Problem(each, "Unknown property") for each in body.keys() - {"name", "dataType", "objectSchema"}]
    return problems


Verdict = tuple[str, int]
_FINE: Verdict = ("", 0)


def _check_string(value: Any) -> Verdict:
    if type(value) is not str:
        return "Value must be a string", WRONG_TYPE
    if len(value) > ATTRIBUTE_VALUE_LIMIT:
        return f"Must not exceed {ATTRIBUTE_VALUE_LIMIT} characters", OUT_OF_BOUNDS
    return _FINE


def _check_integer(value: Any) -> Verdict:
    if type(value) is not int:
        return "Value must be an integer", WRONG_TYPE
    return _FINE if -NUMBER_LIMIT <= value <= NUMBER_LIMIT else ("Value is out of bounds", OUT_OF_BOUNDS)


def _check_decimal(value: Any) -> Verdict:
    if type(value) is not int and type(value) is not float:
        return "Value must be a decimal", WRONG_TYPE
    return _FINE if -NUMBER_LIMIT <= value <= NUMBER_LIMIT else ("Value is out of bounds", OUT_OF_BOUNDS)


def _check_boolean(value: Any) -> Verdict:
    return _FINE if type(value) is bool else ("Value must be a boolean", WRONG_TYPE)


def _check_date(value: Any) -> Verdict:
    if type(value) is not str:
        return "Value must be a date", WRONG_TYPE
    return _FINE if is_date(value) else ("Date must have the format YYYY-MM-DD", NOT_A_DATE)


def _check_date_time(value: Any) -> Verdict:
    if type(value) is not str:
        return "Value must be a date and time", WRONG_TYPE
    return _FINE if is_date_time(value) else ("Date and time must have the format yyyy-MM-dd'T'HH:mm:ss", NOT_A_DATE)


_SIMPLE: Mapping[str, Callable[[Any], Verdict]] = {
    "STRING": _check_string,
    "INTEGER": _check_integer,
    "DECIMAL": _check_decimal,
    "BOOLEAN": _check_boolean,
    "DATE": _check_date,
    "DATE_TIME": _check_date_time,
}
