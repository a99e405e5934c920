"""Who should have which tag, as a job's events say: on this machine's disk, because it need not fit memory.

Of each profile and audience it holds what the profile is inside by; of each name, how often somebody is inside by it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import orjson

from schemas.jobs.export_audience import ExportAudience
from streams.jobs.export_audience.verification.rows import (
    FIELDS,
    INSIDE,
    ROW,
    SAID,
    Inside,
    Row,
    inside_key,
    inside_of,
    name_key,
    profile_and_audience,
    row_of,
    sayings_of,
)
from streams.jobs.export_audience.verification.tagged import Name, name_of
from streams.kafka.local_store import LocalStore
from streams.pipeline.decode import Entry, Record
from streams.profiles.address import resolver

T = TypeVar("T")

#: So many keys are looked up, or written, at once.
AT_ONCE = 1000
#: What converts a profile's fields, and names those that it cannot.
Convert = Callable[[Mapping[str, Any]], tuple[dict[str, Any], list[str]]]


class _Said(NamedTuple):
    """What an event says, as far as the ledger goes by it."""

    profile: str
    inside: bytes
    tag: int
    enters: bool
    name: Name | None
    also: Name
    place: int
    offset: int
    fields: Mapping[str, Any] | None
    #: When it was published, as `Inside` has it.
    at: int = 0


class Ledger:
    """What Kafka says of one job.

    Everything blocks as a disk does, and is called by one thread at a time. With `convert` it also holds what profiles
    said of their fields. `numbers` are those of tags in lower case, where they are not their places among the job's.
    """

    def __init__(
        self,
        job: ExportAudience,
        store: LocalStore,
        convert: Convert | None = None,
        numbers: Mapping[str, int] | None = None,
    ) -> None:
        self.job, self.store, self.convert = job, store, convert
        self._resolve = resolver(job.email_field, job.phone_field, job.external_id_field, job.default_region)
        self._rows = 0
        #: By how many names somebody is inside.
        self.inside = 0
        self.numbers = numbers or {tag.casefold(): number for number, tag in enumerate(job.tags)}
        self.tag_number = cache(lambda audience: self.numbers.get((job.tag_of(audience) or "").casefold()))

    @property
    def needs_events(self) -> bool:
        """Whether it holds what only events tell, and no topic of memberships."""
        return self.convert is not None

    def fold(self, entries: Iterable[Entry], place: int, done: int) -> None:
        """Take in events of one partition, in their order; those from the offset `done` on may be under way."""
        for some in batched((said for one in entries if (said := self._read(one, place)) is not None), AT_ONCE):
            self._fold(some, done)

    def enter(self, memberships: Iterable[tuple[str, str, Name, int]]) -> None:
        """Take in profiles, their audiences and what they are inside by, as a job that keeps them has noted them.

        With each comes the place of the partition that its events come from.
        """
        said = (
            _Said(profile, inside_key(profile, audience), tag, True, name, "", place, -1, None)  # noqa: FBT003 - it enters
            for profile, audience, name, place in memberships
            if (tag := self.tag_number(audience)) is not None
        )
        for some in batched(said, AT_ONCE):
            self._fold(some, 0)

    def members(self) -> Iterator[tuple[bytes, Row]]:
        """Everybody who is inside by some name, in the order of their keys."""
        for key, kept in self.store.starting_with(ROW):
            if (row := row_of(kept)).inside > 0:
                yield key[1:], row

    def profiles(self) -> Iterator[tuple[str, bytes]]:
        """Every profile that is inside, with the key of what it is inside by; once for each audience."""
        for key, kept in self.store.starting_with(INSIDE):
            profile, audience = profile_and_audience(key[1:])
            name = inside_of(kept).name
            if name is not None and (tag := self.tag_number(audience)) is not None:
                yield profile, name_key(tag, name)

    def rows(self, keys: Iterable[bytes]) -> dict[bytes, Row]:
        """What is known of names; of a name that no event spoke of, an empty row."""
        return {key: row_of(kept) for key, kept in self.found(ROW, keys).items()}

    def found(self, sort: bytes, keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
        """What stands under keys of one sort."""
        wanted = list(dict.fromkeys(keys))
        return dict(zip(wanted, self.store.states([sort + key for key in wanted]), strict=True))

    def note(self, sort: bytes, noted: Mapping[bytes, bytes]) -> None:
        """Write what stands under keys of one sort; values as `entry` makes them."""
        if noted:
            self.store.apply({sort + key: value for key, value in noted.items()}, self.store.offset + 1)

    def learn(self, entries: Iterable[Entry], place: int, wanted: AbstractSet[int], convert: Convert) -> None:
        """Note all that enters of one partition say of people whose names have these hashes."""
        for some in batched(entries, AT_ONCE):
            told: list[tuple[bytes, int, list[Name], dict[str, Any]]] = []
            for one in some:
                address = None if one.action == "exit" else self._resolve(one.profile_id, one.profile)
                if address is None or self.tag_number(one.audience) is None:
                    continue
                name = name_of(*address.identity)
                if hash(name) in wanted:
                    kinds = zip(("EMAIL", "PHONE", "EXTERNAL_ID"), address, strict=True)
                    others = {name_of(kind, who): None for kind, who in kinds if who is not None}
                    names, words = list({name: None, **others}), convert(one.profile or {})[0]
                    told.append((name.encode("utf-8", "surrogatepass"), _time(one.record), names, words))
            known = self.found(SAID, (name for name, _, _, _ in told))
            now = {name: sayings_of(kept) for name, kept in known.items()}
            for written, at, names, fields in told:
                now[written].add(place, at, _plain(fields), names)
            self.note(SAID, {name: sayings.kept() for name, sayings in now.items()})

    def forget(self, *sorts: bytes) -> None:
        """Let go of all that stands under keys of these sorts."""
        for sort in sorts:
            for some in batched((key for key, _ in self.store.starting_with(sort)), AT_ONCE):
                self.store.apply(dict.fromkeys(some), self.store.offset + 1)

    def _read(self, one: Entry, place: int) -> _Said | None:
        tag = self.tag_number(one.audience)
        if tag is None:
            return None
        address = self._resolve(one.profile_id, one.profile)
        enters = one.action == "enter"
        if address is None:
            if enters:  # as the job, which drops it: who is inside stays so by the address they had
                return None
            inside = inside_key(one.profile_id, one.audience)
            at = _time(one.record)
            return _Said(one.profile_id, inside, tag, enters, None, "", place, one.record.offset, None, at)
        kind, who = address.identity
        # Whose email Infobip refuses goes by their phone.
        also = name_of("PHONE", address.phone) if kind == "EMAIL" and address.phone is not None else ""
        words = self.convert(one.profile or {})[0] if enters and self.convert is not None else None
        inside = inside_key(one.profile_id, one.audience)
        name = name_of(kind, who)
        at = _time(one.record)
        return _Said(one.profile_id, inside, tag, enters, name, also, place, one.record.offset, words, at)

    def _fold(self, said: Sequence[_Said], done: int) -> None:
        inside = {key: inside_of(kept) for key, kept in self.found(INSIDE, (one.inside for one in said)).items()}
        keys = [name_key(one.tag, one.name) for one in said if one.name is not None]
        keys += [name_key(one.tag, name) for one in said if (name := inside[one.inside].name) is not None]
        rows = self.rows(keys)
        self.inside -= _inside_by(rows)
        for one in said:
            _apply(one, inside, rows, may_be_under_way=one.offset >= done)
        self.inside += _inside_by(rows)
        changes: dict[bytes, bytes | None] = {INSIDE + key: kept.kept() for key, kept in inside.items()}
        for row in rows.values():
            if not row.number:
                self._rows += 1
                row.number = self._rows
        changes |= {ROW + key: row.kept() for key, row in rows.items()}
        if self.convert is not None:
            changes |= self._fields(said)
        self.store.apply(changes, self.store.offset + 1)

    def _fields(self, said: Iterable[_Said]) -> dict[bytes, bytes | None]:
        told = [(one.name.encode("utf-8", "surrogatepass"), one) for one in said if one.name and one.fields]
        now = {name: sayings_of(kept) for name, kept in self.found(FIELDS, (name for name, _ in told)).items()}
        for name, one in told:
            now[name].add(one.place, one.at, _plain(one.fields or {}))
        return {FIELDS + name: sayings.kept() for name, sayings in now.items()}


def _inside_by(rows: Mapping[bytes, Row]) -> int:
    return sum(row.inside > 0 for row in rows.values())


def _apply(one: _Said, inside: dict[bytes, Inside], rows: Mapping[bytes, Row], *, may_be_under_way: bool) -> None:
    """Take in one event, which the job may not have done yet."""
    kept = inside[one.inside]
    before = kept.name
    came = None if one.name is None else rows[name_key(one.tag, one.name)]
    if kept.is_later_than(one.place, one.at):
        # The profile's events came from another partition before, and are read in the wrong order.
        _pass_over(one, kept, came, may_be_under_way=may_be_under_way)
        return
    left = None if before is None else rows[name_key(one.tag, before)]
    if left is not None and (not one.enters or one.name != before):
        left.inside -= 1
        left.former = left.former or (one.name is not None and one.name != before)
    if one.enters and came is not None and one.name != before:
        came.inside += 1
    if one.enters and came is not None:
        came.also, came.former = one.also, False
    inside[one.inside] = Inside(one.name if one.enters else None, one.place, one.at)
    for row in (left, came):
        if row is not None:
            row.place, row.profile = one.place, one.profile
            if may_be_under_way:
                row.places[one.place] = one.offset


def _pass_over(one: _Said, kept: Inside, came: Row | None, *, may_be_under_way: bool) -> None:
    """Note of an event that has no say any more who went by its name, and that it may be under way."""
    if came is None:
        return
    if came.inside <= 0 and kept.name not in (None, one.name):
        came.former = True
    if not came.profile:
        came.place, came.profile = one.place, one.profile
    if may_be_under_way:
        came.places[one.place] = one.offset


def _time(record: Record) -> int:
    """When an event was published, as `Inside` has it."""
    return max(0, record.timestamp or 0)


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as JSON has them."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(fields, default=str))
    return plain


def batched(each: Iterable[T], most: int) -> Iterator[list[T]]:
    """In lists of so many."""
    them = iter(each)
    while some := list(islice(them, most)):
        yield some
