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

    def opened(self, ranges: Mapping[Partition, tuple[int, int]]) -> list[Span]:
        """Note a window that was cut; windows must be noted in the order they were cut."""
        spans = [Span(partition, last) for partition, (_, last) in ranges.items()]
        for span in spans:
            self._spans.setdefault(span.partition, deque()).append(span)
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
