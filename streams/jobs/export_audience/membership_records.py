"""The memberships of a job as its records tell of them, in whatever order these came to be written."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from schemas.records.states import Coverage, Takeover
from streams.jobs.export_audience.entered import WITH_BLANKS, parts_of, way_of
from streams.kafka.producer import OutgoingRecord
from streams.kafka.shorten import shorter_membership

log = logging.getLogger(__name__)

#: No profile ids: they are no UTF-8.
COVERS, EPOCH = b"\xffcovers", b"\xffepoch"
POSITION = "position"
#: The time of a record that does not count.
NEVER = -1


@dataclass(frozen=True, slots=True)
class Read:
    """A record as it was read; `timestamp` in milliseconds."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]] | None = None
    timestamp: int = 0


class Position(NamedTuple):
    """The event that something is known from, and which of the partition's owners knew it."""

    topic_id: str = ""
    partition: int = -1
    offset: int = -1
    epoch: int = 0


class Kept(NamedTuple):
    """What is known of a profile in one partition of the state; `on_top` unless a record behind it is older."""

    audiences: frozenset[str]
    position: Position
    timestamp: int
    on_top: bool


#: A profile, what it is in, and the event that says so.
Said = tuple[str, frozenset[str], Position]


class Shared:
    """Equal sets of audiences as one object, for as long as somebody is in them: a million profiles take few."""

    def __init__(self) -> None:
        self._uses: dict[frozenset[str], list[Any]] = {}

    def __len__(self) -> int:
        """How many different sets are in use."""
        return len(self._uses)

    def take(self, audiences: frozenset[str]) -> frozenset[str]:
        """The one object for this set; it must be let go of as often as it is taken."""
        use = self._uses.setdefault(audiences, [audiences, 0])
        use[1] += 1
        taken: frozenset[str] = use[0]
        return taken

    def let_go(self, audiences: frozenset[str]) -> None:
        """Note that somebody is no longer in this set."""
        use = self._uses[audiences]
        use[1] -= 1
        if use[1] == 0:
            del self._uses[audiences]


@dataclass(frozen=True, slots=True)
class Memberships:
    """Who is in what, where the record of it stands, and records that mend what the last ones say wrongly."""

    audiences: dict[str, frozenset[str]]
    homes: dict[str, int]
    records: list[OutgoingRecord]


@dataclass(slots=True)
class Marks:
    """What a partition of the state says of itself, and the next record of it to be read.

    It is `undated` where records say no position: an earlier version wrote them.
    """

    next_offset: int = 0
    epoch: int = 0
    coverage: Coverage | None = None
    undated: bool = False

    def take(self, record: Read) -> bool:
        """Take in a record that is a mark, or none of ours at all; whether it was one."""
        if record.key == EPOCH:
            epoch = Takeover.model_validate_json(record.value or b"").epoch
            self.epoch = max(self.epoch, epoch)
        elif record.key == COVERS:
            said = Coverage.model_validate_json(record.value or b"")
            if said.epoch >= self.epoch:
                self.coverage = said
        else:
            return record.key is None
        return True

    def later_epoch(self, wanted: int) -> int:
        """The epoch of who wrote down this one: a later one where its clock is behind those of others."""
        return wanted if wanted >= self.epoch else self.epoch + 1


def kept_after(record: Read, said: Said, before: Kept | None, marks: Marks) -> Kept | None:
    """What is known of a profile in one partition once a record of it was read; None where nothing is any more.

    Each owner of a partition first writes down its epoch, which is later than all before: whatever of an earlier one
    stands behind that was written late.
    """
    _, audiences, position = said
    if position.offset < 0 and audiences:
        marks.undated = True
    moved = record.value is None and position.partition not in (-1, record.partition)
    late = position.epoch < marks.epoch
    if moved and not late:
        return None  # its record stands in the partition that its events come from now
    if late and before is None:
        before = Kept(frozenset(), position, NEVER, on_top=False)
    if not moved and not late:
        marks.epoch = position.epoch
    if before is not None and (late or is_older(position, before.position)):
        return before._replace(on_top=False)
    return Kept(audiences, position, record.timestamp, on_top=True)


class Gathered:
    """Reads the records of the state, and says what they come to."""

    def __init__(self, topic: str, *, entered: bool = False) -> None:
        self._topic, self._entered = topic, entered
        self.kept: dict[int, dict[str, Kept]] = {}
        self._marks: defaultdict[int, Marks] = defaultdict(Marks)
        self._same: dict[frozenset[str], frozenset[str]] = {}
        self._unreadable = 0

    @property
    def ends(self) -> dict[int, int]:
        """By partition, behind the last record that was read."""
        return {number: marks.next_offset for number, marks in self._marks.items()}

    @property
    def coverage(self) -> dict[int, Coverage]:
        """By partition, what is told of."""
        return {number: marks.coverage for number, marks in self._marks.items() if marks.coverage is not None}

    @property
    def undated(self) -> set[int]:
        """Partitions with records that say no position."""
        return {number for number, marks in self._marks.items() if marks.undated}

    def take(self, records: Iterable[Read]) -> None:
        """Read records, those of one partition in their order."""
        for record in records:
            marks = self._marks[record.partition]
            marks.next_offset = record.offset + 1
            try:
                if not marks.take(record):
                    self._take(record, marks)
            except (ValueError, TypeError, KeyError, AttributeError):
                self._unreadable += 1
        if self._unreadable:
            log.warning("records_unreadable topic=%s records=%d: passed over", self._topic, self._unreadable)
            self._unreadable = 0

    def _take(self, record: Read, marks: Marks) -> None:
        profile, audiences, position = read_membership(record)
        known = self.kept.setdefault(record.partition, {})
        said = profile, self._same.setdefault(audiences, audiences), position
        kept = kept_after(record, said, known.get(profile), marks)
        if kept is None:
            known.pop(profile, None)
        else:
            known[profile] = kept

    def epoch(self, partition: int, wanted: int) -> int:
        """The epoch of who wrote down this one in a partition, as `Marks.later_epoch` has it."""
        return self._marks[partition].later_epoch(wanted)

    def memberships(self, epochs: Mapping[int, int]) -> Memberships:
        """What they come to; where several partitions tell of a profile, what was written last counts.

        Only partitions with an epoch to write in, those we own, are mended: others may write to the rest meanwhile.
        """
        latest: dict[str, int] = {}
        for partition, known in self.kept.items():
            for profile, kept in known.items():
                other = latest.setdefault(profile, partition)
                if other != partition and self._rank(kept) > self._rank(self.kept[other][profile]):
                    latest[profile] = partition
        audiences, homes = dict[str, frozenset[str]](), dict[str, int]()
        for profile, partition in latest.items():
            kept = self.kept[partition][profile]
            if kept.audiences:
                audiences[profile], homes[profile] = kept.audiences, partition
        return Memberships(audiences, homes, list(self._mending(latest, epochs)))

    def _rank(self, kept: Kept) -> tuple[int, int]:
        return kept.timestamp, kept.position.offset

    def _mending(self, latest: Mapping[str, int], epochs: Mapping[int, int]) -> Iterator[OutgoingRecord]:
        """Records that make the last record of each profile say what counts, so that compaction keeps that."""
        for partition, epoch in epochs.items():
            for profile, kept in self.kept.get(partition, {}).items():
                home = latest[profile]
                if home == partition and not kept.on_top:
                    position = kept.position._replace(epoch=epoch)
                    yield membership(self._topic, partition, profile, kept.audiences, position, entered=self._entered)
                elif home != partition and (kept.audiences or not kept.on_top):
                    position = self.kept[home][profile].position
                    yield membership(self._topic, partition, profile, frozenset(), position)


def read_membership(record: Read) -> Said:
    """The profile that a record is of, what it is in, and the event that says so.

    Raises:
        ValueError, TypeError, AttributeError: it is no such record.

    """
    # The loops run for every record there is, so what is there most of the time is taken straight.
    value = record.value if record.value is not None else dict(record.headers or ()).get(POSITION)
    said = orjson.loads(value or b"{}")
    where = said.get("topic_id", ""), said.get("partition", -1), said.get("offset", -1), said.get("epoch", 0)
    return (record.key or b"").decode(), _audiences_of(said), Position._make(where)


def _audiences_of(said: Mapping[str, Any]) -> frozenset[str]:
    """The audiences that a record tells of, each behind the address that was entered by where that is kept."""
    if (entered := said.get("entered")) is not None:
        return frozenset(_way(way, audience) for audience, way in entered.items())
    return frozenset(said.get("audiences", ()))


def _way(way: str, audience: str) -> str:
    """An entry as it is kept: nearly no address has a blank in it, and there is one of these for every record."""
    kind, _, who = way.partition(" ")
    return way_of((kind, who), audience) if kind == WITH_BLANKS else f"{way} {audience}"


def is_older(position: Position, known: Position) -> bool:
    """Whether one owner of a partition wrote of an earlier event behind one that it wrote of a later."""
    return position.epoch == known.epoch and 0 <= position.offset < known.offset


def membership(
    topic: str,
    partition: int,
    profile: str,
    audiences: frozenset[str],
    position: Position,
    *,
    entered: bool = False,
) -> OutgoingRecord:
    """The record of a profile: its audiences, or a tombstone, and the event that says so.

    With `entered` each audience stands behind the address that was entered by, as `entered.py` has it.
    """
    said = position._asdict()
    key = profile.encode()
    if not audiences:
        return OutgoingRecord(topic, key, None, partition, headers=[(POSITION, orjson.dumps(said))])
    # As `Membership` would be written, for a fifth of the time: there is one for each event.
    value = orjson.dumps({"profile_id": profile, **_told(audiences, entered=entered), **said})
    return OutgoingRecord(topic, key, value, partition, shorten=shorter_membership)


def _told(audiences: frozenset[str], *, entered: bool) -> dict[str, Any]:
    if not entered:
        return {"audiences": sorted(audiences)}
    return {"entered": {audience: f"{kind} {who}" for (kind, who), audience in sorted(map(parts_of, audiences))}}


def takeover(topic: str, partition: int, epoch: int) -> OutgoingRecord:
    """The record that whoever is given a partition writes first."""
    return OutgoingRecord(topic, EPOCH, Takeover(epoch=epoch).model_dump_json().encode(), partition)


def coverage(topic: str, partition: int, said: Coverage) -> OutgoingRecord:
    """The record of what a partition's memberships tell of."""
    return OutgoingRecord(topic, COVERS, said.model_dump_json().encode(), partition)
