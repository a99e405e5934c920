"""The cursor: which offsets may be committed, given which windows are done."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

#: A topic and a partition of it.
Partition = tuple[str, int]


#: So many windows may wait behind some that stand aside: what is read again after a kill, and what is noted of each.
PASSED_MAX = 10_000


class Room(NamedTuple):
    """What is taken of the places of windows in flight, and of the room of their events."""

    windows: int
    events: int


@dataclass(slots=True, eq=False)
class Uncommitted:
    """One window, as long as some of its offsets may not be committed: `parts` is how many of its spans are left.

    One that stands `aside` waits for single events of its own. It holds no `place` among the windows in flight, nor do
    those that wait behind it. `events` is what it takes of their room.
    """

    parts: int
    events: int
    aside: bool = False
    place: bool = True


@dataclass(slots=True, eq=False)
class Span:
    """What one window holds of one partition, up to its offset `last`; `done` once it is delivered.

    It takes the room of so many `events`.
    """

    partition: Partition
    last: int
    window: Uncommitted
    events: int
    done: bool = False


class OffsetTracker:
    """Which offsets may be committed: of each partition, those up to the first span that is not done. Quiet."""

    def __init__(self) -> None:
        self._spans: dict[Partition, deque[Span]] = {}
        self._read_to: dict[Partition, int] = {}
        self._windows = self._events = 0

    def track(self, ranges: Mapping[Partition, tuple[int, int]], events: int) -> list[Span]:
        """Note a window that was cut, by its first and last offset of each partition; its spans.

        It takes the room of so many `events`: that of a full window, or as much less as it was not full.

        Windows must be noted in the order they were cut. A partition may be rewound around a rebalance. What was noted
        beyond the new beginning is forgotten, because the offsets in between are being read again and must not be
        committed over.
        """
        spans: list[Span] = []
        window = Uncommitted(len(ranges), events)
        offsets, left = sum(last - first + 1 for first, last in ranges.values()), events
        for partition, (first, last) in ranges.items():
            # Of a log with gaps nobody counts whose events are how many.
            own = left if len(spans) == len(ranges) - 1 else events * (last - first + 1) // offsets
            left -= own
            noted = self._spans.setdefault(partition, deque())
            if first <= self._read_to.get(partition, -1):
                self._forget(noted)
            span = Span(partition, last, window, own)
            noted.append(span)
            spans.append(span)
            self._read_to[partition] = last
        return spans

    def committable(self) -> dict[Partition, int]:
        """The next offset to read of each partition that moved since the last call."""
        offsets: dict[Partition, int] = {}
        for partition, spans in self._spans.items():
            while spans and spans[0].done:
                span = spans.popleft()
                self._part_from(span)
                offsets[partition] = span.last + 1
        return offsets

    def holds(self, partition: Partition) -> bool:
        """Whether windows of a partition were noted whose offsets have not been given out to be committed."""
        return bool(self._spans.get(partition))

    def pending(self, partition: Partition) -> int:
        """How many events of a partition are in windows that were noted, and were not given out to be committed."""
        return sum(span.events for span in self._spans.get(partition, ()))

    def released(self) -> Room:
        """The room of what was committed, or forgotten, since this was asked before.

        A window's place is free with its last offset. Those count no more that had given theirs to others.
        """
        room, self._windows, self._events = Room(self._windows, self._events), 0, 0
        return room

    def pass_by(self) -> Room:
        """Give the places of windows that stand aside, and of those that are done behind them, to others."""
        spans = [span for noted in self._spans.values() for span in noted]
        if len(spans) >= PASSED_MAX or not any(span.window.aside and not span.done for span in spans):
            return Room(0, 0)
        passed = {span.window for span in spans if span.window.place and (span.done or span.window.aside)}
        for window in passed:
            window.place = False
        return Room(len(passed), sum(window.events for window in passed))

    def clear(self) -> None:
        """Forget everything: the partitions were taken away."""
        for spans in self._spans.values():
            self._forget(spans)
        self._spans.clear()
        self._read_to.clear()

    def _forget(self, spans: deque[Span]) -> None:
        while spans:
            self._part_from(spans.popleft())

    def _part_from(self, span: Span) -> None:
        window = span.window
        window.parts -= 1
        window.events -= span.events
        if window.place:
            self._windows += window.parts == 0
            self._events += span.events
