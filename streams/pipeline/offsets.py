"""The cursor: which offsets may be committed, given which windows are done."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

#: A topic and a partition of it.
Partition = tuple[str, int]


#: So many windows may wait behind some that stand aside: what is read again after a kill, and what is noted of each.
PASSED_MAX = 10_000


@dataclass(slots=True, eq=False)
class Uncommitted:
    """One window, as long as some of its offsets may not be committed; `parts` of its spans are left.

    One that stands `aside` waits for single events of its own. It keeps no `place`, nor do those that wait behind it.
    """

    parts: int
    aside: bool = False
    place: bool = True


@dataclass(slots=True, eq=False)
class Span:
    """What one window holds of one partition, up to and including `last`."""

    partition: Partition
    last: int
    window: Uncommitted
    done: bool = False


class OffsetTracker:
    """Only the contiguous prefix of finished spans of a partition is committable."""

    def __init__(self) -> None:
        self._spans: dict[Partition, deque[Span]] = {}
        self._read_to: dict[Partition, int] = {}
        self._let_go = 0

    def track(self, ranges: Mapping[Partition, tuple[int, int]]) -> list[Span]:
        """Note a window that was cut; windows must be noted in the order they were cut.

        A partition may be rewound around a rebalance. What was noted beyond the new beginning is forgotten, because
        the offsets in between are being read again and must not be committed over.
        """
        spans = []
        window = Uncommitted(len(ranges))
        for partition, (first, last) in ranges.items():
            noted = self._spans.setdefault(partition, deque())
            if first <= self._read_to.get(partition, -1):
                self._forget(noted)
            span = Span(partition, last, window)
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

    def released_windows(self) -> int:
        """How many windows have had their last offset committed, or forgotten, since this was asked before.

        Not those that had given their places to others.
        """
        count, self._let_go = self._let_go, 0
        return count

    def pass_by(self) -> int:
        """Give the places of windows that stand aside, and of those that are done behind them, to others; how many."""
        spans = [span for noted in self._spans.values() for span in noted]
        if len(spans) >= PASSED_MAX or not any(span.window.aside and not span.done for span in spans):
            return 0
        passed = {span.window for span in spans if span.window.place and (span.done or span.window.aside)}
        for window in passed:
            window.place = False
        return len(passed)

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
        span.window.parts -= 1
        if span.window.parts == 0 and span.window.place:
            self._let_go += 1
