"""Who is in which audience by which address, on this machine's disk: a copy of the topic in which a job keeps it.

The topic is the truth. The copy changes by nothing but records of it, each once and in their order, so it may be as old
as it likes, or gone: what it lacks is read. Records are taken in by blocks, each whole or not at all.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import NamedTuple, TypeVar

import orjson

from schemas.records.states import Coverage
from streams.errors import Stalled
from streams.jobs.export_audience.entered import NOBODY, EnteredBy, addresses_in
from streams.jobs.export_audience.membership_records import (
    Kept,
    Marks,
    Position,
    Read,
    Said,
    kept_after,
    read_membership,
)
from streams.kafka.local_store import LocalStore, guarded, is_old
from streams.pipeline.join_entries import entry, state_of

log = logging.getLogger(__name__)

T = TypeVar("T")

#: What a key is about, by its first byte: a profile; those who are inside by an address; a profile whose records do not
#: say by themselves what counts; what a partition says of itself.
PROFILE, ADDRESS, UNSETTLED, MARKS = b"p", b"a", b"u", b"t"
NOTHING = entry(b"", None)
#: Stands in the identity of a copy, and changes with the form of what is kept: one of another form is read anew.
FORM = "members-1"

#: What is known of a profile, by partition of the topic.
Known = dict[int, Kept]


class Written(NamedTuple):
    """A record that tells what a profile is in: from which event, and by which owner of the partition."""

    profile: str
    position: Position


class MemberCopy:
    """The copy of all partitions; records are taken in by one thread at a time, and it may be asked by another."""

    def __init__(self, store: LocalStore) -> None:
        self._store, self._taking, self.is_open = store, Lock(), True
        self._as_of = time.time()
        kept = self._guarded(lambda: [*store.starting_with(MARKS)])
        self._marks = {int(key[1:]): _marks(state_of(value)) for key, value in kept}

    # --- what is asked of it --------------------------------------------------------------------------------------

    @property
    def next_offsets(self) -> dict[int, int]:
        """By partition, the first record that is not taken in; those of which none was are left out."""
        return {number: marks.next_offset for number, marks in [*self._marks.items()]}

    @property
    def coverage(self) -> dict[int, Coverage]:
        """By partition, what is told of."""
        return {number: marks.coverage for number, marks in [*self._marks.items()] if marks.coverage is not None}

    @property
    def undated(self) -> set[int]:
        """Partitions with records that say no position."""
        return {number for number, marks in [*self._marks.items()] if marks.undated}

    @property
    def is_old(self) -> bool:
        """Whether nothing was taken in for so long that the topic may not tell any more what was deleted since."""
        return is_old(self._as_of)

    def epoch(self, partition: int, wanted: int) -> int:
        """The epoch of who wrote down this one in a partition, as `Marks.later_epoch` has it."""
        return self._marks.get(partition, Marks()).later_epoch(wanted)

    def entries(self, profiles: Sequence[str]) -> dict[str, frozenset[EnteredBy]]:
        """What these profiles are in; whoever is in nothing is left out."""
        found = {profile: entries_of(known) for profile, known in self.known(profiles).items()}
        return {profile: entries for profile, entries in found.items() if entries}

    def known(self, profiles: Sequence[str]) -> dict[str, Known]:
        """All that is known of these profiles; whoever is not known is left out."""
        found = self._states([PROFILE + profile.encode("utf-8", "surrogatepass") for profile in profiles])
        return {
            profile: _known(state_of(kept)) for profile, kept in zip(profiles, found, strict=True) if kept is not None
        }

    def inside_by(self, addresses: Sequence[str]) -> dict[str, list[str]]:
        """The profiles that are inside by these addresses, as `address_of` has them; without those of nobody."""
        found = self._states([_address_key(address) for address in addresses])
        return {
            address: orjson.loads(state_of(kept))
            for address, kept in zip(addresses, found, strict=True)
            if kept is not None
        }

    def unsettled(self) -> Iterator[tuple[str, Known]]:
        """Profiles of whom several partitions tell, or the last record of one says what does not count."""
        for key, _ in self._store.starting_with(UNSETTLED):
            profile = key[1:].decode("utf-8", "surrogatepass")
            yield profile, self.known([profile]).get(profile, {})

    # --- what changes it ------------------------------------------------------------------------------------------

    def take(self, records: Sequence[Read]) -> list[Written]:
        """Take in records, those of one partition in their order; what they tell of, also those that were taken before.

        Raises:
            Stalled: what is on disk is damaged.
            JobFailed: the disk does not take it.

        """
        said = [(record, one) for record in records if (one := said_by(record)) is not None]
        with self._taking:
            if self.is_open:
                self._guarded(lambda: self._take(records, {id(record): one for record, one in said}))
        # Others only say that a profile's record stands elsewhere now.
        return [Written(name, at) for record, (name, _, at) in said if record.partition == at.partition]

    def close(self) -> None:
        """Let go of the files."""
        with self._taking:
            if self.is_open:
                self.is_open = False
                self._store.close()

    def discard(self) -> None:
        """Throw it away."""
        with self._taking:
            self.is_open = False
            self._store.discard()

    def _take(self, records: Sequence[Read], said: Mapping[int, Said]) -> None:
        fresh = [one for one in records if one.offset >= self._marks.setdefault(one.partition, Marks()).next_offset]
        if not fresh:
            return
        names = list(dict.fromkeys([said[id(one)][0] for one in fresh if id(one) in said]))
        before = dict.fromkeys(names, _NEW) | self.known(names)
        known = dict(before)
        for record in fresh:
            self._take_one(record, said.get(id(record)), known)
        changes = self._addresses(before, known)
        for name, kept in known.items():
            key, nobody = name.encode("utf-8", "surrogatepass"), _is_nobody(kept)
            if kept or before[name]:
                changes[PROFILE + key] = None if nobody else entry(_kept(kept), None)
            unsettled = not nobody and _is_unsettled(kept)
            if unsettled or _is_unsettled(before[name]):
                changes[UNSETTLED + key] = NOTHING if unsettled else None
        for number in {one.partition for one in fresh}:
            changes[MARKS + str(number).encode()] = entry(_marks_kept(self._marks[number]), None)
        self._store.apply(changes, self._store.offset + 1)
        self._as_of = time.time()

    def _take_one(self, record: Read, said: Said | None, known: dict[str, Known]) -> None:
        marks = self._marks[record.partition]
        marks.next_offset = record.offset + 1
        try:
            if marks.take(record):
                return
            if said is None:
                raise ValueError("it is no record of ours")  # noqa: TRY301 - told of as all that cannot be read
        except (ValueError, TypeError, AttributeError):
            log.warning("record_unreadable topic=%s offset=%d: passed over", record.topic, record.offset)
            return
        name = said[0]
        each, number = known[name], record.partition
        kept = kept_after(record, said, each.get(number), marks)
        if kept is None:
            known[name] = {other: one for other, one in each.items() if other != number}
        else:
            known[name] = {**each, number: kept}

    def _addresses(self, before: Mapping[str, Known], after: Mapping[str, Known]) -> dict[bytes, bytes | None]:
        """The lists of those addresses that somebody came to, or left."""
        came: dict[str, set[str]] = {}
        left: dict[str, set[str]] = {}
        for name, known in after.items():
            was, entries = entries_of(before[name]), entries_of(known)
            if entries == was:
                continue
            old, new = addresses_in(was), addresses_in(entries)
            for address in new - old:
                came.setdefault(address, set()).add(name)
            for address in old - new:
                left.setdefault(address, set()).add(name)
        addresses = [*(came | left)]
        inside = self.inside_by(addresses)
        lists = {one: {*inside.get(one, ())} - left.get(one, set()) | came.get(one, set()) for one in addresses}
        return {
            _address_key(one): entry(orjson.dumps(sorted(names)), None) if names else None
            for one, names in lists.items()
        }

    def _states(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return self._guarded(lambda: self._store.states(keys))

    def _guarded(self, step: Callable[[], T]) -> T:
        try:
            return guarded(self._store, step)
        except Stalled:
            self.is_open = False
            raise


_NEW: Known = {}


def latest(known: Known) -> tuple[int, Kept] | None:
    """What counts of what several partitions tell of a profile, with its partition: what was written last."""
    if len(known) == 1:
        return next(iter(known.items()))
    found: tuple[int, Kept] | None = None
    for number, kept in known.items():
        if found is None or _rank(kept) > _rank(found[1]):
            found = number, kept
    return found


def entries_of(known: Known) -> frozenset[EnteredBy]:
    """What a profile is in."""
    found = latest(known)
    return NOBODY if found is None else found[1].audiences


def _rank(kept: Kept) -> tuple[int, int]:
    return kept.timestamp, kept.position.offset


def _is_unsettled(known: Known) -> bool:
    """Whether the last record of a profile does not say by itself what counts."""
    return len(known) > 1 or not all(kept.on_top for kept in known.values())


def _is_nobody(known: Known) -> bool:
    """Whether nothing need be kept of a profile: it is in nothing, and all its records say so."""
    return all(kept.on_top and not kept.audiences for kept in known.values())


def said_by(record: Read) -> Said | None:
    """What a record tells of a profile; None where it is a mark, or nothing that can be read."""
    if record.key is None or record.key.startswith(b"\xff"):
        return None
    try:
        return read_membership(record)
    except (ValueError, TypeError, AttributeError):
        return None


def _address_key(address: str) -> bytes:
    return ADDRESS + address.encode("utf-8", "surrogatepass")


def _kept(known: Known) -> bytes:
    """What is known of a profile, as it is on disk."""
    return orjson.dumps(
        [[number, time, [*position], on_top, sorted(each)] for number, (each, position, time, on_top) in known.items()]
    )


def _known(kept: bytes) -> Known:
    return {
        number: Kept(frozenset(entries), Position._make(position), timestamp, on_top)
        for number, timestamp, position, on_top, entries in orjson.loads(kept)
    }


def _marks_kept(marks: Marks) -> bytes:
    coverage = None if marks.coverage is None else marks.coverage.model_dump_json()
    return orjson.dumps([marks.next_offset, marks.epoch, marks.undated, coverage])


def _marks(kept: bytes) -> Marks:
    next_offset, epoch, undated, coverage = orjson.loads(kept)
    return Marks(next_offset, epoch, None if coverage is None else Coverage.model_validate_json(coverage), undated)
