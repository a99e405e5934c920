"""The kind `export_audience`: who enters becomes a tagged person, who exits loses the tag."""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Protocol

from schemas.jobs.export_audience import AttributeType, ExportAudience
from schemas.operations import LIST_PERSONS
from streams.calls.call import Call, Reply
from streams.jobs.export_audience.entered import Entered, Remembering, parts_of, way_of
from streams.jobs.export_audience.fields import STANDARD, compile_fields, fields_of
from streams.jobs.export_audience.fold import Memberships, WindowFacts, memberships_after, moved, taggings
from streams.jobs.export_audience.folded import ExportBatch, parted, reached
from streams.jobs.export_audience.people import PersonResult, Upserted, upsert
from streams.jobs.export_audience.person import CUSTOM, Person
from streams.jobs.export_audience.tags import Taggings, tag
from streams.pipeline.batches import Endurance
from streams.pipeline.decode import Entry
from streams.pipeline.settle import Settled, settle
from streams.pipeline.window import Window
from streams.profiles.address import Address, Identity, resolver, unusable


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the account says of its custom attributes: their types, and the fields of the objects of its lists."""

    types: Mapping[str, AttributeType] = field(default_factory=dict)
    object_schemas: Mapping[str, Mapping[str, AttributeType]] = field(default_factory=dict)


REFUSED_MAX = 10_000
NOBODY: Memberships = MappingProxyType({})
ACCEPTED = PersonResult("accepted")
#: A question that Infobip answers whenever it is there.
WITNESS = Call(LIST_PERSONS, query={"limit": "1"})


class Exporter:
    """The export of one job: `fold` a window, then `deliver` it."""

    def __init__(self, job: ExportAudience, attributes: Attributes) -> None:
        self.job, self._shares_tags = job, job.shares_tags
        self._resolve = resolver(job.email_field, job.phone_field, job.external_id_field, job.default_region)
        #: What names the fields of a profile that hold something, and no address.
        self.unusable = unusable(job.email_field, job.phone_field, job.external_id_field)
        self._sources = _sources(job)
        #: Emails that Infobip refused of people who went by their phone: they leave by it, too. The oldest go first.
        self._refused: dict[Identity, None] = {}
        said = {path: (target.to, target.type) for path, target in job.map_fields.items()}
        #: What of a profile goes where in a person.
        self.fields = fields_of(said, attributes.types, attributes.object_schemas)
        self._convert = compile_fields(said, attributes.types, attributes.object_schemas)

    def fold(self, window: Window, held: Memberships = NOBODY) -> ExportBatch:
        """Keep the last word on each (profile, audience), and what each entering profile last said of itself."""
        said = self._read_events(window, held)
        if self.job.remembers:
            remembering = Remembering(cache(self.job.tag_of), said, Entered.of(held))
            memberships = remembering.memberships()
            additions, removals = remembering.taggings()
        else:
            known, changed = memberships_after(said, held) if self._shares_tags else ({}, set())
            memberships = {profile: known[profile] for profile in changed}
            additions, removals = taggings(self.job, said, known)
        return ExportBatch(
            window=window.without_profiles(),
            keys=said.keys,
            people=tuple(said.people),
            additions=additions,
            removals=removals,
            addresses=said.known_by,
            outcomes=said.outcomes,
            details=said.details,
            left_out_fields=said.left_out,
            memberships=memberships,
        )

    def left_out(self, entry: Entry) -> list[str]:
        """The fields of one event's profile that cannot be taken over."""
        return self.read(entry)[2] if entry.action != "exit" else []

    def read(self, entry: Entry) -> tuple[Address | None, dict[str, Any], list[str]]:
        """What one event says: the address, the person's fields, and the profile's fields that cannot be taken over."""
        profile, address = entry.profile or {}, self._resolve(entry.profile_id, entry.profile)
        if address is None:
            return None, {}, []
        words, left_out = self._convert(profile)
        return address, words, [*left_out, *self.unusable(entry.profile_id, profile, address)]

    @property
    def knows_refused(self) -> bool:
        """Whether some email is known to be refused, so that whoever leaves by it may have to leave by another way."""
        return bool(self._refused)

    def part(self, folded: ExportBatch, keys: AbstractSet[str]) -> tuple[ExportBatch | None, ExportBatch | None]:
        """Part a window: what touches none of these keys, not even by way of others, and what does."""
        places = reached(folded, keys)
        people = [person for person in folded.people if not places.isdisjoint(person.entries)]
        left, later = parted(folded, places, people)
        later = replace(later, alone=True, since=folded.window.opened_at)
        return (left if left.window.records else None), (later if later.window.records else None)

    def deliver(self, folded: ExportBatch) -> Generator[list[Call], list[Reply], Settled]:
        """Upserts, then tag additions and removals; a person who was refused is not tagged.

        Whoever Infobip chokes on is left to the rest, with all that is to be done about them.
        """
        patience = self.job.give_up_after.total_seconds()
        endurance = Endurance(patience, folded.alone, folded.since, WITNESS if folded.alone else None)
        told: dict[int, PersonResult] = {}
        upserted = yield from upsert(folded.people, endurance)
        for number, result in upserted.results.items():
            told |= dict.fromkeys(folded.people[number].entries, result)
        people = [folded.people[number] for number in upserted.stuck]
        left_out = folded.left_out_fields + self._left_out(upserted)
        moves = _moves(folded.people, upserted)
        additions = moved(folded.additions, moves)
        stuck = _with_others({place for person in people for place in person.entries}, additions)
        self._note_refused(folded, upserted)
        removals = moved(folded.removals, self._phones_of(folded))
        removals = removals if not moves else _those_not_in(additions, removals)
        steps = [(_without(told, stuck, additions), True), (removals, False)]
        # A former address may be of the same person still, by the phone that stayed: who enters has the last word.
        for chosen, enters in reversed(steps) if self.job.remembers else steps:
            tagged, late = yield from tag(chosen, enters=enters, endurance=endurance)
            # Who enters under another address is told of by what became of that, unless the former is refused.
            told |= {
                index: result
                for index, result in tagged.items()
                if enters or result.detail is not None or folded.window.entries[index].action == "exit"
            }
            stuck.update(late)
        outcomes, details = list(folded.outcomes), dict(folded.details)
        for index, result in told.items():
            if outcomes[index] == "accepted" and index not in stuck:
                outcomes[index] = result.outcome
                if result.detail is not None:
                    details[index] = result.detail
        entered = self._entered(folded, moves)
        if not stuck and not people:
            return settle(folded.window, outcomes, details, left_out, notes=entered)
        places = {place for place in stuck if outcomes[place] == "accepted"}
        now, rest = parted(replace(folded, additions=additions, outcomes=outcomes, details=details), places, people)
        # Who is in which audience is written with what is told now.
        rest = replace(rest, alone=True, memberships={})
        return settle(now.window, list(now.outcomes), now.details, left_out, notes=entered, rest=rest)

    def _entered(self, folded: ExportBatch, moves: Mapping[int, Identity]) -> Memberships:
        """What profiles really entered by, where Infobip did not take the address they are matched by."""
        if not self.job.remembers or not folded.memberships:
            return {}
        corrected: dict[str, frozenset[str]] = {}
        for index, identity in moves.items():
            entry = folded.window.entries[index]
            who = entry.profile_id
            if (ways := corrected.get(who) or folded.memberships.get(who)) and folded.outcomes[index] == "accepted":
                others = {way for way in ways if parts_of(way)[1] != entry.audience}
                corrected[who] = frozenset({*others, way_of(identity, entry.audience)})
        return corrected

    def _note_refused(self, folded: ExportBatch, upserted: Upserted) -> None:
        for number, person in upserted.lessened.items():
            identity = folded.people[number].address.identity
            if person.address.identity != identity:
                self._refused[identity] = None
        while len(self._refused) > REFUSED_MAX:
            del self._refused[next(iter(self._refused))]

    def _phones_of(self, folded: ExportBatch) -> dict[int, Identity]:
        """By entry, the phone of whoever leaves by an email that Infobip is known to refuse."""
        if not self._refused:
            return {}
        return {
            index: ("PHONE", address[1])
            for people in folded.removals.values()
            for who, events in people.items()
            if who in self._refused
            for index in events
            if (address := folded.addresses[index]) is not None and address[1] is not None
        }

    def _left_out(self, upserted: Upserted) -> Counter[str]:
        """What Infobip refused of people whom it took without it, by the profile's field."""
        gone = [
            part
            for number, person in upserted.lessened.items()
            if number not in upserted.stuck and upserted.results.get(number, ACCEPTED).detail is None
            for part in person.left_out
        ]
        return Counter(self._sources.get(part.casefold(), part) for part in gone)

    def _read_events(self, window: Window, held: Memberships) -> WindowFacts:
        """Read what events say, one after the other.

        An event without a usable address is dropped before it can supersede anything. The person of a superseded
        enter is upserted all the same: so the people in Infobip do not depend on where windows were cut.
        """
        entries = window.entries
        said = WindowFacts(entries, ["accepted"] * len(entries), [None] * len(entries), [None] * len(entries))
        # The loop runs for every event, so what it looks up is looked up once.
        resolve, fields, person_type = self._resolve, self._convert, self.job.person_type
        unusable_of, remembers = self.unusable, self.job.remembers
        has_ids = self.job.external_id_field is not None
        outcomes, identities, addresses, latest = said.outcomes, said.identities, said.addresses, said.latest
        people: dict[object, Person] = {}
        for index, (_, action, audience, profile_id, profile, _, _) in enumerate(entries):
            address = resolve(profile_id, profile)
            of_audience = latest[audience]
            if address is None:
                if action == "exit" and remembers and _is_inside(said, held, profile_id, audience):
                    if profile_id in of_audience:
                        outcomes[of_audience[profile_id]] = "superseded"
                    of_audience[profile_id] = index
                    continue
                outcomes[index] = "dropped"
                said.details[index] = self.no_address(without_profile=profile is None)
                continue
            addresses[index] = address
            identities[index] = identity = address.identity
            if profile_id in of_audience:
                outcomes[of_audience[profile_id]] = "superseded"
            of_audience[profile_id] = index
            if action == "exit":
                continue
            words, left_out = fields(profile or {})
            if left_out:
                said.left_out.update(left_out)
            email, phone, known_as = address
            if profile and (email is None or phone is None or (has_ids and known_as is None)):
                said.left_out.update(unusable_of(profile_id, profile, address))
            # Nearly every profile is one person all through a window, and its name alone is found fastest.
            who: object = profile_id
            known = people.get(who)
            if known is not None and known.address.identity != identity:
                who = (profile_id, identity)
                known = people.get(who)
            # A later enter adds to what an earlier one said.
            people[who] = (
                Person(address, person_type, words, (index,)) if known is None else known.later(address, words, index)
            )
        said.people.extend(people.values())
        return said

    def no_address(self, *, without_profile: bool) -> str:
        """Why an event is dropped, in words."""
        fields = filter(None, (self.job.email_field, self.job.phone_field, self.job.external_id_field))
        names = " or ".join(fields)
        if without_profile:
            return f"the event has no profile, and so no {names}"
        return f"the profile has no usable {names}"


class Memory(Protocol):
    """Who is in which audiences."""

    def known_in(self, window: Window, /) -> Memberships:
        """What is known of whom a window tells of, and of those who share an address with them."""
        ...

    def learn(self, batch: ExportBatch, /) -> None:
        """Take over what a folded window says."""
        ...


@dataclass(frozen=True, slots=True)
class StatefulExporter:
    """An exporter that folds windows over what it remembers, for jobs that must know who is in which audience."""

    exporter: Exporter
    memory: Memory

    def fold(self, window: Window, /) -> ExportBatch:
        """Make a window ready, and remember what it says."""
        batch = self.exporter.fold(window, self.memory.known_in(window))
        self.memory.learn(batch)
        return batch

    def part(self, batch: ExportBatch, keys: AbstractSet[str], /) -> tuple[ExportBatch | None, ExportBatch | None]:
        """Part a batch, as the exporter does."""
        return self.exporter.part(batch, keys)

    def deliver(self, batch: ExportBatch, /) -> Generator[list[Call], list[Reply], Settled]:
        """Deliver a batch, as the exporter does."""
        return self.exporter.deliver(batch)


def _is_inside(said: WindowFacts, held: Memberships, profile_id: str, audience: str) -> bool:
    """Whether it is known what a profile entered an audience by, from this window or from before."""
    last = said.latest[audience].get(profile_id)
    if last is not None:
        return said.entries[last].action == "enter"
    return any(parts_of(way)[1] == audience for way in held.get(profile_id, ()))


def _sources(job: ExportAudience) -> dict[str, str]:
    """By what may be left out of a person, in lower case, the field of the profile that it comes from."""
    contacts = {"email": job.email_field or "", "phone": job.phone_field or ""}
    fields = {target.to: path for path, target in job.map_fields.items()}
    named = {name if name in STANDARD else f"{CUSTOM}.{name}": path for name, path in fields.items()}
    return contacts | {name.casefold(): path for name, path in named.items()}


def _moves(people: Sequence[Person], upserted: Upserted) -> dict[int, Identity]:
    """By entry, as whom a person went whom Infobip does not take under the address they are matched by."""
    return {
        place: identity
        for number, person in upserted.lessened.items()
        if (identity := person.address.identity) != people[number].address.identity
        for place in person.entries
    }


def _with_others(stuck: set[int], additions: Taggings) -> set[int]:
    """These entries, and those of others that ask for the same tag for the same person."""
    if stuck:
        for people in additions.values():
            for events in people.values():
                if not stuck.isdisjoint(events):
                    stuck.update(events)
    return stuck


def _those_not_in(additions: Taggings, removals: Taggings) -> Taggings:
    return {
        name: {who: events for who, events in people.items() if who not in additions.get(name, {})}
        for name, people in removals.items()
    }


def _without(told: Mapping[int, PersonResult], stuck: AbstractSet[int], additions: Taggings) -> Taggings:
    """The additions of people who were neither refused, of whom some event was taken then, nor are stuck."""
    refused = {index for index, result in told.items() if result.detail is not None}
    if not refused and not stuck:
        return additions
    return {
        name: {
            who: events for who, events in people.items() if not refused.issuperset(events) and stuck.isdisjoint(events)
        }
        for name, people in additions.items()
    }


def missing_attributes(job: ExportAudience, attributes: Mapping[str, AttributeType]) -> dict[str, AttributeType]:
    """The custom attributes the job maps to that the account does not have; text unless the job names a type."""
    known = {name.casefold() for name in attributes}
    return {
        target.to: target.type or "STRING"
        for target in job.map_fields.values()
        if target.to not in STANDARD and target.to.casefold() not in known
    }


def attribute_faults(job: ExportAudience, attributes: Mapping[str, AttributeType]) -> list[str]:
    """What keeps the job's custom attributes from being written: they are missing, or of another type."""
    kinds = {name.casefold(): kind for name, kind in attributes.items()}
    faults = [
        f"the account's custom attribute {target.to} is {kinds[target.to.casefold()]}, `map_fields` says {target.type}"
        for target in job.map_fields.values()
        if target.type is not None and kinds.get(target.to.casefold(), target.type) != target.type
    ]
    missing = missing_attributes(job, attributes)
    if missing and not job.create_attributes:
        faults.append(
            f"the account has no custom attribute {', '.join(sorted(missing))}; create it in Infobip, correct "
            "`map_fields`, or say `create_attributes: true`"
        )
    return faults
