"""CPU time of stages that follow upon each other, in several rounds."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

EVENTS, ROUNDS = 50_000, 5


class Read:
    """A record in memory."""

    __slots__ = ("headers", "key", "offset", "partition", "timestamp", "topic", "value")

    def __init__(self, value: bytes, offset: int) -> None:
        self.topic, self.partition, self.offset = "memberships", offset % 8, offset
        self.key, self.value, self.headers, self.timestamp = None, value, None, 1_763_632_800_000 + offset


class Stopwatch:
    """The laps of some rounds by their names; of each the best counts: it is the least disturbed by others."""

    def __init__(self) -> None:
        self._laps: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Take the time of a stage."""
        began = time.process_time()
        yield
        self._laps[name].append(time.process_time() - began)

    def best(self, items: int) -> dict[str, float]:
        """The best lap of each stage, in microseconds an item; and their sum."""
        best = {name: min(laps) / items * 1e6 for name, laps in self._laps.items()}
        return {**best, "send: all of these": sum(best.values())}
