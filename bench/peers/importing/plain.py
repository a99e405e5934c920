"""What loops that are written by hand have in common: where they read on, and a contact made of a person."""

import json
from dataclasses import dataclass
from typing import Any

LIMIT = 1000
FIELDS = {
    "externalId": "infobip_external_id",
    "firstName": "first_name",
    "lastName": "last_name",
    "middleName": "middle_name",
    "gender": "gender",
    "birthDate": "birthday",
    "address": "address1",
    "city": "city",
    "country": "country",
    "preferredLanguage": "preferred_language",
    "tags": "infobip_tags",
    "type": "infobip_person_type",
}


@dataclass(frozen=True, slots=True)
class Cursor:
    """The next page to ask for, and whom of its first second we have."""

    since: str = ""
    page: int = 1
    seen: tuple[int, ...] = ()

    @classmethod
    def of(cls, said: dict[str, Any] | None) -> "Cursor":
        return cls(said["since"], said["page"], tuple(said["seen"])) if said else cls()

    def query(self) -> dict[str, str]:
        query = {"limit": str(LIMIT), "page": str(self.page), "orderBy": "modifiedAt:asc"}
        if self.since:
            query["filter"] = json.dumps({"#gte": {"modifiedAt": self.since}})
        return query

    def after(self, people: list[dict[str, Any]]) -> "Cursor":
        last = people[-1]["modifiedAt"]
        page = self.page + 1 if last == self.since else 1
        seen = tuple(person["id"] for person in people if person["modifiedAt"] == last)
        return Cursor(last, page, self.seen + seen if last == self.since else seen)


def contact(person: dict[str, Any]) -> dict[str, Any]:
    addresses = person.get("contactInformation", {})
    phone = primary(addresses.get("phone"), "number")
    known = {name: person.get(theirs) for theirs, name in FIELDS.items()}
    made = {
        **person.get("customAttributes", {}),
        "infobip_person_id": str(person["id"]),
        "email": primary(addresses.get("email"), "address"),
        "phone": f"+{phone}" if phone else None,
        **known,
    }
    return {name: value for name, value in made.items() if value not in (None, "", [], {})}


def primary(given: list[dict[str, Any]] | None, name: str) -> str | None:
    found = sorted(given or (), key=lambda one: not one.get("isPrimary"))
    return found[0].get(name) if found else None
