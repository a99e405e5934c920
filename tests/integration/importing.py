"""An import job, the people of a simulated Infobip, and what a consumer that reads committed sees of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka.admin import ConfigResource

from schemas.records.contact import ImportCursor
from streams.simulator.account import Account
from streams.simulator.identity import Identity
from streams.simulator.world import utc_now
from tests.integration.harness import Corridor, SimulatorThread, Worker, until

Record = tuple[str, bytes | None, dict[str, str]]

#: Infobip's words for a contact's, where they are plain texts.
PLAIN: Mapping[str, str] = {
    "infobip_external_id": "externalId",
    "first_name": "firstName",
    "last_name": "lastName",
    "middle_name": "middleName",
    "gender": "gender",
    "birthday": "birthDate",
    "address1": "address",
    "city": "city",
    "country": "country",
    "preferred_language": "preferredLanguage",
    "infobip_person_type": "type",
}


class Crowd(SimulatorThread):
    """A simulated Infobip whose people come, change and go; they are called by numbers, which are not their ids."""

    def create(self, numbers: Iterable[int], at: datetime | None = None, tags: Iterable[str] = (), **said: Any) -> None:
        """Create people, all of them at one time: now, if none is given."""
        self._upsert(
            [
                {
                    "firstName": f"First{number}",
                    "tags": list(tags),
                    "contactInformation": [{"type": "EMAIL", "identifier": _address(number)}],
                    **said,
                }
                for number in numbers
            ],
            at,
        )

    def change(self, numbers: Iterable[int], at: datetime | None = None, **said: Any) -> None:
        """Change people."""
        items = [{"contactInformation": [{"type": "EMAIL", "identifier": _address(number)}]} for number in numbers]
        self._upsert([{**item, **said} for item in items], at)

    def delete(self, *numbers: int) -> None:
        """Delete people."""

        def delete() -> None:
            for number in numbers:
                self._account.delete(_identity(number))

        self.do(delete)

    def tag(self, name: str, *numbers: int) -> None:
        """Give people a tag, which is there from then on."""

        def tag() -> None:
            self._see_to([name])
            self._account.add_tag(name, map(self._account.person, map(_identity, numbers)), utc_now())

        self.do(tag)

    def untag(self, name: str, *numbers: int) -> None:
        """Take a tag from people."""
        self.do(lambda: self._account.remove_tag(name, map(self._account.person, map(_identity, numbers)), utc_now()))

    def person_id(self, number: int) -> int:
        """Return the id of a person."""
        return int(self.do(lambda: self._account.person(_identity(number)).id))

    def spoil(self, number: int, **shown: Any) -> None:
        """Show a person with these values from now on."""
        person_id = self.person_id(number)
        self.do(lambda: self._account.spoil(person_id, shown, utc_now()))

    def before_listing(self, act: Callable[[int, Account], None]) -> None:
        """Do something right before each page of people is cut, told how many have been so far; on its own thread."""
        account: Any = self._account
        rows, listings = account.rows, count()

        def rows_after(*arguments: Any) -> Any:
            act(next(listings), account)
            return rows(*arguments)

        account.rows = rows_after

    @property
    def listings(self) -> int:
        """How many pages of people were answered."""
        return self.count("list_persons", 200)

    @property
    def _account(self) -> Account:
        return self.simulator.account

    def _see_to(self, tags: Iterable[str]) -> None:
        for tag in tags:
            if tag.casefold() not in self._account.tags:
                self._account.create_tag(tag, utc_now())

    def _upsert(self, items: list[dict[str, Any]], at: datetime | None) -> None:
        def upsert() -> None:
            self._see_to({tag for item in items for tag in item.get("tags", ())})
            errors = self._account.upsert(items, at or utc_now())["errors"]
            assert not errors, errors[0]

        self.do(upsert)


def _address(number: int) -> str:
    return f"p{number}@example.com"


def _identity(number: int) -> Identity:
    return Identity("EMAIL", _address(number))


class Contacts(Corridor):
    """What an import has written to the topics of a corridor."""

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

    def tombstones(self) -> list[str]:
        """The people of whom a record says that they are gone."""
        return [key for key, value, _ in self.contacts() if value is None]


class Import(Contacts):
    """One import job on its own topics."""

    def job(self, name: str, **changes: Any) -> dict[str, Any]:
        """An import job."""
        return {"name": name, "kind": "import_contacts", "authorization": "main", **changes}

    def add_export(self, name: str, **changes: Any) -> None:
        """Have an export beside the import, in the same process and of the same authorization."""
        self.create_topic()
        self.configuration["jobs"].append(super().job(name, **changes))

    def run(self, seconds: float = 60) -> int:
        """Run until the process ends by itself; its exit code."""
        return self.start().process.wait(seconds)

    @property
    def owners(self) -> list[Worker]:
        """The running processes that have said that they work."""
        return [worker for worker in self.workers if worker.process.poll() is None and worker.said("import_owned")]

    def cursor(self) -> ImportCursor | None:
        """How far the job is."""
        records = self.read(f"infobip_cursor_{self.name}")
        return ImportCursor.model_validate_json(records[-1].value()) if records else None

    def state(self) -> tuple[str, str]:
        """What the last of its processes to speak is doing, and why."""
        said = orjson.loads(self.read("infobip_job_states")[-1].value())
        return said["state"], said["detail"]

    def let_runs_end(self, runs: int) -> None:
        """Return when so many more runs have ended, by the log of the last process to start."""
        log = self.workers[-1].log

        def ended() -> int:
            assert self.alive, f"the process ended early, see {log}"
            return log.read_text().count("import_finished")

        wanted = ended() + runs
        until(lambda: ended() >= wanted, f"{runs} more runs end", 60)

    def policy_of(self, topic: str) -> str:
        """The clean-up policy of one of our topics."""
        resource = ConfigResource(ConfigResource.Type.TOPIC, f"{self.name}.{topic}")
        described = self._admin.describe_configs([resource])[resource]
        return str(described.result(30)["cleanup.policy"].value)


@contextmanager
def importing(broker: str, infobip: str, folder: Path, name: str, **job: Any) -> Iterator[Import]:
    """An import job whose processes are gone at the end."""
    made = Import(broker, infobip, folder, name)
    made.change(**job)
    # The simulated account has no limits unless a test asks for them, and so needs none here.
    made.configuration["authorizations"][0]["limits"] = {"list_persons": 1000}
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


def differing(made: Contacts, infobip: SimulatorThread, *tags: str) -> list[str]:
    """Those of whom the contacts say something else than Infobip."""
    view, wanted = made.view(), expected(infobip, *tags)
    return sorted(key for key in view.keys() | wanted.keys() if view.get(key) != wanted.get(key))


def _contact(person: dict[str, Any]) -> dict[str, Any]:
    addresses = person.get("contactInformation", {})
    said = {
        "infobip_person_id": str(person["id"]),
        "email": next((one["address"] for one in addresses.get("email", ())), None),
        "phone": next((f"+{one['number']}" for one in addresses.get("phone", ())), None),
        **{name: person.get(theirs) for name, theirs in PLAIN.items()},
        "infobip_tags": person.get("tags"),
        **person.get("customAttributes", {}),
    }
    return {name: value for name, value in said.items() if value is not None}
