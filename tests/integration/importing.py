"""An import job, the people of a simulated Infobip, and what a consumer that reads committed sees of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from schemas.contacts import ImportCursor
from tests.integration.harness import Corridor, SimulatorThread

Record = tuple[str, bytes | None, dict[str, str]]


class Import(Corridor):
    """One import job on its own topics."""

    def job(self, name: str, **changes: Any) -> dict[str, Any]:
        """An import job."""
        return {"name": name, "kind": "import_contacts", "authorization": "main", **changes}

    def contacts(self) -> list[Record]:
        """Every record of the contacts that is committed: key, value, headers."""
        return [
            (
                (record.key() or b"").decode(),
                record.value(),
                {name: (value or b"").decode() for name, value in record.headers() or ()},
            )
            for record in self.read("infobip_contacts")
        ]

    def view(self) -> dict[str, dict[str, Any]]:
        """The final view of the contacts, by person."""
        view: dict[str, dict[str, Any]] = {}
        for key, value, _ in self.contacts():
            if value is None:
                view.pop(key, None)
            else:
                view[key] = orjson.loads(value)
        return view

    def repeated(self) -> int:
        """How many records say again of a person what the one before said, in the same version."""
        latest: dict[str, tuple[bytes | None, str | None]] = {}
        repeated = 0
        for key, value, headers in self.contacts():
            version = (value, headers.get("modifiedAt"))
            repeated += latest.get(key) == version
            latest[key] = version
        return repeated

    def cursor(self) -> ImportCursor | None:
        """How far the job is."""
        records = self.read(f"infobip_cursor_{self.name}")
        return ImportCursor.model_validate_json(records[-1].value()) if records else None

    def runs_ended(self) -> int:
        """How many runs have told of themselves."""
        return len(self.flushes())


@contextmanager
def importing(broker: str, infobip: str, folder: Path, name: str, **job: Any) -> Iterator[Import]:
    """An import job whose processes are gone at the end."""
    made = Import(broker, infobip, folder, name)
    made.change(**job)
    try:
        yield made
    finally:
        made.close()


def expected(infobip: SimulatorThread, *tags: str) -> dict[str, dict[str, Any]]:
    """What the contacts must be, said again from what Infobip holds: of everybody, or of those with one of the tags."""

    def shown() -> list[dict[str, Any]]:
        account = infobip.simulator.account
        return list(account.show(account.people.values()))

    people = infobip.do(shown)
    return {str(one["id"]): _contact(one) for one in people if not tags or set(tags) & set(one.get("tags", ()))}


def _contact(person: dict[str, Any]) -> dict[str, Any]:
    addresses = person.get("contactInformation", {})
    said = {
        "infobip_person_id": str(person["id"]),
        "infobip_external_id": person.get("externalId"),
        "email": next((one["address"] for one in addresses.get("email", ())), None),
        "phone": next((f"+{one['number']}" for one in addresses.get("phone", ())), None),
        "first_name": person.get("firstName"),
        "last_name": person.get("lastName"),
        "city": person.get("city"),
        "infobip_tags": person.get("tags"),
        "infobip_person_type": person.get("type"),
        **person.get("customAttributes", {}),
    }
    return {name: value for name, value in said.items() if value is not None}
