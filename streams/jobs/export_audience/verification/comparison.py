"""Both sides held against each other: who has a tag and should not, who should and has not, and whose fields differ.

Whoever differs is looked at twice. The first look notes differences in the ledger's store; `confirm` notes what the
second finds, and `drift` tells what is left of them once the events are read that came meanwhile.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import heappush, heappushpop

import orjson

from streams.jobs.export_audience.verification.fields import changed
from streams.jobs.export_audience.verification.ledger import AT_ONCE, Ledger, batched
from streams.jobs.export_audience.verification.rows import (
    CHANGED,
    FIELDS,
    KNOWN,
    MISSING,
    NOTHING,
    OTHERWISE_NAMED,
    ROW,
    STILL_CHANGED,
    STILL_NAMED,
    STILL_TAGGED,
    SURPLUS,
    TO_ADD,
    TO_REMOVE,
    TO_UPDATE,
    Marks,
    Places,
    Row,
    name_key,
    parts_of,
    row_of,
    sayings_of,
)
from streams.jobs.export_audience.verification.tagged import Name, Tagged
from streams.pipeline.join_entries import entry, state_of

EXAMPLES = 5


@dataclass(slots=True)
class Found:
    """Differences of one sort: how many, and some of them, each a tag and a name."""

    count: int = 0
    examples: list[tuple[str, Name]] = field(default_factory=list)

    def add(self, tag: str, name: Name) -> None:
        """Count one more."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append((tag, name))


@dataclass(slots=True)
class Drift:
    """What differs and is not merely under way; `under_way` are differences whose events the job has not done yet."""

    missing: Found = field(default_factory=Found)
    too_many: Found = field(default_factory=Found)
    by_former_address: Found = field(default_factory=Found)
    changed: Found = field(default_factory=Found)
    by_field: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    #: By tag, how many names are to be added and to be taken: what a repair calls for.
    to_add: Counter[str] = field(default_factory=Counter)
    to_remove: Counter[str] = field(default_factory=Counter)


class Comparison:
    """Compares people with a ledger; blocks as the ledger does."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._tags = ledger, ledger.job.tags
        self._seen = Marks()
        self._numbers = {tag.casefold(): number for number, tag in enumerate(self._tags)}

    # --- the first look -------------------------------------------------------------------------------------------

    def hold(self, people: Sequence[Tagged]) -> None:
        """Hold people who have a tag against what Kafka says: note who is a member, and who is not."""
        each = list(self._each(people))
        rows = self._ledger.found(ROW, (key for _, _, keys in each for key in keys))
        surplus: dict[bytes, bytes] = {}
        members: list[tuple[bytes, Tagged]] = []
        for tag, person, keys in each:
            inside = [(key, row) for key in keys if (row := row_of(rows[key])).inside > 0]
            for _, row in inside:
                self._seen.add(row.number)
            if inside:
                members.append((inside[0][0], person))
            else:
                surplus[name_key(tag, person.key)] = entry(orjson.dumps(person.names), None)
        self._ledger.note(SURPLUS, surplus)
        self._ledger.note(CHANGED, self._changed(members))

    def miss(self, members: Iterable[bytes] | None = None) -> None:
        """Note who of the members was not met: of all, or of these, who come in the order of their keys."""
        everybody = self._ledger.members() if members is None else self._rows_of(members)
        unseen = (key for key, row in everybody if row.number not in self._seen)
        for some in batched(unseen, AT_ONCE):
            self._ledger.note(MISSING, dict.fromkeys(some, NOTHING))

    def _rows_of(self, members: Iterable[bytes]) -> Iterator[tuple[bytes, Row]]:
        for some in batched(members, AT_ONCE):
            yield from self._ledger.rows(some).items()

    def sample(self, most: int) -> list[bytes]:
        """So many members, drawn by a hash of their profile's id: the same ones each time, as long as they are in."""
        drawn: list[tuple[int, bytes]] = []
        for profile, key in self._ledger.profiles():
            digest = blake2b(profile.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            one = (-int.from_bytes(digest, "big"), key)
            if len(drawn) < most:
                heappush(drawn, one)
            elif one > drawn[0]:
                heappushpop(drawn, one)
        return sorted({key for _, key in drawn})

    # --- the second look ------------------------------------------------------------------------------------------

    def look_anew(self) -> None:
        """Let go of what a second look has found, to have another one; who had a tag in vain may lack it by now."""
        self._ledger.forget(STILL_NAMED, STILL_TAGGED, STILL_CHANGED, OTHERWISE_NAMED, KNOWN)
        surplus = ((key[1:], orjson.loads(state_of(kept))) for key, kept in self._ledger.store.starting_with(SURPLUS))
        for several in batched(surplus, AT_ONCE):
            keys = [name_key(parts_of(key)[0], name) for key, names in several for name in names]
            self._ledger.note(MISSING, dict.fromkeys(keys, NOTHING))

    def differing(self) -> int:
        """How many differences there are to look at again."""
        return sum(1 for sort in (MISSING, SURPLUS, CHANGED) for _ in self._ledger.store.starting_with(sort))

    def take_as_seen(self) -> None:
        """Go by the first look alone: for whoever does what is harmless where it was wrong."""
        for sort, still in ((SURPLUS, STILL_TAGGED), (CHANGED, STILL_CHANGED)):
            for some in batched(self._ledger.store.starting_with(sort), AT_ONCE):
                self._ledger.note(still, {key[1:]: kept for key, kept in some})
                if sort == SURPLUS:
                    names = (name for _, kept in some for name in orjson.loads(state_of(kept)))
                    self._ledger.note(KNOWN, {name.encode("utf-8", "surrogatepass"): NOTHING for name in names})

    def names(self) -> Iterator[Name]:
        """What those who differ may be known by at Infobip, to be asked for again; some twice."""
        for some in batched((key[1:] for key, _ in self._ledger.store.starting_with(MISSING)), AT_ONCE):
            for key, row in self._ledger.rows(some).items():
                yield parts_of(key)[1]
                if row.also:
                    yield row.also
        for _, kept in self._ledger.store.starting_with(SURPLUS):
            yield from orjson.loads(state_of(kept))[:1]
        for key, _ in self._ledger.store.starting_with(CHANGED):
            yield parts_of(key[1:])[1]

    def confirm(self, people: Sequence[Tagged], *, by_name: bool, again: bool = False) -> None:
        """Note who has which tag by now, whose fields still differ, and of those asked for `by_name` who is there.

        With `again` whoever lacked a tag may by now have it in vain.
        """
        if by_name:
            names = (name for person in people for name in person.names)
            self._ledger.note(KNOWN, {name.encode("utf-8", "surrogatepass"): NOTHING for name in ("", *names)})
        each = list(self._each(people))
        named = {key: NOTHING for _, _, keys in each for key in keys}
        self._ledger.note(STILL_NAMED, named)
        self._ledger.note(STILL_TAGGED, {name_key(tag, person.key): NOTHING for tag, person, _ in each})
        if again:
            lacked = self._ledger.found(MISSING, named)
            had = [(tag, person) for tag, person, keys in each if any(lacked[key] is not None for key in keys)]
            self._ledger.note(
                SURPLUS,
                {name_key(tag, person.key): entry(orjson.dumps(person.names), None) for tag, person in had},
            )
        noted = self._ledger.found(CHANGED, named)
        members = [(key, person) for _, person, keys in each for key in keys if noted[key] is not None]
        self._ledger.note(STILL_CHANGED, self._changed(members))

    # --- what is left ---------------------------------------------------------------------------------------------

    def drift(self, committed: Places, *, again: bool = False) -> Drift:
        """Tell what still differs, by what Kafka says now, of what the job has done before the second look.

        What is to be done about it is noted in the ledger's store. Whoever has no name cannot be asked for: they are
        taken to differ still, or with `again` to be repaired.
        """
        self._ledger.forget(TO_ADD, TO_REMOVE, TO_UPDATE)
        found = Drift()
        for some in batched((key[1:] for key, _ in self._ledger.store.starting_with(MISSING)), AT_ONCE):
            self._judge_missing(some, committed, found)
        surplus = ((key[1:], orjson.loads(state_of(kept))) for key, kept in self._ledger.store.starting_with(SURPLUS))
        for several in batched(surplus, AT_ONCE):
            self._judge_surplus(several, committed, found, again=again)
        changes = (
            (key[1:], orjson.loads(state_of(kept))) for key, kept in self._ledger.store.starting_with(STILL_CHANGED)
        )
        for several in batched(changes, AT_ONCE):
            self._judge_changed(several, committed, found)
        return found

    def _judge_missing(self, keys: Sequence[bytes], committed: Places, found: Drift) -> None:
        rows = self._ledger.rows(keys)
        others = {key: name_key(parts_of(key)[0], row.also) for key, row in rows.items() if row.also}
        has = self._ledger.found(STILL_NAMED, [*keys, *others.values()])
        # Infobip refused the one name of these, and they went by the other.
        held = {key: other for key, other in others.items() if has[other] is not None and rows[key].inside > 0}
        self._ledger.note(OTHERWISE_NAMED, dict.fromkeys(held.values(), NOTHING))
        lacking: dict[bytes, bytes] = {}
        for key, row in rows.items():
            if row.inside <= 0 or has[key] is not None or key in held:
                continue
            if row.under_way(committed):
                found.under_way += 1
                continue
            number, name = parts_of(key)
            found.missing.add(self._tags[number], name)
            found.to_add[self._tags[number]] += 1
            lacking[key] = NOTHING
        self._ledger.note(TO_ADD, lacking)

    def _judge_surplus(
        self, people: Sequence[tuple[bytes, list[Name]]], committed: Places, found: Drift, *, again: bool
    ) -> None:
        has = self._ledger.found(STILL_TAGGED, (key for key, _ in people))
        keys = {key: [name_key(parts_of(key)[0], name) for name in names] for key, names in people}
        rows = self._ledger.rows(one for several in keys.values() for one in several)
        otherwise = self._ledger.found(OTHERWISE_NAMED, rows)
        in_vain: dict[bytes, bytes] = {}
        for key, names in people:
            known = [rows[one] for one in keys[key]]
            # Whoever has no name cannot be asked for again, nor have been tagged by an event.
            gone = (bool(names) or again) and has[key] is None
            if gone or any(rows[one].inside > 0 or otherwise[one] is not None for one in keys[key]):
                continue
            if any(row.under_way(committed) for row in known):
                found.under_way += 1
                continue
            number, _ = parts_of(key)
            sort = found.by_former_address if any(row.former for row in known) else found.too_many
            sort.add(self._tags[number], names[0] if names else f"PERSON {parts_of(key)[1]}")
            found.to_remove[self._tags[number]] += 1
            in_vain[key] = entry(orjson.dumps(names), None)
        self._ledger.note(TO_REMOVE, in_vain)

    def _judge_changed(self, members: Sequence[tuple[bytes, list[str]]], committed: Places, found: Drift) -> None:
        rows = self._ledger.rows(key for key, _ in members)
        changed_by: dict[bytes, bytes] = {}
        for key, fields in members:
            if rows[key].inside <= 0 or not fields:
                continue
            if rows[key].under_way(committed):
                found.under_way += 1
                continue
            number, name = parts_of(key)
            found.changed.add(self._tags[number], name)
            found.by_field.update(fields)
            changed_by[key] = NOTHING
        self._ledger.note(TO_UPDATE, changed_by)

    # --- both -----------------------------------------------------------------------------------------------------

    def _each(self, people: Iterable[Tagged]) -> Iterator[tuple[int, Tagged, list[bytes]]]:
        """People with each of the job's tags that they have, and the keys of their names."""
        for person in people:
            for tag in person.tags & self._numbers.keys():
                number = self._numbers[tag]
                yield number, person, [name_key(number, name) for name in person.names]

    def _changed(self, members: Sequence[tuple[bytes, Tagged]]) -> dict[bytes, bytes]:
        """Of members, the fields that are not what their profile said last, where that is asked for."""
        if self._ledger.convert is None:
            return {}
        names = {key: parts_of(key)[1].encode("utf-8", "surrogatepass") for key, _ in members}
        said = self._ledger.found(FIELDS, names.values())
        found: dict[bytes, bytes] = {}
        for key, person in members:
            if (kept := said[names[key]]) is not None and (fields := changed(sayings_of(kept).fields, person.said)):
                found[key] = entry(orjson.dumps(fields), None)
        return found
