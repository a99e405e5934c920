"""Records gathered into windows: what is flushed together before one commit."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import ceil

from streams.pipeline.decode import Entry, Record, Undecodable, decode
from streams.pipeline.origin import replay_of
from streams.pipeline.trace_context import Headers, context_of

#: A window is also cut when its records weigh this much, so that large profiles cannot fill the memory.
WINDOW_BYTES_MAX = 8_388_608
#: What a value of many small parts weighs for each of them: read, a part of three bytes takes eighty.
PART_BYTES = 16
SMALL_BYTES = 1024
#: A window may hold this many times `max_events` records that cause no call, such as other audiences' events.
IDLE_FACTOR_MAX = 50
#: Or so many that are no events: they cause no call, either, but dead letters.
UNDECODABLE_MAX = 1000
REMEMBERED_MAX = 1000

#: What reads the value of a record.
Decode = Callable[[Record, bytes], Entry | Undecodable]
#: A topic and a partition of it.
Partition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Window:
    """Events to be flushed together, in the order they were read; every record is in exactly one of the three.

    `skipped` counts records that are none of the job's business. `ranges` are the first and the last offset of each
    partition; `opened_at` is when the first record was taken, in seconds on the clock of whoever filled it.
    """

    entries: tuple[Entry, ...]
    undecodable: tuple[Undecodable, ...]
    skipped: int
    ranges: dict[Partition, tuple[int, int]]
    opened_at: float
    #: Whether what was sent of its partitions before is not known: it is the first since some of them were assigned.
    may_repeat: bool = False
    #: How full it was when it was cut: what it takes of the room of a full window, counted in events.
    room: int = 1
    #: What requests for it are called, where they can be asked for by a name.
    name: str | None = None
    #: The offsets that it tells of, where it is a part of what was cut.
    told: tuple[tuple[Partition, int, int], ...] | None = None

    @property
    def records(self) -> int:
        """How many records the window holds, of every sort."""
        return len(self.entries) + len(self.undecodable) + self.skipped

    @property
    def spans(self) -> Sequence[tuple[Partition, int, int]]:
        """What it tells of: partitions with a first and a last offset, in their order."""
        if self.told is not None:
            return self.told
        return [(partition, first, last) for partition, (first, last) in sorted(self.ranges.items())]

    def parted(self, apart: Collection[int]) -> tuple["Window", "Window"]:
        """The window without the entries of these places, and a window of them alone; together they tell of all."""
        places = set(apart)
        taken = [entry for place, entry in enumerate(self.entries) if place in places]
        left = [entry for place, entry in enumerate(self.entries) if place not in places]
        told = _runs((entry.record.topic, entry.record.partition, entry.record.offset) for entry in taken)
        rest = replace(self, entries=tuple(taken), undecodable=(), skipped=0, told=tuple(told))
        return replace(self, entries=tuple(left), told=tuple(_without(self.spans, told))), rest

    def without_profiles(self) -> "Window":
        """The window once it is folded, without profiles that were read whole.

        They may take thirty times what they took in the record; structs of what a job uses take no more than that.
        """
        if dict not in {type(entry.profile) for entry in self.entries}:
            return self
        make = tuple.__new__
        bare = [
            make(Entry, (*entry[:4], None, *entry[5:])) if type(entry.profile) is dict else entry
            for entry in self.entries
        ]
        return replace(self, entries=tuple(bare))


def contexts_in(window: Window) -> Iterator[Headers]:
    """The traces that a window's events belong to, one after the other."""
    return (context for entry in window.entries if (context := context_of(entry.record.headers)))


def _runs(offsets: Iterable[tuple[str, int, int]]) -> list[tuple[Partition, int, int]]:
    """Offsets as spans: those that follow each other are one."""
    spans: list[tuple[Partition, int, int]] = []
    for topic, partition, offset in sorted(offsets):
        if spans and spans[-1][0] == (topic, partition) and spans[-1][2] + 1 == offset:
            spans[-1] = (*spans[-1][:2], offset)
        else:
            spans.append(((topic, partition), offset, offset))
    return spans


def _without(
    spans: Iterable[tuple[Partition, int, int]], holes: Sequence[tuple[Partition, int, int]]
) -> Iterator[tuple[Partition, int, int]]:
    """Spans with holes; both in their order."""
    for partition, first, last in spans:
        begin = first
        for hole, low, high in holes:
            if hole != partition or not first <= low <= last:
                continue
            if begin < low:
                yield partition, begin, low - 1
            begin = high + 1
        if begin <= last:
            yield partition, begin, last


@dataclass(slots=True)
class OpenWindow:
    """The window being filled.

    `wants` says whether an audience is the job's; `max_events` is how many events fill it. `job` is the one whose
    replays are taken, None for those of all; `decode` reads the value of a record. `weight` is what its records take
    of memory, in bytes.
    """

    wants: Callable[[str], bool]
    max_events: int
    job: str | None = None
    decode: Decode = decode
    opened_at: float | None = None
    entries: list[Entry] = field(default_factory=list)
    undecodable: list[Undecodable] = field(default_factory=list)
    skipped: int = 0
    weight: int = 0
    ranges: dict[Partition, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Remember the answers of `wants`: it is asked for every event, of few audiences, and may look through many."""
        self.wants = lru_cache(REMEMBERED_MAX)(self.wants)

    @property
    def full(self) -> bool:
        """Whether the window must be cut before another record is taken."""
        return (
            len(self.entries) >= self.max_events
            or len(self.undecodable) >= UNDECODABLE_MAX
            or self.weight >= WINDOW_BYTES_MAX
            or self.skipped >= self.max_events * IDLE_FACTOR_MAX
        )

    @property
    def _fullness(self) -> float:
        """How full it is, from 0; full from 1 on."""
        return max(
            len(self.entries) / self.max_events,
            len(self.undecodable) / UNDECODABLE_MAX,
            self.weight / WINDOW_BYTES_MAX,
            self.skipped / (self.max_events * IDLE_FACTOR_MAX),
        )

    def take(self, records: Sequence[Record], now: float) -> int:
        """Add records of one partition, in offset order, until the window is full; how many were taken.

        `now` is seconds on any clock, which becomes `opened_at` with the first record.
        """
        taken = 0
        while taken < len(records) and not self.full:
            # As many as surely find room; then look again, because those that cause no call take no place.
            room = min(self.max_events - len(self.entries), UNDECODABLE_MAX - len(self.undecodable))
            taken += self._add(records[taken : taken + room])
        if taken:
            if self.opened_at is None:
                self.opened_at = now
            first, last = records[0], records[taken - 1]
            partition = (first.topic, first.partition)
            low, _ = self.ranges.get(partition, (first.offset, 0))
            self.ranges[partition] = (min(low, first.offset), last.offset)
        return taken

    def cut(self) -> Window:
        """The window as it stands, and an empty one in its place."""
        window = Window(
            entries=tuple(self.entries),
            undecodable=tuple(self.undecodable),
            skipped=self.skipped,
            ranges=self.ranges,
            opened_at=self.opened_at or 0.0,
            room=max(1, ceil(self.max_events * min(1.0, self._fullness))),
        )
        self.entries, self.undecodable, self.ranges = [], [], {}
        self.skipped = self.weight = 0
        self.opened_at = None
        return window

    def _add(self, records: Sequence[Record]) -> int:
        """Add records until the window weighs enough; how many were added."""
        # The loop runs for every event, so what it looks up is looked up once.
        wants, read_value, add, weight = self.wants, self.decode, self.entries.append, self.weight
        added = 0
        for added, record in enumerate(records, start=1):  # noqa: B007 - it is the answer
            value = record.value
            # A replay is for the job that could not use the event: all others have had it.
            if value is None or (record.headers and self._is_of_another(record)):
                self.skipped += 1
                continue
            read = read_value(record, value)
            if isinstance(read, Undecodable):
                self.undecodable.append(read)
            elif wants(read.audience):
                add(read)
            else:
                self.skipped += 1
                continue
            size = len(value)
            if size > SMALL_BYTES:
                size = max(size, PART_BYTES * (value.count(b",") + value.count(b"{") + value.count(b"[")))
            weight += size
            if weight >= WINDOW_BYTES_MAX:
                break
        self.weight = weight
        return added

    def _is_of_another(self, record: Record) -> bool:
        """Whether a record is the replay of another job's dead letter."""
        replay = replay_of(record)
        return replay is not None and self.job not in (None, replay.job)
