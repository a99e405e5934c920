"""The state of one simulated account: what each request reads of it or does to it; the time is an argument."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from streams.simulator.answers import Problem, Refusal
from streams.simulator.changes import item_error, under
from streams.simulator.drafts import Rules, plain_number, read_v2, read_v3
from streams.simulator.filters import Filter
from streams.simulator.identity import Identity, TwoPeople
from streams.simulator.model import Attribute, Draft, Person, Tag, show_person, stamp
from streams.simulator.options import SimulatorOptions
from streams.simulator.people_lists import Lists
from streams.simulator.register import Register
from streams.simulator.values import TAG_LIMIT, check_definition
from streams.simulator.views import Row, sorted_by

CONFLICT = 409500
_NO_PERSON = "Person does not exist"
_DUPLICATES = (("externalId", 40003), ("phone", 40004), ("email", 40005))


class Account:
    """People, tags and custom attributes. Every change is whole or, by a `Refusal`, not made."""

    def __init__(self, options: SimulatorOptions | None = None) -> None:
        self.options = options or SimulatorOptions()
        self.attributes: dict[str, Attribute] = {}
        self._register = Register(self.options)
        self.lists = Lists(self._register.tags)
        # Reproducible chance: the same requests are answered in the same order.
        self._chance = random.Random(0)  # noqa: S311
        self._rules = Rules(self.attributes, self.options)

    @property
    def people(self) -> Mapping[int, Person]:
        """Everybody, by id, in the order of creation."""
        return self._register.directory.people

    @property
    def tags(self) -> Mapping[str, Tag]:
        """Every tag, by its lower-case name, in the order of creation."""
        return self._register.tags

    def newest(self) -> Iterator[Person]:
        """Yield everybody, the last created first."""
        return reversed(self._register.directory.people.values())

    def find(self, identity: Identity) -> Person | None:
        """Return the person with this identifier, if there is one."""
        if identity.type == "PHONE":
            identity = Identity("PHONE", plain_number(identity.identifier, self.options))
        return self._register.directory.find(identity)

    def person(self, identity: Identity) -> Person:
        """Return the person with this identifier, or refuse."""
        found = self.find(identity)
        if found is None:
            raise Refusal(40401, _NO_PERSON)
        return found

    def tagged(self, name: str) -> Iterator[Person]:
        """Yield the people who have a tag; nobody when there is no such tag."""
        tag = self.tags.get(name.casefold())
        return (self.people[member] for member in sorted(tag.members if tag else ()))

    def show(self, people: Iterable[Person]) -> Iterator[dict[str, Any]]:
        """Yield people as People v2 shows them."""
        return (show_person(person, self.options) for person in people)

    def rows(self, field: str, wanted: Filter) -> list[Row]:
        """Return whom a filter lets through, each as the value of a field and the id, in ascending order."""
        rows = self._register.views.rows(field, wanted)
        if self.options.tie_order == "shuffled":
            self._chance.shuffle(rows)
            rows.sort(key=sorted_by)
        return rows

    def spoil(self, person_id: int, shown: Mapping[str, Any], now: datetime) -> None:
        """Show a person with these keys in the place of the true ones from now on; with none, as it is again."""
        person = self.person(Identity("ID", str(person_id)))
        person.spoiled = dict(shown)
        if "modifiedAt" not in shown:
            self._register.touch(person, stamp(now))

    # People, version 3: item by item.

    def upsert(self, items: Sequence[Any], now: datetime) -> dict[str, list[dict[str, Any]]]:
        """Create or partly update people; the answer tells of each item by its index."""
        at = stamp(now)
        errors: list[dict[str, Any]] = []
        results: list[dict[str, Any]] = []
        for index, item in enumerate(items):
            draft, problems = read_v3(item, self._rules)
            problems = problems or self._check_upsert(draft)
            if problems:
                errors.append(item_error(index, problems))
                continue
            try:
                person_id, status = self._register.upsert(draft, at)
            except TwoPeople:
                errors.append({"code": CONFLICT, "message": "Identifiers match different persons", "index": index})
                continue
            except Refusal as refusal:
                errors.append(item_error(index, refusal.problems))
                continue
            results.append({"id": person_id, "index": index, "status": status})
        return {"errors": errors, "results": results}

    def upsert_problems(self, items: Sequence[Any]) -> list[Problem]:
        """Return everything wrong with the items of an upsert, and change nothing."""
        problems: list[Problem] = []
        for index, item in enumerate(items):
            draft, found = read_v3(item, self._rules)
            problems.extend(under(index, found or self._check_upsert(draft)))
        return problems

    def _check_upsert(self, draft: Draft) -> list[Problem]:
        problems: list[Problem] = []
        if draft.tags and self.options.unknown_tag_in_upsert == "reject":
            problems += self._unknown_tags(draft)
        nameless = not (draft.emails or draft.phones or draft.external_id)
        if nameless and self.options.upsert_without_identifier == "reject":
            problems.append(Problem("", "An externalId, an email or a phone is required"))
        return problems

    def _unknown_tags(self, draft: Draft) -> list[Problem]:
        return [
            Problem(f"tags[{index}]", "Tag does not exist", 40403)
            for index, name in enumerate(draft.tags)
            if name.casefold() not in self.tags
        ]

    # People, version 2: one by one.

    def create(self, body: Any, now: datetime) -> Person:
        """Create one person from a v2 body."""
        draft = self._read_v2(body)
        self._refuse_taken(draft, None)
        return self._register.create(draft, stamp(now))

    def update(self, identity: Identity, body: Any, now: datetime) -> Person:
        """Partly update one person: what is given is set, tags and contacts are appended."""
        person = self.person(identity)
        draft = self._read_v2(body)
        self._refuse_taken(draft, person)
        self._register.update(person, draft, stamp(now))
        return person

    def replace(self, identity: Identity, body: Any, now: datetime) -> Person:
        """Overwrite one person: what is absent becomes empty, tags and contacts are replaced."""
        person = self.person(identity)
        draft = self._read_v2(body)
        self._refuse_taken(draft, person)
        self._register.replace(person, draft, stamp(now))
        return person

    def delete(self, identity: Identity) -> None:
        """Delete one person."""
        self._register.delete(self.person(identity))

    def _read_v2(self, body: Any) -> Draft:
        draft, problems = read_v2(body, self._rules)
        if not problems and self.options.unknown_tag_in_upsert == "reject":
            problems = self._unknown_tags(draft)
        if problems:
            raise Refusal(problems[0].code, problems[0].message, problems)
        return draft

    def _refuse_taken(self, draft: Draft, person: Person | None) -> None:
        for kind, code in _DUPLICATES:
            for identity in Identity.of(draft, kind):
                owner = self._register.directory.find(identity)
                if owner is not None and owner is not person:
                    raise Refusal(code, f"Duplicate {kind}")

    # Tags.

    def tag(self, name: str) -> Tag:
        """Return the tag of this name, in any case, or refuse."""
        found = self.tags.get(name.casefold())
        if found is None:
            raise Refusal(40403, "Tag does not exist")
        return found

    def create_tag(self, name: Any, now: datetime) -> Tag:
        """Create a tag; names are unique whatever their case."""
        if type(name) is not str or not 0 < len(name) <= TAG_LIMIT or not name.strip():
            problem = Problem("name", f"Must be a string of 1 to {TAG_LIMIT} characters")
            raise Refusal(40001, problem.message, [problem])
        if name.casefold() in self.tags:
            raise Refusal(40006, "Tag name already exists")
        return self._register.create_tag(name, stamp(now))

    def delete_tag(self, name: str) -> None:
        """Delete a tag and take it from everybody."""
        self._register.delete_tag(self.tag(name))

    def add_tag(self, name: str, people: Iterable[Person], now: datetime) -> None:
        """Give a tag to people; those who have it keep it."""
        self._register.add_tag(self.tag(name), people, stamp(now))

    def remove_tag(self, name: str, people: Iterable[Person], now: datetime) -> None:
        """Take a tag from people; those who do not have it stay as they are."""
        self._register.remove_tag(self.tag(name), people, stamp(now))

    # Custom attributes.

    def attribute(self, name: str) -> Attribute:
        """Return the custom attribute of this name, or refuse."""
        found = self.attributes.get(name)
        if found is None:
            raise Refusal(40404, "Custom attribute does not exist")
        return found

    def create_attribute(self, body: Any, now: datetime) -> Attribute:
        """Define a custom attribute from a request's body."""
        problems = check_definition(body)
        if problems:
            raise Refusal(40001, problems[0].message, problems)
        name = body["name"]
        if any(name.casefold() == known.casefold() for known in self.attributes):
            raise Refusal(40006, "Custom attribute name already exists")
        at = stamp(now)
        attribute = self.attributes[name] = Attribute(name, body["dataType"], at, at, body.get("objectSchema"))
        return attribute

    def delete_attribute(self, name: str) -> None:
        """Delete a custom attribute and its values."""
        self.attribute(name)
        del self.attributes[name]
        self._register.clear(name)
