"""Turns of bodies: a few are read and written at once, and the others wait as the bytes they came as."""

import asyncio
from collections import deque

#: Bytes of the bodies whose turn it is. What is read of a body takes ten times its bytes until it is acknowledged.
AT_ONCE_BYTES = 524_288


class Turns:
    """Bodies of at most so many bytes at once, or one of any size; who came first goes first."""

    def __init__(self, most: int = AT_ONCE_BYTES) -> None:
        self._most, self._taken = most, 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def begin(self, size: int) -> None:
        """Wait until it is the turn of a body of this size; it lasts until `end`, unless the waiting is called off."""
        if not self._waiting and self._fits(size):
            self._taken += size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # its turn came at the same moment
                self.end(size)
            raise

    def end(self, size: int) -> None:
        """Let the next ones have their turn."""
        self._taken -= size
        while self._waiting and (self._waiting[0][1].done() or self._fits(self._waiting[0][0])):
            next_size, turn = self._waiting.popleft()
            if not turn.done():
                self._taken += next_size
                turn.set_result(None)

    def _fits(self, size: int) -> bool:
        return not self._taken or self._taken + size <= self._most
