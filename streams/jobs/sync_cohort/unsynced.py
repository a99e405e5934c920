"""What is not in the lists yet, in the order in which it was said; so it is known up to where all is."""

from heapq import heappop, heappush
from math import inf

#: An audience and an id.
Key = tuple[str, str]


class Unsynced:
    """Ids that wait, each with the number of the last word on it."""

    def __init__(self) -> None:
        self._numbers: dict[Key, int] = {}
        self._queue: list[tuple[int, Key]] = []

    def __len__(self) -> int:
        """How many wait."""
        return len(self._numbers)

    def note(self, key: Key, number: int) -> None:
        """Have an id wait since this word; an earlier one on it matters no more."""
        self._numbers[key] = number
        heappush(self._queue, (number, key))

    def begin(self, key: Key, number: int) -> None:
        """Have an id wait since this word, unless it does since an earlier one."""
        if key not in self._numbers:
            self.note(key, number)

    def drop(self, key: Key) -> None:
        """Have an id wait no more."""
        self._numbers.pop(key, None)

    def first(self) -> float:
        """The number of the earliest word that is not in the lists yet; infinite where all are."""
        queue = self._queue
        while queue and self._numbers.get(queue[0][1]) != queue[0][0]:
            heappop(queue)
        return queue[0][0] if queue else inf
