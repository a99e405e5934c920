"""Who is in an account and who has which tag: what each change does to a person, and to all that finds people."""

from collections.abc import Iterable
from typing import Any

from streams.simulator.answers import Problem, Refusal
from streams.simulator.changes import appended, merge, without_nulls
from streams.simulator.identity import Directory
from streams.simulator.model import Draft, Person, Tag
from streams.simulator.options import SimulatorOptions
from streams.simulator.views import Views

CONTACTS_LIMIT = 100


class Register:
    """People and tags, changed by drafts that are checked already; the directory and the views follow every change.

    What is left to refuse is refused before anything is changed.
    """

    def __init__(self, options: SimulatorOptions) -> None:
        self.tags: dict[str, Tag] = {}
        self.directory = Directory()
        self.views = Views(self.directory.people)
        self._options = options
        self._last_id = 0
        self._last_tag_id = 0

    # People.

    def upsert(self, draft: Draft, at: str) -> tuple[int, str]:
        """Create or partly update whom a draft is about, and return the id and what was done."""
        person = self.directory.match(draft, strict=self._options.two_people == "conflict")
        if person is None:
            return self.create(draft, at).id, "CREATED"
        if self._options.two_people == "first":
            draft = self.directory.without_others(draft, person)
        return person.id, "UPDATED" if self.update(person, draft, at) else "NOT_MODIFIED"

    def create(self, draft: Draft, at: str) -> Person:
        """Create one person."""
        _check_contacts(len(draft.emails), len(draft.phones))
        self._last_id += 1
        plain: dict[str, Any] = {"type": "CUSTOMER"}
        plain.update(draft.plain)
        custom = dict(draft.custom)
        if self._options.null_values == "clear":
            plain, custom = without_nulls(plain), without_nulls(custom)
        person = Person(
            self._last_id,
            at,
            at,
            draft.external_id,
            plain,
            custom,
            appended((), draft.emails, str.lower),
            appended((), draft.phones, str),
            {},
            draft.primaries,
        )
        self.directory.file(person)
        for name in draft.tags:
            self._tag_one(person, name, at)
        self.views.note(person.id)
        return person

    def update(self, person: Person, draft: Draft, at: str) -> bool:
        """Set what is given, append tags and contacts, and say whether that changed anything."""
        emails = appended(person.emails, draft.emails, str.lower)
        phones = appended(person.phones, draft.phones, str)
        _check_contacts(len(emails), len(phones))
        changed = merge(person.plain, draft.plain) | merge(person.custom, draft.custom)
        for name in draft.tags:
            changed |= self._tag_one(person, name, at)
        new_id = draft.external_id is not None and draft.external_id != person.external_id
        if new_id or len(emails) > len(person.emails) or len(phones) > len(person.phones):
            self.directory.forget(person)
            person.external_id = draft.external_id if new_id else person.external_id
            person.emails, person.phones = emails, phones
            self.directory.file(person)
            changed = True
        if draft.primaries and draft.primaries != person.primaries:
            person.primaries = draft.primaries
            changed = True
        if changed:
            self.touch(person, at)
        return changed

    def replace(self, person: Person, draft: Draft, at: str) -> None:
        """Make empty what is absent, and replace tags and contacts."""
        _check_contacts(len(draft.emails), len(draft.phones))
        self.directory.forget(person)
        self._untag(person)
        person.plain, person.custom = {"type": "CUSTOMER"}, {}
        person.external_id, person.emails, person.phones = None, (), ()
        self.update(person, draft, at)
        self.directory.file(person)
        self.touch(person, at)

    def delete(self, person: Person) -> None:
        """Delete one person."""
        self._untag(person)
        self.directory.forget(person)
        self.directory.drop(person)
        self.views.note(person.id)

    def touch(self, person: Person, at: str) -> None:
        """Say when a person was changed."""
        person.modified_at = at
        self.views.note(person.id)

    def clear(self, attribute: str) -> None:
        """Take the values of a custom attribute from everybody."""
        for person in self.directory.people.values():
            if person.custom.pop(attribute, None) is not None:
                self.views.note(person.id)

    # Tags.

    def create_tag(self, name: str, at: str) -> Tag:
        """Create a tag that nobody has yet."""
        self._last_tag_id += 1
        tag = self.tags[name.casefold()] = Tag(self._last_tag_id, name, at, at)
        return tag

    def delete_tag(self, tag: Tag) -> None:
        """Delete a tag and take it from everybody."""
        key = tag.name.casefold()
        for member in tag.members:
            del self.directory.people[member].tags[key]
            self.views.note(member)
        del self.tags[key]

    def add_tag(self, tag: Tag, people: Iterable[Person], at: str) -> None:
        """Give a tag to people; those who have it keep it."""
        key, touch = tag.name.casefold(), self._options.tagging_modifies_person
        for person in people:
            if key in person.tags:
                continue
            person.tags[key] = tag
            tag.members.add(person.id)
            self.touch(person, at if touch else person.modified_at)

    def remove_tag(self, tag: Tag, people: Iterable[Person], at: str) -> None:
        """Take a tag from people; those who do not have it stay as they are."""
        key, touch = tag.name.casefold(), self._options.tagging_modifies_person
        for person in people:
            if person.tags.pop(key, None) is None:
                continue
            tag.members.discard(person.id)
            self.touch(person, at if touch else person.modified_at)

    def _tag_one(self, person: Person, name: str, at: str) -> bool:
        key = name.casefold()
        tag = self.tags.get(key)
        if tag is None:
            if self._options.unknown_tag_in_upsert == "ignore":
                return False
            tag = self.create_tag(name, at)
        if key in person.tags:
            return False
        person.tags[key] = tag
        tag.members.add(person.id)
        return True

    def _untag(self, person: Person) -> None:
        for tag in person.tags.values():
            tag.members.discard(person.id)
        person.tags.clear()


def _check_contacts(emails: int, phones: int) -> None:
    if emails > CONTACTS_LIMIT or phones > CONTACTS_LIMIT:
        problem = Problem("contactInformation", f"A person has at most {CONTACTS_LIMIT} emails and phones each")
        raise Refusal(40001, problem.message, [problem])
