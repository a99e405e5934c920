"""What is to be done about people who differ, as a verification has noted it in its ledger. Blocks as that does."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson

from schemas.records.repairs import RepairAction, RepairOrder, RepairPerson
from streams.jobs.export_audience.repair.orders import ORDER_BYTES_MAX, PEOPLE_MAX
from streams.jobs.export_audience.verification.ledger import AT_ONCE, Ledger, batched
from streams.jobs.export_audience.verification.rows import (
    FIELDS,
    KNOWN,
    SAID,
    TO_ADD,
    TO_REMOVE,
    TO_UPDATE,
    Row,
    name_key,
    parts_of,
    sayings_of,
)
from streams.pipeline.join_entries import state_of
from streams.pipeline.offsets import Partition

#: Each partition by its place: its topic's id, and the end of what was compared of it.
Compared = list[tuple[Partition, str, int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Somebody who differs, and what is to be done; `place` is None where no partition tells of them."""

    place: int | None
    action: RepairAction
    tag: str | None
    person: RepairPerson


def differences(ledger: Ledger, actions: Collection[RepairAction]) -> Iterator[Difference]:
    """What the latest look has found, those of one action after the other."""
    if "add" in actions:
        for some in batched((key[1:] for key, _ in ledger.store.starting_with(TO_ADD)), AT_ONCE):
            yield from _of_members(ledger, some, "add")
    if "fields" in actions:
        for some in batched((key[1:] for key, _ in ledger.store.starting_with(TO_UPDATE)), AT_ONCE):
            yield from _of_members(ledger, some, "fields")
    if "remove" in actions:
        in_vain = ((key[1:], orjson.loads(state_of(kept))) for key, kept in ledger.store.starting_with(TO_REMOVE))
        for several in batched(in_vain, AT_ONCE):
            yield from _of_strangers(ledger, several)


def strangers(ledger: Ledger) -> set[int]:
    """The hashes of the names of those who lack the tag and may not be there at all."""
    found: set[int] = set()
    for some in batched((key[1:] for key, _ in ledger.store.starting_with(TO_ADD)), AT_ONCE):
        names = {parts_of(key)[1]: None for key in some}
        known = ledger.found(KNOWN, (name.encode("utf-8", "surrogatepass") for name in names))
        found.update(hash(name) for name in names if known[name.encode("utf-8", "surrogatepass")] is None)
    return found


def _of_members(ledger: Ledger, keys: list[bytes], action: RepairAction) -> Iterator[Difference]:
    rows = ledger.rows(keys)
    names = {key: tuple(filter(None, (parts_of(key)[1], row.also))) for key, row in rows.items()}
    written = {name: name.encode("utf-8", "surrogatepass") for several in names.values() for name in (*several, "")}
    known = ledger.found(KNOWN, written.values())
    fields = ledger.found(FIELDS, written.values()) if ledger.convert is not None else {}
    said = ledger.found(SAID, written.values())
    for key, row in rows.items():
        kept = fields.get(written[names[key][0]])
        there = any(known[written[name]] is not None for name in names[key])
        others, told = list[str](), sayings_of(kept).fields
        if not there and (noted := said[written[names[key][0]]]) is not None:
            others, told = sayings_of(noted).names, sayings_of(noted).fields
        person = RepairPerson(
            profile_id=row.profile or None,
            names=tuple({**dict.fromkeys(names[key]), **dict.fromkeys(others)}),
            exists=there if there or known[b""] is not None else None,
            fields=told,
        )
        tag = ledger.job.tags[parts_of(key)[0]] if action == "add" else None
        yield Difference(row.place, action, tag, person)


def _of_strangers(ledger: Ledger, people: list[tuple[bytes, list[str]]]) -> Iterator[Difference]:
    """Of people who have a tag in vain: some profile may have claimed them once."""
    keys = {key: [name_key(parts_of(key)[0], name) for name in names] for key, names in people}
    rows = ledger.rows(one for several in keys.values() for one in several)
    for key, names in people:
        number, person_id = parts_of(key)
        known: Row | None = next((rows[one] for one in keys[key] if rows[one].number), None)
        person = RepairPerson(
            profile_id=None if known is None else known.profile or None,
            names=tuple(names) or (f"ID {person_id}",),
            exists=True,
            fields={},
        )
        yield Difference(None if known is None else known.place, "remove", ledger.job.tags[number], person)


@dataclass(slots=True)
class _Draft:
    people: list[RepairPerson]
    weight: int = 0


#: The place of the partition, None for people of whom none tells, the action and the tag.
_Key = tuple[int | None, RepairAction, str | None]


@dataclass(slots=True)
class Orders:
    """Makes orders of what is to be done, each as full as it can be."""

    compared: Compared
    job: str
    repair_id: str
    now: datetime
    #: How many there are of people of whom no partition tells: they go to one after the other.
    _anywhere: int = 0

    def of(self, found: Iterable[Difference]) -> Iterator[RepairOrder]:
        """The orders."""
        drafts: dict[_Key, _Draft] = {}
        for one in found:
            key, person = (one.place, one.action, one.tag), _light(one.person)
            draft = drafts.setdefault(key, _Draft([]))
            weight = len(person.model_dump_json())
            if draft.people and (len(draft.people) == PEOPLE_MAX or draft.weight + weight > ORDER_BYTES_MAX):
                yield self._order(key, draft)
                draft = drafts[key] = _Draft([])
            draft.people.append(person)
            draft.weight += weight
        for key, draft in drafts.items():
            yield self._order(key, draft)

    def _order(self, key: _Key, draft: _Draft) -> RepairOrder:
        place, action, tag = key
        everywhere: list[tuple[str, int, int]] = []
        if place is None:
            place = self._anywhere % len(self.compared)
            self._anywhere += 1
            everywhere = [(topic, number, as_of) for (topic, number), _, as_of in self.compared]
        (topic, partition), topic_id, as_of = self.compared[place]
        return RepairOrder(
            repair_id=self.repair_id,
            job=self.job,
            topic=topic,
            topic_id=topic_id,
            partition=partition,
            as_of=as_of,
            everywhere=tuple(everywhere),
            action=action,
            tag=tag,
            people=tuple(draft.people),
            ordered_at=self.now,
        )


def _light(person: RepairPerson) -> RepairPerson:
    """The person, without fields that no order has room for."""
    heavy = bool(person.fields) and len(orjson.dumps(person.fields)) > ORDER_BYTES_MAX
    return person.model_copy(update={"fields": {}}) if heavy else person
