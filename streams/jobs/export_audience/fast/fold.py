"""One pass over the events of a window: people as they are written, who gets or loses a tag, what becomes of events."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import msgspec
import orjson

from schemas.records.outcomes import Outcome
from streams.jobs.export_audience.fast.columns import NOWHERE, Columns, Told, Who, columns_of
from streams.jobs.export_audience.fast.shapes import Shapes
from streams.jobs.export_audience.fold import WindowFacts, taggings
from streams.jobs.export_audience.person import Person
from streams.jobs.export_audience.plan import Exporter
from streams.jobs.export_audience.tags import Taggings
from streams.pipeline.decode import Entry
from streams.pipeline.window import Window

#: By tag, the people who get it, or lose it.
Chosen = Mapping[str, Sequence[Who]]
#: By audience and action, the people that are left by it.
Groups = dict[tuple[str, str], dict[Who, None]]


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
    identities: Sequence[Who | None] = ()
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
            window = window.without_profiles()
            people = [msgspec.Raw(orjson.dumps(one.json())) if isinstance(one, Person) else one for one in people]
        return FastBatch(
            window, self.keys, people, self.places, additions, removals, self.outcomes, self.details, self.left_out
        )

    def _read(self) -> tuple[Groups, bool]:
        """Read what events say; whom they leave inside and outside of each audience, and whether all are last words."""
        entries = self.window.entries
        if not entries:
            return {}, True
        columns = columns_of(self.exporter, self.shapes, entries)
        self.identities, self.keys, self.has_plain = columns.who, columns.addresses, bool(columns.plain)
        if (groups := self._at_once(columns)) is not None:
            return groups, True
        return self._one_by_one(columns)

    def _at_once(self, columns: Columns) -> Groups | None:
        """Read the events of a window in which different people enter one audience, as in a backlog; None of others."""
        entries, who = self.window.entries, [one for one in columns.who if one is not None]
        [(action, audience), *others] = {entry[1:3] for entry in entries}
        profiles = {entry[3] for entry in entries}
        if others or action == "exit" or columns.plain or not len(who) == len(profiles) == len(entries):
            return None
        self.keys |= profiles
        self.people, self.places = [*columns.people], [*range(len(entries))]
        for fields in columns.left_out.values():
            self.left_out.update(fields)
        return {(audience, action): dict.fromkeys(who)}

    def _one_by_one(self, columns: Columns) -> tuple[Groups, bool]:
        """Read the events of any window, as `_read` does."""
        # The loop runs for every event, so what it looks up is looked up once.
        outcomes, numbers, people, places, made = self.outcomes, self.numbers, self.people, self.places, columns.people
        plain, left_out, add_key = columns.plain, columns.left_out, self.keys.add
        latest: defaultdict[str, dict[str, int]] = defaultdict(dict)
        groups: Groups = {}
        last_audience, last_action, of_audience, group = "", "", {}, {}
        in_order, number = True, 0
        for index, (entry, who) in enumerate(zip(self.window.entries, columns.who, strict=True)):
            _, action, audience, profile_id, profile, _, _ = entry
            if who is None:
                outcomes[index] = "dropped"
                self.details[index] = self.exporter.no_address(without_profile=profile is None)
                continue
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
            if index in plain or numbers.setdefault(profile_id, number) != number:
                self._add_plainly(entry, index, plain.get(index) or self._plain(index))
                number = len(people)
                continue
            if index in left_out:
                self.left_out.update(left_out[index])
            people.append(made[index])
            places.append(index)
            number += 1
        return groups, in_order

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
