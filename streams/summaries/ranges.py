"""Which offsets of a partition were told of. Quiet."""

from bisect import bisect_left
from collections.abc import Iterable

#: So many stretches are kept apart, more than windows are in flight at once; then the gap between the two oldest is
#: taken for one in which there is no record, as transactions and compaction leave them.
APART_MAX = 128


class OffsetRanges:
    """Stretches of offsets, both ends included, in order and apart from each other."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._ranges = [(first, last) for first, last in ranges]

    def add(self, first: int, last: int) -> int:
        """Note a stretch; how many of its offsets were told of before."""
        ranges = self._ranges
        # From the first that ends at, or right before, the new one: those before it are apart.
        begin = end = bisect_left(ranges, first - 1, key=lambda one: one[1])
        lowest, highest, again = first, last, 0
        while end < len(ranges) and ranges[end][0] <= last + 1:
            low, high = ranges[end]
            again += max(0, min(high, last) - max(low, first) + 1)
            lowest, highest = min(low, lowest), max(high, highest)
            end += 1
        ranges[begin:end] = [(lowest, highest)]
        if len(ranges) > APART_MAX:
            ranges[:2] = [(ranges[0][0], ranges[1][1])]
        return again

    @property
    def stretches(self) -> tuple[tuple[int, int], ...]:
        """All of them."""
        return tuple(self._ranges)
