"""How far a process is behind on the partitions that it reads: in events, and for how long the oldest has waited."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from streams.kafka.partition_position import PartitionPosition
from streams.observer import JobObserver
from streams.pipeline.decode import Record
from streams.pipeline.offsets import Partition

MS = 1000.0


class Backlog:
    """Told of all that is read, and of every look at where a job stands.

    The oldest event that is not committed has waited since its record's timestamp, where it was read; and at least
    since a look first saw it. Looks are some seconds apart, and so exact is that.
    """

    def __init__(self) -> None:
        #: Of each chunk that was read and is not known to be committed: its last offset, its first record's timestamp.
        self._read: dict[Partition, deque[tuple[int, int | None]]] = {}
        #: When a look first saw the partition end there.
        self._seen: dict[Partition, deque[tuple[int, float]]] = {}

    def read(self, records: Sequence[Record]) -> None:
        """Note a chunk of one partition's records, in their order."""
        first, last = records[0], records[-1]
        chunks = self._read.setdefault((first.topic, first.partition), deque())
        if chunks and chunks[-1][0] >= first.offset:  # it is read again
            chunks.clear()
        chunks.append((last.offset, first.timestamp))

    def stand(self, places: Iterable[PartitionPosition], now: float) -> tuple[int, float]:
        """How many events of these partitions wait, and how long the oldest has, in seconds; `now` is Unix time."""
        owned = {place.key: place for place in places}
        for known in (self._read, self._seen):
            for key in known.keys() - owned.keys():
                known.pop(key)
        ages = [self._age(place, now) for place in owned.values()]
        return sum(place.lag for place in owned.values()), max(ages, default=0.0)

    def _age(self, place: PartitionPosition, now: float) -> float:
        chunks, ends = self._read.get(place.key, deque()), self._seen.setdefault(place.key, deque())
        committed = max(place.committed or 0, place.low)
        while chunks and chunks[0][0] < committed:
            chunks.popleft()
        while ends and ends[0][0] <= committed:
            ends.popleft()
        if place.lag == 0:
            return 0.0
        if not ends or ends[-1][0] < place.high:
            ends.append((place.high, now))
        written_at = chunks[0][1] if chunks else None
        waits = 0.0 if written_at is None or written_at < 0 else now - written_at / MS
        return max(0.0, waits, now - ends[0][1])


def lags_told(backlog: Backlog, observer: JobObserver) -> Callable[[Sequence[PartitionPosition]], None]:
    """What tells how far a job is behind, of where it stands on its own partitions."""
    return lambda places: observer.lags(*backlog.stand(places, time.time()))
