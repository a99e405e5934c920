"""How a ledger keeps what it knows: its keys, and what stands under them. Quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from streams.jobs.export_audience.verification.fields import merged
from streams.jobs.export_audience.verification.tagged import Name
from streams.pipeline.join_entries import entry, state_of

#: What a key is about, by its first byte: a profile in an audience; whoever is known by a name.
INSIDE, ROW, FIELDS = b"p", b"i", b"f"
#: Members who have not the tag; people who have it and should not; members with other fields.
MISSING, SURPLUS, CHANGED = b"x", b"d", b"c"
#: The same of the second look: names that have the tag, people who have it, members with other fields.
STILL_NAMED, STILL_TAGGED, STILL_CHANGED = b"t", b"u", b"v"
#: Second names of members by which they have the tag, because Infobip refused the first.
OTHERWISE_NAMED = b"o"
#: Names that Infobip knows somebody by, of those that were asked for; the empty name, where any were.
KNOWN = b"k"
#: What is to be done about those who still differ: members who lack the tag, people who have it in vain, members whose
#: fields differ.
TO_ADD, TO_REMOVE, TO_UPDATE = b"A", b"R", b"F"
#: All that enters said of whoever is to be made anew: their names, and their fields.
SAID = b"s"
#: What is kept of a profile in the topic of memberships, until all of that is read.
KEPT = b"m"

#: Where nothing but the key is needed.
NOTHING = entry(b"", None)
#: The place of a partition among those that are read, and the next offset that its job reads.
Places = dict[int, int]


@dataclass(slots=True)
class Row:
    """Who is inside by a name: how many times, of profiles and audiences.

    `number` is its own among all rows, from 1 on; 0: it is new. `former` is whether a profile that went by this name
    has another by now, or left by another. `places` are the newest events about it, of those that the job had not done
    when reading began: offset by the partition's place.
    `also` is another name that the person goes by where Infobip refuses this one. `place` and `profile` are those of
    the newest event about it.
    """

    inside: int = 0
    number: int = 0
    former: bool = False
    also: Name = ""
    places: dict[int, int] = field(default_factory=dict)
    place: int = 0
    profile: str = ""

    def kept(self) -> bytes:
        """As it is kept."""
        flat = [number for pair in self.places.items() for number in pair]
        kept = (self.inside, self.number, self.former, self.also, flat, self.place, self.profile)
        return entry(orjson.dumps(kept), None)

    def under_way(self, committed: Places) -> bool:
        """Whether its newest event is one that the job has not done, so that Infobip may not know of it yet."""
        return any(offset >= committed.get(place, 0) for place, offset in self.places.items())


def row_of(kept: bytes | None) -> Row:
    """The row that is kept, or an empty one."""
    if kept is None:
        return Row()
    inside, number, former, also, flat, place, profile = orjson.loads(state_of(kept))
    return Row(inside, number, former, also, dict(zip(flat[::2], flat[1::2], strict=True)), place, profile)


class Inside(NamedTuple):
    """The name that a profile is inside an audience by; None: it has left.

    `place` is that of the partition whose event says so, and `at` when that was published, in Unix milliseconds; 0: it
    is not known.
    """

    name: Name | None
    place: int
    at: int

    def is_later_than(self, place: int, at: int) -> bool:
        """Whether it has the last word over an event, although that is read behind it.

        Partitions are read one after the other, whatever their age; in one of them the order is that of the offsets.
        """
        return self.place != place and 0 < at < self.at

    def kept(self) -> bytes:
        """As it is kept."""
        return entry(f"{self.place} {self.at} {self.name or ''}".encode("utf-8", "surrogatepass"), None)


NEVER_INSIDE = Inside(None, 0, 0)


def inside_of(kept: bytes | None) -> Inside:
    """What is kept, or that nothing is known."""
    if kept is None:
        return NEVER_INSIDE
    place, at, name = state_of(kept).decode("utf-8", "surrogatepass").split(" ", 2)
    return Inside(name or None, int(place), int(at))


@dataclass(slots=True)
class Sayings:
    """What enters said of somebody's fields and names, by the place of the partition that they came from.

    Of each partition stands when its last enter was published: they are put together in that order.
    """

    by_place: dict[int, tuple[int, Sequence[Name], Mapping[str, Any]]] = field(default_factory=dict)

    def add(self, place: int, at: int, fields: Mapping[str, Any], names: Sequence[Name] = ()) -> None:
        """Take in one more enter of a partition; `fields` are plain JSON."""
        _, _, before = self.by_place.pop(place, (0, (), {}))
        self.by_place[place] = at, names, merged(before, fields)

    @property
    def fields(self) -> dict[str, Any]:
        """What was said of fields, the later over the earlier."""
        found: dict[str, Any] = {}
        for _, _, fields in self._in_order():
            found = merged(found, fields)
        return found

    @property
    def names(self) -> list[Name]:
        """The names that the last one said."""
        return [name for _, names, _ in self._in_order()[-1:] for name in names]

    def _in_order(self) -> list[tuple[int, Sequence[Name], Mapping[str, Any]]]:
        return sorted(self.by_place.values(), key=lambda each: each[0])

    def kept(self) -> bytes:
        """As it is kept."""
        return entry(orjson.dumps([(place, *said) for place, said in self.by_place.items()]), None)


def sayings_of(kept: bytes | None) -> Sayings:
    """What is kept, or that nothing was said."""
    said = [] if kept is None else orjson.loads(state_of(kept))
    return Sayings({place: (at, names, fields) for place, at, names, fields in said})


def name_key(tag: int, name: Name) -> bytes:
    """A tag, by its place among the job's, and a name."""
    return f"{tag} {name}".encode("utf-8", "surrogatepass")


def parts_of(key: bytes) -> tuple[int, Name]:
    """The tag and the name of a key."""
    tag, _, name = key.decode("utf-8", "surrogatepass").partition(" ")
    return int(tag), name


def inside_key(profile: str, audience: str) -> bytes:
    """A profile in an audience."""
    return f"{len(profile)} {profile}{audience}".encode("utf-8", "surrogatepass")


def profile_and_audience(key: bytes) -> tuple[str, str]:
    """The profile and the audience of a key."""
    length, _, rest = key.decode("utf-8", "surrogatepass").partition(" ")
    return rest[: int(length)], rest[int(length) :]


class Marks:
    """A mark at some rows, by their numbers: a bit for each."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """Mark a row."""
        if number // 8 >= len(self._bits):
            self._bits.extend(bytes(max(number // 8 + 1 - len(self._bits), len(self._bits))))
        self._bits[number // 8] |= 1 << number % 8

    def __contains__(self, number: int) -> bool:
        """Whether a row is marked."""
        return number // 8 < len(self._bits) and bool(self._bits[number // 8] >> number % 8 & 1)
