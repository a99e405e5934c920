"""Bytes of bodies that may be held at once, and what a request is told that cannot be taken."""

import contextlib
from collections.abc import Callable, Iterator

#: The status that has Infobip come again.
PUT_OFF = 503


class Refused(Exception):
    """A request that is answered with this status, and nothing else done for it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Budget:
    """Bytes that may be held at once, of all requests together."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0

    @contextlib.contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """What takes bytes of the budget, as much as one request needs; they are given back when it is over."""
        taken = 0

        def take(more: int) -> None:
            nonlocal taken
            taken += more
            self._held += more
            if self._held > self._most:
                raise Refused(PUT_OFF, "too many bytes at once: come again")

        try:
            yield take
        finally:
            self._held -= taken
