"""The kind `export_audience`: who enters becomes a tagged person, who exits loses the tag."""

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from schemas.jobs import AttributeType, ExportAudience
from schemas.outcomes import Outcome
from streams.calls import Call, Reply
from streams.flow.address import Address, resolver
from streams.flow.fields import STANDARD, compile_fields
from streams.flow.settle import Settled, settle
from streams.flow.window import Window
from streams.jobs.exchange import Verdict, batches_of, exchange
from streams.jobs.people import Person, upsert

Identity = tuple[str, str]
Memberships = Mapping[str, frozenset[str]]


@dataclass(slots=True)
class Tagging:
    """One tag to be added to, or removed from, one person; `entries` are the events that ask for it."""

    identity: Identity
    enters: bool
    entries: list[int]


@dataclass(frozen=True, slots=True)
class Folded:
    """A window reduced to its last words.

    `keys` are the profiles and identities touched: windows that share one must not fly at once. `memberships` holds
    the new audiences of each profile whose audiences changed, for jobs whose audiences share a tag.
    """

    window: Window
    keys: set[str]
    people: tuple[Person, ...]
    additions: Mapping[str, list[Tagging]]
    removals: Mapping[str, list[Tagging]]
    outcomes: list[Outcome]
    details: dict[int, str]
    left_out_fields: Mapping[str, int]
    memberships: Memberships


@dataclass(slots=True)
class _Fold:
    """The state of one fold."""

    last: dict[tuple[str, str], int] = field(default_factory=dict)
    persons: dict[int, Identity] = field(default_factory=dict)
    people: dict[tuple[str, Identity], Person] = field(default_factory=dict)
    details: dict[int, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the account says of its custom attributes: their types, and the fields of the objects of its lists."""

    types: Mapping[str, AttributeType] = field(default_factory=dict)
    object_schemas: Mapping[str, Mapping[str, AttributeType]] = field(default_factory=dict)


class Exporter:
    """The export of one job: `fold` a window, then `deliver` it."""

    def __init__(self, job: ExportAudience, attributes: Attributes) -> None:
        self.job = job
        self._resolve = resolver(job.email_field, job.phone_field, job.external_id_field, job.default_region)
        self._fields = compile_fields(
            {path: (target.to, target.type) for path, target in job.map_fields.items()},
            attributes.types,
            attributes.object_schemas,
        )

    def fold(self, window: Window, held: Memberships) -> Folded:
        """Keep the last word on each (profile, audience), and what each entering profile last said of itself.

        An event without a usable address is dropped before it can supersede anything. The person of a superseded
        enter is upserted all the same: so the people in Infobip do not depend on where windows were cut.
        """
        fold = _Fold()
        outcomes: list[Outcome] = ["accepted"] * len(window.entries)
        # The loop runs for every event, so what it looks up is looked up once.
        resolve, last, persons, keys = self._resolve, fold.last, fold.persons, fold.keys
        for index, (_, action, audience, profile_id, profile) in enumerate(window.entries):
            address = resolve(profile_id, profile)
            if address is None:
                outcomes[index] = "dropped"
                fold.details[index] = self._no_address(profile is None)
                continue
            membership = (profile_id, audience)
            earlier = last.pop(membership, None)
            if earlier is not None:
                outcomes[earlier] = "superseded"
            last[membership] = index
            persons[index] = person = address.person
            keys.add(profile_id)
            keys.add(person[1])
            if action == "enter":
                self._meet(fold, (profile_id, person), address, profile or {}, index)
        memberships = self._memberships(window, fold.last, held) if self.job.shares_tags else {}
        additions, removals = self._taggings(window, fold, outcomes, memberships)
        return Folded(
            window=window,
            keys=fold.keys,
            people=tuple(fold.people.values()),
            additions=additions,
            removals=removals,
            outcomes=outcomes,
            details=fold.details,
            left_out_fields=fold.left_out,
            memberships={
                profile: audiences
                for profile, audiences in memberships.items()
                if audiences != held.get(profile, frozenset())
            },
        )

    def deliver(self, folded: Folded) -> Generator[list[Call], list[Reply], Settled]:
        """Upserts, then tag additions, then tag removals; a person who was refused is not tagged."""
        outcomes, details = list(folded.outcomes), dict(folded.details)
        refused: dict[int, str] = {}
        if folded.people:
            results = yield from upsert(folded.people)
            for person, result in zip(folded.people, results, strict=True):
                for index in person.entries:
                    if result.detail is not None:
                        refused[index] = result.detail
                    elif outcomes[index] == "accepted":
                        outcomes[index] = result.outcome
        yield from self._tag(folded.additions, enters=True, refused=refused, outcomes=outcomes)
        yield from self._tag(folded.removals, enters=False, refused=refused, outcomes=outcomes)
        for index, detail in refused.items():
            if outcomes[index] != "superseded":
                outcomes[index] = "rejected"
                details[index] = detail
        return settle(folded.window, outcomes, details, folded.left_out_fields)

    def _tag(
        self, chosen: Mapping[str, list[Tagging]], *, enters: bool, refused: dict[int, str], outcomes: list[Outcome]
    ) -> Generator[list[Call], list[Reply], None]:
        batches, wanted = [], {}
        for tag, taggings in chosen.items():
            known = taggings
            if refused:
                known = [tagging for tagging in taggings if not refused.keys() >= set(tagging.entries)]
            queries = [
                {"query": {"type": kind, "identifier": identifier}}
                for kind, identifier in (tagging.identity for tagging in known)
            ]
            build = tag_call(tag, enters=enters)
            wanted[build] = (tag, known)
            batches += batches_of(build, queries)
        missing: list[str] = []
        while batches:
            answers = yield from exchange(batches)
            batches = []
            for answer in answers:
                tag, known = wanted[answer.batch.build]
                if answer.verdict is Verdict.TAKEN:
                    continue
                entries = [index for number in answer.batch.numbers for index in known[number].entries]
                if answer.verdict is Verdict.MISSING and not enters:
                    for index in entries:
                        outcomes[index] = "unchanged"
                elif answer.verdict is Verdict.MISSING and answer.batch.repeats == 0:
                    missing.append(tag)
                    batches.append(answer.batch.again())
                else:
                    refused.update(dict.fromkeys(entries, answer.fault))
            if missing:
                yield [create_tag_call(tag) for tag in dict.fromkeys(missing)]
                missing = []

    def _meet(
        self, fold: _Fold, who: tuple[str, Identity], address: Address, profile: dict[str, Any], index: int
    ) -> None:
        """Remember what an entering profile says of itself; a later enter adds to an earlier one."""
        said, left_out = self._fields(profile)
        if left_out:
            fold.left_out.update(left_out)
        known = fold.people.get(who)
        fold.people[who] = (
            Person(address, self.job.person_type, said, [index]) if known is None else known.later(address, said, index)
        )

    def _memberships(
        self, window: Window, last: Mapping[tuple[str, str], int], held: Memberships
    ) -> dict[str, frozenset[str]]:
        """The audiences that each profile of the window is in at its end."""
        new: dict[str, frozenset[str]] = {}
        for (profile, audience), index in last.items():
            before = new.get(profile)
            if before is None:
                before = held.get(profile, frozenset())
            enters = window.entries[index].action == "enter"
            new[profile] = before | {audience} if enters else before - {audience}
        return new

    def _taggings(
        self, window: Window, fold: _Fold, outcomes: list[Outcome], memberships: Memberships
    ) -> tuple[dict[str, list[Tagging]], dict[str, list[Tagging]]]:
        """Tags to add and to remove: the last word on each (tag, person), in the order in which they were said."""
        by_tag: dict[str, dict[Identity, Tagging]] = {}
        tag_of = lru_cache(self.job.tag_of)
        for (profile, audience), index in fold.last.items():
            tag = tag_of(audience)
            if tag is None:  # a window holds wanted audiences only, and each of those has a tag
                continue
            enters = window.entries[index].action == "enter"
            if not enters and any(tag_of(other) == tag for other in memberships.get(profile, ())):
                outcomes[index] = "unchanged"
                continue
            person = fold.persons[index]
            taggings = by_tag.setdefault(tag, {})
            known = taggings.get(person)
            if known is None:
                taggings[person] = Tagging(person, enters, [index])
            elif known.enters is enters:
                known.entries.append(index)
            else:
                # Two profiles with one address: the later word on the person wins.
                for earlier in known.entries:
                    outcomes[earlier] = "superseded"
                taggings[person] = Tagging(person, enters, [index])
        additions: dict[str, list[Tagging]] = {}
        removals: dict[str, list[Tagging]] = {}
        for tag, taggings in by_tag.items():
            for tagging in taggings.values():
                (additions if tagging.enters else removals).setdefault(tag, []).append(tagging)
        return additions, removals

    def _no_address(self, without_profile: bool) -> str:  # noqa: FBT001 - one caller, two lines away
        names = " nor ".join(filter(None, (self.job.email_field, self.job.phone_field, self.job.external_id_field)))
        if without_profile:
            return f"the event has no profile, so neither {names} is known"
        return f"neither {names} of the profile is usable"


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


def tag_call(tag: str, *, enters: bool) -> Callable[[list[Any]], Call]:
    """What builds the call that adds a tag to people, or removes it from them."""
    path = f"/people/2/tags/{quote(tag, safe='')}/persons"

    def build(queries: list[Any]) -> Call:
        if enters:
            return Call("add_tag", "PATCH", path, {"people": queries}, items=len(queries))
        return Call("remove_tag", "DELETE", path, {"people": queries}, items=len(queries))

    return build


def create_tag_call(tag: str) -> Call:
    """The call that creates a tag."""
    return Call("create_tag", "POST", "/people/2/tags", {"name": tag})
