"""A profile on its way to Infobip, and what is left of it without what Infobip refuses."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from streams.profiles.address import Address

CUSTOM = "customAttributes"
#: So many parts of a person are left out for the sake of single refusals; then goes nothing but the identity.
LEFT_OUT_MAX = 8
#: A property from the person on; before it may stand which person of the request it is of.
_of_person = re.compile(r"(?:persons(?:\[\d+\]|\.\d+)\.?)?(.+)", re.DOTALL).fullmatch
#: A contact by its place, or as version 2 has it, by its kind.
_of_contact = re.compile(r"contactInformation(?:[.\[]?(\d+|email|phone)\b.*)?", re.DOTALL).fullmatch
_of_custom = re.compile(r"customAttributes(?:\.|\[)?[\"']?(.*)", re.DOTALL).fullmatch


@dataclass(slots=True)  # not frozen, because one is made for each event, and freezing trebles what that costs
class Person:
    """A profile on its way to Infobip; `entries` are the events it was said in.

    `left_out` names what Infobip refused of it: `EMAIL`, `PHONE`, a standard field, `customAttributes.` and an
    attribute.
    """

    address: Address
    person_type: str
    said: Mapping[str, Any]
    entries: tuple[int, ...]
    left_out: tuple[str, ...] = ()

    def later(self, address: Address, said: Mapping[str, Any], index: int) -> "Person":
        """This person after a later event, which adds to what was said before."""
        attributes = {**self.said.get(CUSTOM, {}), **said.get(CUSTOM, {})}
        merged = {**self.said, **said, **({CUSTOM: attributes} if attributes else {})}
        address = Address(address.email or self.address.email, address.phone or self.address.phone, address.external_id)
        return Person(address, self.person_type, merged, (*self.entries, index))

    def alone(self) -> "Person":
        """This person with no contact but the identity."""
        kept, _ = self.address.identity
        email, phone, external_id = self.address
        address = Address(email if kept == "EMAIL" else None, phone if kept == "PHONE" else None, external_id)
        gone = [kind for kind, one in (("EMAIL", email), ("PHONE", phone)) if one is not None and kind != kept]
        return replace(self, address=address, left_out=(*self.left_out, *gone))

    def json(self) -> dict[str, Any]:
        """The person as the API takes it."""
        email, phone, external_id = self.address
        body: dict[str, Any] = {"type": self.person_type, **self.said}
        if external_id is not None:
            body["externalId"] = external_id
        contacts = [] if email is None else [{"type": "EMAIL", "identifier": email}]
        if phone is not None:
            contacts.append({"type": "PHONE", "identifier": phone})
        if contacts:
            body["contactInformation"] = contacts
        return body

    @property
    def has_more_than_identity(self) -> bool:
        """Whether leaving out contacts would change what is sent."""
        return sum(part is not None for part in self.address) > 1

    def without(self, properties: Collection[str]) -> "Person | None":
        """This person without what these properties of a refusal name; None where they name what must stay.

        That is the last that the person is known by, and whatever is not a part of its own, such as its type. When
        much was refused one after the other, nothing but the identity is left.
        """
        named = [_parts(self, one) for one in properties]
        if not named or not all(named):
            return None
        gone = list(dict.fromkeys(part for parts in named for part in parts))
        if len(self.left_out) >= LEFT_OUT_MAX:
            gone = list(dict.fromkeys([*gone, *_all_of(self)]))
        email, phone, external_id = self.address
        address = Address(None if "EMAIL" in gone else email, None if "PHONE" in gone else phone, external_id)
        if not any(address):
            return None
        attributes = {
            name: value for name, value in self.said.get(CUSTOM, {}).items() if f"{CUSTOM}.{name}" not in gone
        }
        said = {name: value for name, value in self.said.items() if name != CUSTOM and name not in gone}
        if attributes:
            said[CUSTOM] = attributes
        return replace(self, address=address, said=said, left_out=(*self.left_out, *gone))


def _parts(person: Person, name: str) -> list[str]:
    """What a property names of a person; nothing where it is none of theirs that could be left out."""
    found = _of_person(name)
    path = found[1] if found is not None else ""
    if (contact := _of_contact(path)) is not None:
        return _contacts(person, contact[1])
    if (custom := _of_custom(path)) is not None:
        return _attributes(person, custom[1])
    field = re.split(r"[.\[]", path, maxsplit=1)[0]
    return [field] if field in person.said else []


def _contacts(person: Person, which: str | None) -> list[str]:
    email, phone, _ = person.address
    kinds = [kind for kind, one in (("EMAIL", email), ("PHONE", phone)) if one is not None]
    if which is None:  # any of them may be meant: what the person is known by stays
        kept, _ = person.address.identity
        return [kind for kind in kinds if kind != kept]
    if which.isdecimal():
        return kinds[int(which) : int(which) + 1]
    return [which.upper()] if which.upper() in kinds else []


def _attributes(person: Person, path: str) -> list[str]:
    """The attribute that a path begins with, the longest name first; all of them where it names none."""
    names = sorted(person.said.get(CUSTOM, {}), key=len, reverse=True)
    if not path:
        return [f"{CUSTOM}.{name}" for name in names]
    said = path.casefold()
    for name in names:
        behind = said.removeprefix(name.casefold())
        if behind != said and (not behind or behind[0] in ".[]\"'"):
            return [f"{CUSTOM}.{name}"]
    return []


def _all_of(person: Person) -> Iterator[str]:
    kept, _ = person.address.identity
    yield from (kind for kind, one in zip(("EMAIL", "PHONE"), person.address, strict=False) if one and kind != kept)
    yield from (name for name in person.said if name != CUSTOM)
    yield from _attributes(person, "")
