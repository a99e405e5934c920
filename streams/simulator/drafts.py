"""From a person in a request, v2 or v3, to a checked draft: what it says, and all that is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import phonenumbers

from streams.simulator.answers import Problem
from streams.simulator.model import Attribute, Draft
from streams.simulator.options import SimulatorOptions
from streams.simulator.values import (
    EMAIL_LIMIT,
    EXTERNAL_ID_LIMIT,
    PHONE_LIMIT,
    PLAIN,
    TAG_LIMIT,
    check_custom,
    is_email,
    is_phone,
)

UNKNOWN_PROPERTY = 40015
NON_MANAGED_CONTACT = 40013

_STRUCTURED = frozenset({"externalId", "tags", "contactInformation", "customAttributes"})
_READ_ONLY_V3 = frozenset(
    {"id", "computedAttributes", "createdFrom", "createdBy", "createdAt", "modifiedFrom", "modifiedBy", "modifiedAt"}
)
_READ_ONLY_V2 = frozenset(
    {"id", "computedAttributes", "createdAt", "modifiedAt", "origin", "modifiedFrom", "integrations"}
)
_CONTACT_KEYS_V3 = frozenset({"type", "identifier", "sender", "primary"})
_USUAL_CONTACT_KEYS = 2  # type and identifier


@dataclass(frozen=True, slots=True)
class Rules:
    """What persons are checked against: the account's custom attributes and the switches."""

    attributes: Mapping[str, Attribute]
    options: SimulatorOptions


def read_v3(item: Any, rules: Rules) -> tuple[Draft, list[Problem]]:
    """Read one item of `persons` of a v3 upsert."""
    if type(item) is not dict:
        return _EMPTY, [Problem("", "Must be an object")]
    problems: list[Problem] = []
    plain = _read_plain(item, _READ_ONLY_V3, rules, problems)
    contacts = item.get("contactInformation")
    emails: list[str] = []
    phones: list[str] = []
    primaries = frozenset[str]()
    if contacts is not None:
        if type(contacts) is list:
            primaries = _read_contacts_v3(contacts, rules, emails, phones, problems)
        else:
            problems.append(Problem("contactInformation", "Must be an array"))
    return _finish(item, rules, problems, plain, (emails, phones, primaries)), problems


def read_v2(item: Any, rules: Rules) -> tuple[Draft, list[Problem]]:
    """Read the body of a v2 create or update of one person."""
    if type(item) is not dict:
        return _EMPTY, [Problem("", "Must be an object")]
    problems: list[Problem] = []
    plain = _read_plain(item, _READ_ONLY_V2, rules, problems)
    if "nickName" in plain:
        problems.append(Problem("nickName", "Unknown property", UNKNOWN_PROPERTY))
    emails: list[str] = []
    phones: list[str] = []
    contacts = item.get("contactInformation")
    if contacts is not None:
        if type(contacts) is dict:
            _read_contacts_v2(contacts, rules, emails, phones, problems)
        else:
            problems.append(Problem("contactInformation", "Must be an object"))
    return _finish(item, rules, problems, plain, (emails, phones, frozenset())), problems


_EMPTY = Draft(None, {}, {}, [], [], [])


def _read_plain(
    item: Mapping[str, Any], read_only: frozenset[str], rules: Rules, problems: list[Problem]
) -> dict[str, str | None]:
    plain: dict[str, str | None] = {}
    for name, value in item.items():
        check = PLAIN.get(name)
        if check is not None:
            if value is None:
                if rules.options.null_values == "clear":
                    plain[name] = None
                continue
            if message := check(value):
                problems.append(Problem(name, message))
            plain[name] = value
        elif name in _STRUCTURED:
            continue
        elif name in read_only:
            if rules.options.read_only_properties == "reject":
                problems.append(Problem(name, "Property is read-only", UNKNOWN_PROPERTY))
        else:
            problems.append(Problem(name, "Unknown property", UNKNOWN_PROPERTY))
    return plain


def _finish(
    item: Mapping[str, Any],
    rules: Rules,
    problems: list[Problem],
    plain: dict[str, str | None],
    contacts: tuple[list[str], list[str], frozenset[str]],
) -> Draft:
    external_id = item.get("externalId")
    if external_id is not None and (type(external_id) is not str or not 0 < len(external_id) <= EXTERNAL_ID_LIMIT):
        problems.append(Problem("externalId", f"Must be a string of 1 to {EXTERNAL_ID_LIMIT} characters"))
    tags = item.get("tags")
    if tags is not None:
        problems.extend(_check_tags(tags))
    custom = item.get("customAttributes")
    if custom is not None:
        if type(custom) is dict:
            problems += check_custom(custom, rules.attributes)
            if None in custom.values() and rules.options.null_values == "keep":
                custom = {name: value for name, value in custom.items() if value is not None}
        else:
            problems.append(Problem("customAttributes", "Must be an object"))
    return Draft(external_id, plain, custom or {}, tags or [], *contacts)


def _check_tags(tags: Any) -> list[Problem]:
    if type(tags) is not list:
        return [Problem("tags", "Must be an array")]
    problems = [
        Problem(f"tags[{index}]", f"Must be a string of 1 to {TAG_LIMIT} characters")
        for index, tag in enumerate(tags)
        if type(tag) is not str or not 0 < len(tag) <= TAG_LIMIT
    ]
    if not problems and len(set(tags)) < len(tags):
        problems.append(Problem("tags", "Must be unique"))
    return problems


def _read_contacts_v3(
    contacts: list[Any], rules: Rules, emails: list[str], phones: list[str], problems: list[Problem]
) -> frozenset[str]:
    primaries: list[str] = []
    for index, contact in enumerate(contacts):
        if type(contact) is not dict:
            problems.append(Problem(f"contactInformation[{index}]", "Must be an object"))
            continue
        kind = contact.get("type")
        if kind == "EMAIL":
            message = _read_email(contact.get("identifier"), rules.options, emails)
        elif kind == "PHONE":
            message = _read_phone(contact.get("identifier"), rules.options, phones)
        else:
            wrong = "Must not be null" if kind is None else "Must be PHONE or EMAIL"
            problems.append(Problem(f"contactInformation[{index}].type", wrong))
            continue
        if message:
            problems.append(Problem(f"contactInformation[{index}].identifier", message))
        if len(contact) > _USUAL_CONTACT_KEYS:
            problems.extend(_check_unusual(contact, f"contactInformation[{index}]"))
            if contact.get("primary") is True and not problems:
                primaries.append(emails[-1] if kind == "EMAIL" else phones[-1])
    return frozenset(primaries)


def _check_unusual(contact: Mapping[str, Any], path: str) -> list[Problem]:
    problems = [Problem(f"{path}.{name}", "Unknown property") for name in contact.keys() - _CONTACT_KEYS_V3]
    sender = contact.get("sender")
    if sender is not None and (type(sender) is not str or len(sender) > EMAIL_LIMIT):
        problems.append(Problem(f"{path}.sender", f"Must be a string of at most {EMAIL_LIMIT} characters"))
    if type(contact.get("primary", False)) is not bool:
        problems.append(Problem(f"{path}.primary", "Must be a boolean"))
    return problems


def _read_contacts_v2(
    contacts: Mapping[str, Any], rules: Rules, emails: list[str], phones: list[str], problems: list[Problem]
) -> None:
    for kind, entries in contacts.items():
        path = f"contactInformation.{kind}"
        key = {"email": "address", "phone": "number"}.get(kind)
        if key is None:
            problems.append(Problem(path, "Only phones and emails can be written", NON_MANAGED_CONTACT))
            continue
        if type(entries) is not list:
            problems.append(Problem(path, "Must be an array"))
            continue
        for index, entry in enumerate(entries):
            value = entry.get(key) if type(entry) is dict else None
            read = _read_email if kind == "email" else _read_phone
            message = read(value, rules.options, emails if kind == "email" else phones)
            if message:
                problems.append(Problem(f"{path}[{index}].{key}", message))


def _read_email(value: Any, options: SimulatorOptions, emails: list[str]) -> str:
    strict = options.contacts == "exist"
    if type(value) is str and len(value) <= EMAIL_LIMIT and is_email(value) and not (strict and not value[0].isalnum()):
        emails.append(value)
        return ""
    return "Must not be null" if value is None else "Email address is invalid"


def _read_phone(value: Any, options: SimulatorOptions, phones: list[str]) -> str:
    if type(value) is str and len(value) <= PHONE_LIMIT:
        number = plain_number(value, options)
        if is_phone(number) and (options.contacts == "form" or _exists(number)):
            phones.append(number)
            return ""
    return "Must not be null" if value is None else "Phone number is invalid"


def _exists(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{number}", None))
    except phonenumbers.NumberParseException:
        return False


def plain_number(number: str, options: SimulatorOptions) -> str:
    """Return a phone number as it is kept: digits, without a leading plus where that is tolerated."""
    return number[1:] if number.startswith("+") and options.phone_plus == "strip" else number
