"""Where to go on reading a partition: a decision made anew whenever a process is given it, never the broker's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from schemas.records.states import Position, StartPosition
from streams.kafka.partition_position import PartitionPosition

#: Clocks of those who write and of those who read may differ by so much.
CLOCKS_APART = timedelta(minutes=5)

Why = Literal[
    "committed",  # behind what was committed
    "start",  # where the job agreed to begin
    "added",  # a partition that came after the job had begun on its topic
    "recreated",  # the topic was deleted and made anew
    "lost",  # the brokers have lost what was committed
    "expired",  # what comes next was deleted unread
    "truncated",  # the log does not hold any more what was read of it
]
#: Nobody can have read anything there before.
UNREAD = frozenset({"start", "added", "recreated"})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a partition whose reading begins; `replaced`: records that were read are not in its log now."""

    place: PartitionPosition
    topic_id: str
    start: StartPosition | None = None
    position: Position | None = None
    replaced: bool = False

    @property
    def why(self) -> Why:
        """What its beginning goes by."""
        place = self.place
        if self.is_made_anew:
            return "recreated"
        if place.committed is None:
            if self.position is not None:
                return "lost"
            return "added" if self.start is None else "start"
        if place.committed > place.log_end or self.replaced:
            return "truncated"
        return "expired" if place.committed < place.low else "committed"

    @property
    def is_made_anew(self) -> bool:
        """Whether the topic is another one than the job has read; its offsets of before mean nothing then."""
        kept = (self.position.topic_id if self.position else "") or (self.start.topic_id if self.start else "")
        if kept and self.topic_id:
            return kept != self.topic_id
        # Where the brokers give no ids: committed offsets go with their topic, and the new one is shorter as a rule.
        place, start = self.place, self.start
        return place.committed is None and start is not None and start.end_offset > place.log_end

    @property
    def floor(self) -> int:
        """Before this the job never reads, whatever was lost."""
        begun = self.start.start_offset if self.start is not None and not self.is_made_anew else 0
        return min(max(self.place.low, begun), self.place.log_end)


@dataclass(frozen=True, slots=True)
class ToldOffsets:
    """How far the flush records tell of a partition: the next offset, and when that window was opened."""

    offset: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where reading begins, and why there; `looked_for` is an offset that is not to be had."""

    known: Known
    why: Why
    offset: int
    looked_for: int | None = None


def begin(known: Known, told: ToldOffsets | None = None) -> Beginning:
    """Where to begin, given what the flush records tell; a truncated log may be read from earlier on, see `later`."""
    place, why = known.place, known.why
    if why == "start" and told is not None:
        why = "lost"
    match why:
        case "recreated" | "added":
            return Beginning(known, why, place.low)
        case "start":
            return _if_there(known, why, known.start.start_offset if known.start else place.low)
        case "lost":
            position = known.position.offset if known.position else 0
            return _if_there(known, why, max(position, told.offset if told else 0))
        case "truncated":
            return Beginning(known, why, known.floor, place.committed)
        case _:
            return _if_there(known, why, place.committed or 0)


def _if_there(known: Known, why: Why, offset: int) -> Beginning:
    place = known.place
    if offset > place.log_end:
        return Beginning(known, "truncated", known.floor, offset)
    if offset < place.low:
        return Beginning(known, "expired" if why == "committed" else why, place.low, offset)
    return Beginning(known, why, offset)


def last_known_good(beginning: Beginning, told: ToldOffsets | None) -> datetime | None:
    """A time before which nothing of a truncated log was replaced: what replaces it was written later.

    Whatever was read before the log lost its end was read by then, less what clocks may differ.
    """
    known = beginning.known
    if known.position is not None:
        return known.position.at - CLOCKS_APART
    if told is not None:
        return told.opened_at - CLOCKS_APART
    return known.start.started_at - CLOCKS_APART if known.start is not None else None


def later(beginning: Beginning, by_time: int | None) -> Beginning:
    """A truncated log's beginning, given its first record of a later time (None: there is none).

    Reading some of it again is harmless; what was written in place of the lost records must not be passed over.
    """
    known, place = beginning.known, beginning.known.place
    offset = place.log_end if by_time is None else by_time
    if place.committed is not None:
        offset = min(offset, place.committed)
    return Beginning(known, beginning.why, min(max(offset, known.floor), place.log_end), beginning.looked_for)
