"""The kind `export_audience`: who enters becomes a tagged person, who exits loses the tag."""

from collections.abc import Generator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from schemas.jobs import AttributeType, ExportAudience
from streams.calls import Call, Reply
from streams.flow.address import resolver
from streams.flow.decode import Entry
from streams.flow.fields import STANDARD, compile_fields
from streams.flow.settle import Settled, settle
from streams.flow.window import Window
from streams.jobs.exchange import Endurance
from streams.jobs.fold import Memberships, Said, memberships_after, taggings
from streams.jobs.folded import Folded, parted, reached
from streams.jobs.people import Person, PersonResult, upsert
from streams.jobs.tags import Taggings, tag


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the account says of its custom attributes: their types, and the fields of the objects of its lists."""

    types: Mapping[str, AttributeType] = field(default_factory=dict)
    object_schemas: Mapping[str, Mapping[str, AttributeType]] = field(default_factory=dict)


#: A question that Infobip answers whenever it is there.
WITNESS = Call("list_persons", "GET", "/people/2/persons", query={"limit": "1"})


class Exporter:
    """The export of one job: `fold` a window, then `deliver` it."""

    def __init__(self, job: ExportAudience, attributes: Attributes) -> None:
        self.job, self._shares_tags = job, job.shares_tags
        self._resolve = resolver(job.email_field, job.phone_field, job.external_id_field, job.default_region)
        self._fields = compile_fields(
            {path: (target.to, target.type) for path, target in job.map_fields.items()},
            attributes.types,
            attributes.object_schemas,
        )

    def fold(self, window: Window, held: Memberships) -> Folded:
        """Keep the last word on each (profile, audience), and what each entering profile last said of itself."""
        said = self._hear(window)
        memberships, changed = memberships_after(said, held) if self._shares_tags else ({}, set())
        additions, removals = taggings(self.job, said, memberships)
        return Folded(
            window=window.without_profiles(),
            keys=said.keys,
            people=tuple(said.people),
            additions=additions,
            removals=removals,
            addresses=said.addresses,
            outcomes=said.outcomes,
            details=said.details,
            left_out_fields=said.left_out,
            memberships={profile: memberships[profile] for profile in changed},
        )

    def left_out(self, entry: Entry) -> list[str]:
        """The fields of one event's profile that cannot be taken over."""
        if entry.action == "exit" or self._resolve(entry.profile_id, entry.profile) is None:
            return []
        return self._fields(entry.profile or {})[1]

    def part(self, folded: Folded, keys: AbstractSet[str]) -> tuple[Folded | None, Folded | None]:
        """Part a window: what touches none of these keys, not even by way of others, and what does."""
        places = reached(folded, keys)
        people = [person for person in folded.people if not places.isdisjoint(person.entries)]
        left, later = parted(folded, places, people)
        later = replace(later, alone=True, since=folded.window.opened_at)
        return (left if left.window.records else None), (later if later.window.records else None)

    def deliver(self, folded: Folded) -> Generator[list[Call], list[Reply], Settled]:
        """Upserts, then tag additions, then tag removals; a person who was refused is not tagged.

        Whoever Infobip chokes on is left to the rest, with all that is to be done about them.
        """
        patience = self.job.give_up_after.total_seconds()
        endurance = Endurance(patience, folded.alone, folded.since, WITNESS if folded.alone else None)
        told: dict[int, PersonResult] = {}
        results, halted = yield from upsert(folded.people, endurance)
        for number, result in results.items():
            told |= dict.fromkeys(folded.people[number].entries, result)
        people = [folded.people[number] for number in halted]
        stuck = _with_others({place for person in people for place in person.entries}, folded.additions)
        for chosen, enters in ((_without(told, stuck, folded.additions), True), (folded.removals, False)):
            tagged, late = yield from tag(chosen, enters=enters, endurance=endurance)
            told |= tagged
            stuck.update(late)
        outcomes, details = list(folded.outcomes), dict(folded.details)
        for index, result in told.items():
            if outcomes[index] == "accepted" and index not in stuck:
                outcomes[index] = result.outcome
                if result.detail is not None:
                    details[index] = result.detail
        if not stuck and not people:
            return settle(folded.window, outcomes, details, folded.left_out_fields)
        places = {place for place in stuck if outcomes[place] == "accepted"}
        now, rest = parted(replace(folded, outcomes=outcomes, details=details), places, people)
        # Who is in which audience is written with what is told now.
        rest = replace(rest, alone=True, memberships={})
        return settle(now.window, list(now.outcomes), now.details, folded.left_out_fields, rest=rest)

    def _hear(self, window: Window) -> Said:
        """Read what events say, one after the other.

        An event without a usable address is dropped before it can supersede anything. The person of a superseded
        enter is upserted all the same: so the people in Infobip do not depend on where windows were cut.
        """
        entries = window.entries
        said = Said(entries, ["accepted"] * len(entries), [None] * len(entries), [None] * len(entries))
        # The loop runs for every event, so what it looks up is looked up once.
        resolve, fields, person_type = self._resolve, self._fields, self.job.person_type
        outcomes, identities, addresses, latest = said.outcomes, said.identities, said.addresses, said.latest
        people: dict[object, Person] = {}
        for index, (_, action, audience, profile_id, profile, _, _) in enumerate(entries):
            address = resolve(profile_id, profile)
            if address is None:
                outcomes[index] = "dropped"
                said.details[index] = self._no_address(profile is None)
                continue
            addresses[index] = address
            identities[index] = identity = address.identity
            of_audience = latest[audience]
            if profile_id in of_audience:
                outcomes[of_audience[profile_id]] = "superseded"
            of_audience[profile_id] = index
            if action == "exit":
                continue
            words, left_out = fields(profile or {})
            if left_out:
                said.left_out.update(left_out)
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

    def _no_address(self, without_profile: bool) -> str:  # noqa: FBT001 - one caller, two lines away
        fields = filter(None, (self.job.email_field, self.job.phone_field, self.job.external_id_field))
        names = " or ".join(fields)
        if without_profile:
            return f"the event has no profile, and so no {names}"
        return f"the profile has no usable {names}"


def _with_others(stuck: set[int], additions: Taggings) -> set[int]:
    """These entries, and those of others that ask for the same tag for the same person."""
    if stuck:
        for people in additions.values():
            for events in people.values():
                if not stuck.isdisjoint(events):
                    stuck.update(events)
    return stuck


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
