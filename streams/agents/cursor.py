"""The cursor: which offsets may be committed, given which windows are done."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

#: A topic and a partition of it.
Partition = tuple[str, int]


@dataclass(slots=True, eq=False)
class Span:
    """What one window holds of one partition, up to and including `last`."""

    partition: Partition
    last: int
    done: bool = False


class Cursor:
    """Only the contiguous prefix of finished spans of a partition is committable."""

    def __init__(self) -> None:
        self._spans: dict[Partition, deque[Span]] = {}
        self._read_to: dict[Partition, int] = {}

    def opened(self, ranges: Mapping[Partition, tuple[int, int]]) -> list[Span]:
        """Note a window that was cut; windows must be noted in the order they were cut.

        A partition may be rewound around a rebalance. What was noted beyond the new beginning is forgotten, because
        the offsets in between are being read again and must not be committed over.
        """
        spans = []
        for partition, (first, last) in ranges.items():
            noted = self._spans.setdefault(partition, deque())
            if first <= self._read_to.get(partition, -1):
                noted.clear()
            span = Span(partition, last)
            noted.append(span)
            spans.append(span)
            self._read_to[partition] = last
        return spans

    def committable(self) -> dict[Partition, int]:
        """The next offset to read of each partition that moved since the last call."""
        offsets: dict[Partition, int] = {}
        for partition, spans in self._spans.items():
            while spans and spans[0].done:
                offsets[partition] = spans.popleft().last + 1
        return offsets

    def clear(self) -> None:
        """Forget everything: the partitions were taken away."""
        self._spans.clear()
        self._read_to.clear()
