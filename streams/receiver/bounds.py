"""What requests may take together, and what those are answered that would take more."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

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


class Room:
    """Records that may be held at once; nobody knows how many a body has before it is read, so the last may exceed."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0
        self._given_back = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def entered(self) -> AsyncIterator[Callable[[int], None]]:
        """Wait until there is room for more; what is given takes it. It is given back at the end."""
        taken = 0

        def hold(records: int) -> None:
            nonlocal taken
            taken += records
            self._held += records

        async with self._given_back:
            await self._given_back.wait_for(lambda: self._held < self._most)
        try:
            yield hold
        finally:
            self._held -= taken
            async with self._given_back:
                self._given_back.notify_all()
