"""What was read while the open window was full, or its partition held: windows in a backlog are of as few as can be.

A window whose call is refused keeps the offsets of all its partitions where they are. So one that is of a single
partition keeps no other's, and partitions of which nothing is in flight go before those that wait.
"""

from collections import deque
from collections.abc import Callable, Sequence

from streams.pipeline.decode import Record
from streams.pipeline.offsets import Partition
from streams.pipeline.window import WINDOW_BYTES_MAX, OpenWindow

#: So many windows go before a partition that has records, though others fill a window alone.
PASSED_OVER_MAX = 8


class Lanes:
    """Records of some partitions, each in the order they were read; `window_events` fill a window. Quiet.

    They hold `events_max` records, and as much as a window may weigh; and what came last may be beyond.
    """

    def __init__(self, window_events: int, events_max: int) -> None:
        self._window_events, self._events_max = window_events, events_max
        #: What was added, and what it weighs.
        self._lanes: dict[Partition, deque[tuple[Sequence[Record], int]]] = {}
        self._records: dict[Partition, int] = {}
        #: How many windows were filled before each came, or was taken from.
        self._since: dict[Partition, int] = {}
        self._weight = self._filled = 0

    def __bool__(self) -> bool:
        """Whether any records wait."""
        return bool(self._lanes)

    @property
    def full(self) -> bool:
        """Whether no more are to be added."""
        return sum(self._records.values()) >= self._events_max or self._weight >= WINDOW_BYTES_MAX

    def add(self, records: Sequence[Record]) -> None:
        """Add records of one partition, which follow those that were added before."""
        partition = (records[0].topic, records[0].partition)
        weight = _weight(records)
        self._lanes.setdefault(partition, deque()).append((records, weight))
        self._records[partition] = self._records.get(partition, 0) + len(records)
        self._since.setdefault(partition, self._filled)
        self._weight += weight

    def fill(
        self,
        window: OpenWindow,
        pending: Callable[[Partition], int],
        held: Callable[[Partition], bool],
        now: float,
    ) -> None:
        """Fill a window, but from no partition that is held.

        `pending` says how many events of a partition are not committed. First come those that were passed over for
        long, then those that fill it alone, then those with the fewest pending. `now` is as `OpenWindow.take` has it.
        """
        self._filled += 1
        for partition in sorted(self._lanes, key=lambda one: self._rank(one, pending)):
            if window.full:
                return
            if not held(partition):
                self._move(partition, window, now)

    def clear(self) -> None:
        """Forget all of them: they are read again."""
        self._lanes.clear()
        self._records.clear()
        self._since.clear()
        self._weight = 0

    def _rank(self, partition: Partition, pending: Callable[[Partition], int]) -> tuple[bool, bool, int, int]:
        since = self._since[partition]
        passed_over = self._filled - since > PASSED_OVER_MAX
        return not passed_over, self._records[partition] < self._window_events, pending(partition), since

    def _move(self, partition: Partition, window: OpenWindow, now: float) -> None:
        lane = self._lanes[partition]
        while lane and not window.full:
            records, weight = lane.popleft()
            taken = window.take(records, now)
            self._records[partition] -= taken
            if taken < len(records):
                left = records[taken:]
                lane.appendleft((left, _weight(left)))
                weight -= lane[0][1]
            self._weight -= weight
        self._since[partition] = self._filled
        if not lane:
            del self._lanes[partition], self._records[partition], self._since[partition]


def _weight(records: Sequence[Record]) -> int:
    return sum(len(record.value or b"") for record in records)
