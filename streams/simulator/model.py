"""What the simulated account holds: people, tags and custom attributes, and how each is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from streams.simulator.options import SimulatorOptions


def stamp(now: datetime) -> str:
    """Return a time as Infobip writes it: UTC, whole seconds, no zone."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Draft(NamedTuple):
    """What a request says of one person; a tuple, because a thousand are built for one call."""

    external_id: str | None
    plain: dict[str, str | None]
    custom: dict[str, Any]
    tags: list[str]
    emails: list[str]
    phones: list[str]
    primaries: frozenset[str] = frozenset()


@dataclass(slots=True)
class Tag:
    """A tag and the ids of the people who have it."""

    id: int
    name: str
    created_at: str
    modified_at: str
    members: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Attribute:
    """The definition of a custom attribute."""

    name: str
    data_type: str
    created_at: str
    modified_at: str
    object_schema: Mapping[str, str] | None = None


@dataclass(slots=True)
class Person:
    """A person; contacts are tuples as they were written, tags are keyed by their lower-case names.

    What is in `spoiled` is shown in the place of what is true.
    """

    id: int
    created_at: str
    modified_at: str
    external_id: str | None
    plain: dict[str, Any]
    custom: dict[str, Any]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    tags: dict[str, Tag]
    primaries: frozenset[str] = frozenset()
    spoiled: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tag_names(self) -> frozenset[str]:
        """The names of the tags, as they were created."""
        return frozenset(tag.name for tag in self.tags.values())


def show_tag(tag: Tag) -> dict[str, Any]:
    """Return a tag as the API shows it."""
    return {"createdAt": tag.created_at, "modifiedAt": tag.modified_at, "id": tag.id, "name": tag.name}


def show_attribute(attribute: Attribute) -> dict[str, Any]:
    """Return a custom attribute as the API shows it."""
    shown: dict[str, Any] = {
        "createdAt": attribute.created_at,
        "modifiedAt": attribute.modified_at,
        "name": attribute.name,
        "dataType": attribute.data_type,
    }
    if attribute.object_schema is not None:
        shown["objectSchema"] = dict(attribute.object_schema)
    return shown


def show_person(person: Person, options: SimulatorOptions) -> dict[str, Any]:
    """Return a person as People v2 shows it; what is empty is left out."""
    shown: dict[str, Any] = {
        "createdAt": person.created_at,
        "modifiedAt": person.modified_at,
        "id": person.id,
    }
    if person.external_id is not None:
        shown["externalId"] = person.external_id
    shown.update(person.plain)
    shown["origin"] = shown["modifiedFrom"] = "API"
    if person.tags:
        shown["tags"] = [tag.name for tag in person.tags.values()]
    if person.custom:
        shown["customAttributes"] = person.custom
    contacts: dict[str, Any] = {}
    if person.phones:
        contacts["phone"] = [_show_contact("number", each, person, options) for each in person.phones]
    if person.emails:
        contacts["email"] = [_show_contact("address", each, person, options) for each in person.emails]
    if contacts:
        shown["contactInformation"] = contacts
    shown.update(person.spoiled)
    return shown


def _show_contact(key: str, contact: str, person: Person, options: SimulatorOptions) -> dict[str, Any]:
    if not options.show_primary:
        return {key: contact}
    return {key: contact, "isPrimary": contact in person.primaries}
