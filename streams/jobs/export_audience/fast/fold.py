"""One pass over the events of a window: people as they are written, who gets or loses a tag, what becomes of events."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import orjson
from msgspec import UNSET

from schemas.records.outcomes import Outcome
from schemas.text.blanks import BLANKS, is_blank, is_empty
from streams.jobs.export_audience.fast.shapes import Email, Phone, Shapes
from streams.jobs.export_audience.fields import UNCONVERTIBLE
from streams.jobs.export_audience.fold import WindowFacts, taggings
from streams.jobs.export_audience.person import Person
from streams.jobs.export_audience.plan import Exporter
from streams.jobs.export_audience.tags import Taggings
from streams.pipeline.decode import Entry
from streams.pipeline.window import Window
from streams.profiles.address import Address, Identity, external_id
from streams.profiles.emails import normal_email
from streams.profiles.phones import normal_phone

#: Whom a tag is for: an email as it is compared, which most are, or an identity of another kind.
Who = str | Identity
#: By tag, the people who get it, or lose it.
Chosen = Mapping[str, Sequence[Who]]
#: By audience and action, the people that are left by it.
Groups = dict[tuple[str, str], dict[Who, None]]
#: The address of an event, the fields of its person, and what of the profile cannot be taken over.
Told = tuple[Address | None, dict[str, Any], list[str]]
NOWHERE = Address(None, None, None)


@dataclass(frozen=True, slots=True)
class FastBatch:
    """A window folded the fast way: people as they are written, each with the place of its event, or of its events."""

    window: Window
    keys: AbstractSet[str]
    people: Sequence[Any]
    places: Sequence[int | tuple[int, ...]]
    additions: Chosen
    removals: Chosen
    outcomes: list[Outcome]
    details: Mapping[int, str]
    left_out_fields: Counter[str]


@dataclass(slots=True)
class Fold:
    """One pass over a window."""

    exporter: Exporter
    shapes: Shapes
    window: Window
    #: Each as it is written, or as the plain way has it.
    people: list[Any] = field(default_factory=list)
    #: By person, the places of the events that it was said in.
    places: list[Any] = field(default_factory=list)
    #: By profile, or by profile and identity, the number of the person.
    numbers: dict[object, int] = field(default_factory=dict)
    details: dict[int, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    keys: set[Any] = field(default_factory=set)
    identities: list[Who | None] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    #: Whether something was read plainly.
    has_plain: bool = False

    def run(self) -> FastBatch:
        """Read all events, and say what is to be done about them."""
        window = self.window
        self.outcomes = ["accepted"] * len(window.entries)
        groups, in_order = self._read()
        additions, removals = self._tagged(groups) if in_order else self._tagged_plainly()
        people = self.people
        if self.has_plain:
            window = _without_dicts(window)
            people = [msgspec.Raw(orjson.dumps(one.json())) if isinstance(one, Person) else one for one in people]
        return FastBatch(
            window, self.keys, people, self.places, additions, removals, self.outcomes, self.details, self.left_out
        )

    def _read(self) -> tuple[Groups, bool]:  # noqa: C901, PLR0912, PLR0915 - calls would cost what it saves
        """Read what events say; whom they leave inside and outside of each audience, and whether all are last words."""
        # The loop runs for every event, so what it looks up is looked up once.
        shapes, outcomes, numbers, add_key = self.shapes, self.outcomes, self.numbers, self.keys.add
        profile_type: Any = shapes.profile
        astuple: Callable[[Any], Any] = msgspec.structs.astuple
        nothing = (None,) * len(shapes.paths)
        email_at, phone_at, id_at = shapes.contacts_at
        has_ids, region = shapes.has_ids, self.exporter.job.default_region
        identify, people, places, person_of = self.identities.append, self.people, self.places, self._person
        latest: defaultdict[str, dict[str, int]] = defaultdict(dict)
        groups: Groups = {}
        last_audience, last_action, of_audience, group = "", "", {}, {}
        in_order, number = True, 0
        who: Who
        told: Told = None, {}, []
        for index, entry in enumerate(self.window.entries):
            _, action, audience, profile_id, profile, _, _ = entry
            said: Any = astuple(profile) if type(profile) is profile_type else nothing if profile is None else None
            if said is None:
                self.has_plain, told = True, self.exporter.read(entry)
                email, phone, known = told[0] or NOWHERE
            else:
                email = normal_email(said[email_at]) if email_at is not None else None
                phone = normal_phone(said[phone_at], region) if phone_at is not None else None
                known = external_id(profile_id if id_at is None else said[id_at]) if has_ids else None
            if email is not None:
                who = email
                add_key(email)
                if not email.islower():
                    who = email.lower()
                    add_key(who)
            elif phone is not None:
                who = ("PHONE", phone)
            elif known is None:
                outcomes[index] = "dropped"
                self.details[index] = self.exporter.no_address(without_profile=profile is None)
                identify(None)
                continue
            if phone is not None:
                add_key(phone)
            if known is not None:
                who = ("EXTERNAL_ID", known)
                add_key(known)
            identify(who)
            add_key(profile_id)
            if audience != last_audience or action is not last_action:
                last_audience, last_action = audience, action
                of_audience, group = latest[audience], groups.setdefault((audience, action), {})
            if (before := of_audience.setdefault(profile_id, index)) != index:
                outcomes[before] = "superseded"
                of_audience[profile_id] = index
                in_order = False
            group[who] = None
            if action == "exit":
                continue
            if said is None or numbers.setdefault(profile_id, number) != number:
                self._add_plainly(entry, index, self._plain(index) if said is not None else told)
                number = len(people)
            else:
                people.append(person_of(said, email, phone, known, entry))
                places.append(index)
                number += 1
        return groups, in_order

    def _person(
        self, said: Sequence[Any], email: str | None, phone: str | None, known: str | None, entry: Entry
    ) -> Any:
        """The person that a profile is, as it is written; notes what of the profile cannot be taken over."""
        shapes = self.shapes
        words: list[Any] = []
        add, standard = words.append, shapes.standard
        for at, path, convert, as_it_is in shapes.fields:
            value = said[at]
            if type(value) in as_it_is:
                add(value)
                continue
            # As `compile_fields` has it.
            if (type(value) is str and value[:1] in BLANKS and is_blank(value)) or (not value and is_empty(value)):
                add(UNSET)
                continue
            converted = convert(value)
            if converted is UNCONVERTIBLE:
                self.left_out[path] += 1
                converted = UNSET
            add(converted)
        if shapes.custom:
            held = words[standard:]
            del words[standard:]
            add(shapes.attributes(*held) if held.count(UNSET) < shapes.custom else UNSET)
        if email is not None and phone is not None and (known is not None or not shapes.has_ids):
            return shapes.person(*words, UNSET if known is None else known, [Email(email), Phone(phone)])
        contacts = ([] if email is None else [Email(email)]) + ([] if phone is None else [Phone(phone)])
        address = Address(email, phone, known)
        # Most say nothing where they have no address.
        silent = [at for at, one in zip(shapes.contacts_at, address, strict=True) if one is None]
        if any(said[at] for at in silent if at is not None) or (known is None and shapes.is_known_by_profile_id):
            profile = dict(zip(shapes.paths, said, strict=True))
            self.left_out.update(self.exporter.unusable(entry.profile_id, profile, address))
        return shapes.person(*words, UNSET if known is None else known, contacts or UNSET)

    def _add_plainly(self, entry: Entry, index: int, told: Told) -> None:
        """Add what an event says to a person of the window, or a person of whom something must be read plainly."""
        self.has_plain = True
        address, words, left_out = told[0] or NOWHERE, told[1], told[2]
        self.left_out.update(left_out)
        key: object = entry.profile_id
        number = self.numbers.get(key)
        known = None if number is None else self._as_person(number)
        if known is not None and known.address.identity != address.identity:
            key = (entry.profile_id, address.identity)
            number = self.numbers.get(key)
            known = None if number is None else self._as_person(number)
        if number is None or known is None:
            self.numbers[key] = len(self.people)
            self.people.append(Person(address, self.exporter.job.person_type, words, (index,)))
            self.places.append(index)
        else:
            self.people[number] = person = known.later(address, words, index)
            self.places[number] = person.entries

    def _as_person(self, number: int) -> Person:
        """A person of the window as the plain way has it."""
        one, place = self.people[number], self.places[number]
        if isinstance(one, Person):
            return one
        # A struct is what one event said.
        address, words, _ = self._plain(place)
        return Person(address or NOWHERE, self.exporter.job.person_type, words, (place,))

    def _plain(self, index: int) -> Told:
        """What an event says, by the plain way."""
        entry = self.window.entries[index]
        profile: Any = entry.profile
        if isinstance(profile, self.shapes.profile):
            # No other field is asked for, and one that is missing says what one says that is null.
            said = dict(zip(self.shapes.paths, msgspec.structs.astuple(profile), strict=True))
            entry = entry._replace(profile=said)
        return self.exporter.read(entry)

    def _tagged(self, groups: Groups) -> tuple[Chosen, Chosen]:
        """Who gets a tag and who loses one, where each event is the last word on its profile and audience."""
        additions: dict[str, dict[Who, None]] = {}
        removals: dict[str, dict[Who, None]] = {}
        for (audience, action), people in groups.items():
            tag, chosen = self.exporter.job.tag_of(audience), removals if action == "exit" else additions
            if tag is None:
                continue
            if tag in chosen:
                return self._tagged_plainly()
            chosen[tag] = people
        if any(not additions[tag].keys().isdisjoint(removals[tag]) for tag in additions.keys() & removals.keys()):
            return self._tagged_plainly()
        return _listed(additions), _listed(removals)

    def _tagged_plainly(self) -> tuple[Chosen, Chosen]:
        """The same, where the last word has to be found."""
        identities = [("EMAIL", who) if isinstance(who, str) else who for who in self.identities]
        said = WindowFacts(self.window.entries, self.outcomes, identities, [])
        additions, removals = taggings(self.exporter.job, said, {})
        return _shortened(additions), _shortened(removals)


def _shortened(chosen: Taggings) -> Chosen:
    return {tag: [one[1] if one[0] == "EMAIL" else one for one in people] for tag, people in chosen.items()}


def _listed(chosen: Mapping[str, dict[Who, None]]) -> Chosen:
    return {tag: list(people) for tag, people in chosen.items()}


def _without_dicts(window: Window) -> Window:
    """The window without profiles that were read plainly: they take many times what they took in the record."""
    entries = [entry._replace(profile=None) if isinstance(entry.profile, dict) else entry for entry in window.entries]
    return replace(window, entries=tuple(entries))
