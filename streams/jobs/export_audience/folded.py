"""A window of an export as it is delivered, and its parts: what may go now, and what takes longer."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from schemas.records.outcomes import Outcome
from streams.jobs.export_audience.fold import Memberships, names_of
from streams.jobs.export_audience.person import Person
from streams.jobs.export_audience.tags import Taggings
from streams.pipeline.window import Window
from streams.profiles.address import Identity


@dataclass(frozen=True, slots=True)
class ExportBatch:
    """A window reduced to its last words.

    `keys` are the profiles and addresses touched: windows that share one must not fly at once. `memberships` holds
    the new audiences of each profile whose audiences changed, for jobs that keep them. People who stand
    `alone` are those that Infobip chokes on; `since` is when they were first met, where they had to wait for others.
    """

    window: Window
    keys: AbstractSet[str]
    people: tuple[Person, ...]
    additions: Taggings
    removals: Taggings
    addresses: Sequence[Sequence[str | None] | None]
    outcomes: Sequence[Outcome]
    details: Mapping[int, str]
    left_out_fields: Counter[str]
    memberships: Memberships
    alone: bool = False
    since: float | None = None


def parted(
    folded: ExportBatch, places: AbstractSet[int], people: Collection[Person]
) -> tuple[ExportBatch, ExportBatch]:
    """Two windows of one: without the entries of these places and these people, and with nothing but them."""
    window, rest = folded.window.parted(places)
    apart = {id(person) for person in people}
    inside: dict[int, int] = {}
    outside: dict[int, int] = {}
    for place in range(len(folded.window.entries)):
        numbers = inside if place in places else outside
        numbers[place] = len(numbers)
    keys = {
        key for place in places for key in (folded.window.entries[place].profile_id, *names_of(folded.addresses[place]))
    }
    keys.update(name for person in people for name in names_of(person.address))
    staying = {entry.profile_id for entry in window.entries}
    moving = {entry.profile_id for entry in rest.entries} - staying
    left = replace(
        folded,
        window=window,
        people=tuple(_renumbered(one, outside) for one in folded.people if id(one) not in apart),
        additions=_those_in(folded.additions, outside),
        removals=_those_in(folded.removals, outside),
        addresses=[folded.addresses[place] for place in outside],
        outcomes=[folded.outcomes[place] for place in outside],
        details=_details_in(folded.details, outside),
        memberships={who: said for who, said in folded.memberships.items() if who not in moving},
    )
    taken = replace(
        folded,
        window=rest,
        keys=keys,
        people=tuple(_renumbered(one, inside) for one in people),
        additions=_those_in(folded.additions, inside),
        removals=_those_in(folded.removals, inside),
        addresses=[folded.addresses[place] for place in inside],
        outcomes=[folded.outcomes[place] for place in inside],
        details=_details_in(folded.details, inside),
        left_out_fields=Counter(),
        memberships={who: said for who, said in folded.memberships.items() if who in moving},
    )
    return left, taken


def reached(folded: ExportBatch, keys: AbstractSet[str]) -> set[int]:
    """The entries that share a key with these, or with another that does."""
    known, places = set(keys), set[int]()
    named = [
        (place, {entry.profile_id, *names_of(address)})
        for place, (entry, address) in enumerate(zip(folded.window.entries, folded.addresses, strict=True))
    ]
    while fresh := [(place, names) for place, names in named if place not in places and not known.isdisjoint(names)]:
        for place, names in fresh:
            places.add(place)
            known |= names
    return places


def _renumbered(person: Person, numbers: Mapping[int, int]) -> Person:
    entries = tuple(numbers[place] for place in person.entries if place in numbers)
    return Person(person.address, person.person_type, person.said, entries)


def _those_in(chosen: Taggings, numbers: Mapping[int, int]) -> dict[str, dict[Identity, tuple[int, ...]]]:
    """The people for the sake of these entries, with their new numbers."""
    found: dict[str, dict[Identity, tuple[int, ...]]] = {}
    for name, people in chosen.items():
        for who, events in people.items():
            if kept := tuple(numbers[place] for place in events if place in numbers):
                found.setdefault(name, {})[who] = kept
    return found


def _details_in(details: Mapping[int, str], numbers: Mapping[int, int]) -> dict[int, str]:
    return {numbers[place]: detail for place, detail in details.items() if place in numbers}
