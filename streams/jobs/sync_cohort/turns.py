"""Whose turn it is: a key may make one call of each operation in so many seconds, over all processes and jobs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from schemas.operations import Operation

T = TypeVar("T")

#: Calls are spaced this much wider than the limit asks, because the network does not keep distances.
HEADROOM = 0.012
#: A call that is not full waits for company: until none has come for this part of an interval, and one whole at most.
LINGER = 0.1
#: Whoever has waited for so many intervals goes before those that fill a call.
STARVED = 12.0
FULL = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one list would have a call say: how many ids, since when the first waits, when the last one came."""

    ids: int
    since: float
    last: float


class Turns:
    """When the next call of each operation may go, in seconds on a clock that never goes back.

    `intervals` are the seconds from one call to the next. Whoever begins does not know when the last call was made:
    by another process, a moment ago. So the first turn of each comes a whole interval after `began`.
    """

    def __init__(self, intervals: Mapping[Operation, float], began: float) -> None:
        self._intervals = dict(intervals)
        self._opens_at = {operation: began + self.interval(operation) for operation in intervals}

    def interval(self, operation: Operation) -> float:
        """Seconds from one call of an operation to the next."""
        return self._intervals[operation] * (1 + HEADROOM)

    def opens_at(self, operation: Operation) -> float:
        """When the next call may go."""
        return self._opens_at[operation]

    def take(self, operation: Operation, at: float) -> None:
        """Note that a call went out."""
        self._opens_at[operation] = at + self.interval(operation)

    def ripe_at(self, operation: Operation, waiting: Waiting) -> float:
        """When a list's call is as full as it is worth waiting for; a call that makes a list is at once."""
        if waiting.ids >= FULL:
            return -inf
        interval = self.interval(operation)
        return min(waiting.last + LINGER * interval, waiting.since + interval)

    def rank(self, operation: Operation, waiting: Waiting, now: float) -> tuple[bool, int, float]:
        """What sorts lists that wait, the next one first: who has waited all too long, the fullest, the oldest."""
        starved = now - waiting.since >= STARVED * self.interval(operation)
        return (not starved, 0 if starved else -min(waiting.ids, FULL), waiting.since)


def choose(turns: Turns, operation: Operation, waiting: Iterable[tuple[T, Waiting]], now: float) -> T | float:
    """Whose call goes next; or, if none goes now, when to look again, which is never while nobody waits."""
    lists = list(waiting)
    if not lists:
        return inf
    if (opens_at := turns.opens_at(operation)) > now:
        return opens_at
    ripe = [(turns.rank(operation, one, now), who) for who, one in lists if turns.ripe_at(operation, one) <= now]
    if not ripe:
        return min(turns.ripe_at(operation, one) for _, one in lists)
    return min(ripe, key=lambda ranked: ranked[0])[1]
