"""Whose turn it is to send: time dealt out to the partitions, so that their owners need not ask each other."""

from bisect import bisect_left
from collections.abc import Collection
from math import ceil, inf

from streams.pipeline.offsets import Partition

#: What moments may be off by that were reckoned in Unix seconds.
ROUNDING_SECONDS = 1e-6
#: The golden ratio: the next partition's slot is so much of a round further on. However the partitions are given to
#: processes, in ranges or in turn, the slots of each lie all over the round.
STRIDE = 0.6180339887


class TimeSlots:
    """When the owner of some partitions may send.

    Time is cut into slots of the width that one message takes, counted from 1970. In each round every partition of the
    input has one, and its owner may send as the slot begins. Whoever owns all partitions is alone, and need not wait
    for a slot to begin.
    """

    def __init__(self, ours: Collection[Partition], everything: Collection[Partition], width: float) -> None:
        known, owned = sorted({*ours, *everything}), frozenset(ours)
        self._round, self._width = len(known), width
        dealt = sorted(range(self._round), key=lambda place: place * STRIDE % 1)
        self._ours = [slot for slot, place in enumerate(dealt) if known[place] in owned]

    def first(self, at: float) -> float:
        """When a message may go, from this moment on; infinite without partitions."""
        if not self._ours:
            return inf
        if len(self._ours) == self._round:
            return at
        return self._number(self._nth(ceil((at - ROUNDING_SECONDS) / self._width))) * self._width

    def end(self, start: float, messages: int) -> float:
        """When the time is used up of so many messages that go together at such a moment."""
        if len(self._ours) == self._round:
            return start + messages * self._width
        last = self._number(self._nth(round(start / self._width)) + messages - 1)
        return (last + 1) * self._width

    def _nth(self, number: int) -> int:
        """Which of our slots, counted from 1970, is the first with this number or a higher one."""
        rounds, place = divmod(number, self._round)
        return rounds * len(self._ours) + bisect_left(self._ours, place)

    def _number(self, nth: int) -> int:
        """The number of one of our slots."""
        rounds, place = divmod(nth, len(self._ours))
        return rounds * self._round + self._ours[place]
