"""Pages of people that wait until all of Kafka's side is read: packed, which takes a tenth of the memory."""

import asyncio
import pickle
import zlib
from collections import deque
from collections.abc import Sequence

from streams.jobs.export_audience.verification.tagged import NOT_LOOKED_AT, Tagged

#: So much may wait; a page of people without their fields takes some 20 kB. Then no more are asked for.
WAITING_BYTES_MAX = 32 * 1024 * 1024
#: The quickest there is, which leaves a fifth.
LEVEL = 1


class WaitingPages:
    """Pages in their order, from one task to another."""

    def __init__(self, most_bytes: int = WAITING_BYTES_MAX) -> None:
        self._packed, self._bytes, self._most = deque[bytes](), 0, most_bytes
        self._change = asyncio.Event()
        self.ended = False

    async def put(self, page: Sequence[Tagged]) -> None:
        """Add a page; waits while there is no room, unless nobody takes any more."""
        packed = pack(page)
        while self._packed and self._bytes + len(packed) > self._most and not self.ended:
            await self._changed()
        self._packed.append(packed)
        self._bytes += len(packed)
        self._change.set()

    async def take(self) -> Sequence[Tagged] | None:
        """The next page, as soon as there is one; None once no more come."""
        while not self._packed:
            if self.ended:
                return None
            await self._changed()
        packed = self._packed.popleft()
        self._bytes -= len(packed)
        self._change.set()
        return unpack(packed)

    def end(self) -> None:
        """Say that no more come, or that nobody takes them any more."""
        self.ended = True
        self._change.set()

    def drop(self) -> None:
        """Let go of what waits: nobody wants it any more."""
        self._packed.clear()
        self.end()

    async def _changed(self) -> None:
        self._change.clear()
        await self._change.wait()


def pack(page: Sequence[Tagged]) -> bytes:
    """A page in few bytes."""
    rows = [
        (one.key, one.second, one.names, one.tags, None if one.said is NOT_LOOKED_AT else dict(one.said))
        for one in page
    ]
    return zlib.compress(pickle.dumps(rows), LEVEL)


def unpack(packed: bytes) -> list[Tagged]:
    """The page that was packed."""
    rows = pickle.loads(zlib.decompress(packed))  # noqa: S301 - our own, and never out of this process
    return [
        Tagged(key, second, names, tags, NOT_LOOKED_AT if said is None else said)
        for key, second, names, tags, said in rows
    ]
