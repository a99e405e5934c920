"""People as Infobip shows them into contacts as downstream teams read them."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from pydantic import ValidationError

from schemas.infobip.people import Contacts, Person, second_of
from schemas.records.contact import Contact
from streams.deep_json import written
from streams.exact_json import write
from streams.jobs.import_contacts.halves import without_halves

#: Fields of a contact that are texts of a person: theirs and Infobip's name. Their order is that of the record.
FIELDS: Mapping[str, str] = {
    "infobip_external_id": "external_id",
    "first_name": "first_name",
    "last_name": "last_name",
    "middle_name": "middle_name",
    "gender": "gender",
    "birthday": "birth_date",
    "address1": "address",
    "city": "city",
    "country": "country",
    "preferred_language": "preferred_language",
    "infobip_person_type": "type",
}
NAMES = frozenset(Contact.model_fields)
CLASH = "custom_"
NAMELESS = "unreadable-"
is_international = re.compile(r"[1-9][0-9]{6,14}").fullmatch
EMPTY: tuple[Any, ...] = (None, "", [], {})


class Read(Struct, frozen=True):  # the cheapest there is to make, and there is one of everybody
    """One person as read: what to remember the version by, and the record's value.

    `key` is what the version is remembered under: the person's id, unless that or modifiedAt cannot be read. `second`
    is modifiedAt in seconds since 1970. `left_out` names fields whose value could not be taken over. A person that
    cannot be read has a `fault` in words, and its raw JSON as the value.
    """

    key: str
    second: int | None
    digest: int
    value: bytes
    person_id: str | None = None
    left_out: tuple[str, ...] = ()
    fault: str = ""


def read_person(raw: Any) -> Read:
    """Read one person of a page."""
    try:
        return _as_contact(raw)
    except (ValidationError, TypeError) as error:
        fault = error
    # Nearly nobody: so it is looked for only where something is wrong.
    whole, cut = without_halves(raw)
    if cut:
        with suppress(ValidationError, TypeError):
            one = _as_contact(whole)
            return replace(one, left_out=(*one.left_out, *cut))
    if isinstance(fault, ValidationError):
        return _unreadable(raw, _faults(fault))
    return _unreadable(raw, "person: nested too deeply, or not Unicode")


def _as_contact(raw: Any) -> Read:
    person = Person.model_validate(raw)
    contact, left_out = contact_of(person)
    # Infobip promises no order of tags and attributes: the same person in another order is the same version.
    ordered = {**contact, "infobip_tags": sorted(contact.get("infobip_tags", ()))}
    value, digest = write(contact), digest_of(write(ordered, in_order=True))
    return Read(str(person.id), person.modified_at, digest, value, str(person.id), left_out)


def has_any(raw: Any, tags: Collection[str]) -> bool:
    """Whether a person has one of these tags, given in lower case; of somebody who cannot be read it is not known."""
    said = raw.get("tags") if isinstance(raw, dict) else None
    if not isinstance(said, list):
        return not isinstance(raw, dict) or bool(said)
    return any(isinstance(tag, str) and tag.casefold() in tags for tag in said)


def contact_of(person: Person) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Give the contact, and the names of fields that had values of no use."""
    contact: dict[str, Any] = {"infobip_person_id": str(person.id)}
    addresses = person.contact_information or Contacts()
    emails = [(one.address, one.is_primary) for one in addresses.email or () if one.address]
    number = _primary([(one.number, one.is_primary) for one in addresses.phone or () if one.number])
    digits = number.strip().removeprefix("+") if number else ""
    contact["email"] = _primary(emails)
    contact["phone"] = f"+{digits}" if is_international(digits) else None
    for field, name in FIELDS.items():
        contact[field] = getattr(person, name)
    contact["infobip_tags"] = list(dict.fromkeys(person.tags or ()))
    contact |= _renamed(person.custom_attributes or {})
    left_out = ("phone",) if number and contact["phone"] is None else ()
    return {field: value for field, value in contact.items() if value not in EMPTY}, left_out


def _primary(addresses: list[tuple[str, bool | None]]) -> str | None:
    """Choose the address marked as primary, else the first."""
    return next((address for address, primary in addresses if primary), addresses[0][0] if addresses else None)


def _renamed(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Custom attributes under names that are no field's; an attribute that has such a name by itself keeps it."""
    renamed = {name: value for name, value in attributes.items() if name not in NAMES}
    for name in sorted(attributes.keys() & NAMES):
        free = CLASH + name
        while free in renamed or free in NAMES:
            free = CLASH + free
        renamed[free] = attributes[name]
    return renamed


def _unreadable(raw: Any, fault: str) -> Read:
    """Keep a person whole that cannot be read; the fault tells where, and nothing of what is there."""
    value = written(raw).encode()
    said = raw if isinstance(raw, dict) else {}
    known, second, digest = said.get("id"), _second(said.get("modifiedAt")), digest_of(value)
    person_id = str(known) if type(known) is int and known > 0 else None
    key = f"{NAMELESS}{digest:016x}" if person_id is None or second is None else person_id
    return Read(key, second, digest, value, person_id, fault=fault)


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    # Below these, the names are the account's own; they may tell of a person.
    told = ((one["loc"][:1] if one["loc"][:1] == ("customAttributes",) else one["loc"], one["msg"]) for one in faults)
    return "; ".join(f"{'.'.join(map(str, loc)) or 'person'}: {message}" for loc, message in told)


def _second(given: Any) -> int | None:
    try:
        return second_of(given) if isinstance(given, str) else None
    except ValueError:
        return None


def digest_of(written: bytes) -> int:
    """Give the digest of a contact, or of what could not be read, by which its version is known."""
    return int.from_bytes(blake2b(written, digest_size=8).digest(), "big")
