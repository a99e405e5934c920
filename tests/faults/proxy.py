"""A wire between two others that can be cut, go dead without a word, carry one way only, or be slow."""

import asyncio
import random
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

CHUNK_BYTES = 65_536
CALL_SECONDS = 30

#: More than these are not taken in, and so hold up whoever sends them.
PIECES_ON_THE_WAY = 64

Way = Literal["there", "back"]
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Pieces: TypeAlias = "asyncio.Queue[tuple[float, bytes]]"


@dataclass(frozen=True, slots=True)
class Weather:
    """How the wire is: what reaches the other end, and how fast.

    `refuses`: connections are cut, and new ones, too. `dead`: the ways on which nothing arrives any more, and no end
    is told. `delay`: the seconds that each piece is late, from and to. `bytes_per_second` is what a connection carries.
    """

    refuses: bool = False
    dead: frozenset[Way] = frozenset()
    delay: tuple[float, float] = (0.0, 0.0)
    bytes_per_second: float | None = None


FAIR = Weather()
CUT = Weather(refuses=True)
BLACK_HOLE = Weather(dead=frozenset({"there", "back"}))
NOT_THERE = Weather(dead=frozenset({"there"}))
NOT_BACK = Weather(dead=frozenset({"back"}))


class Proxy:
    """Passes on what comes to `port` to another host and port, on a thread of its own, as the weather allows.

    What was swallowed is lost for good: when the weather clears, connections that have lost something are cut.
    """

    def __init__(self, host: str, target: int, port: int = 0, seed: int = 0) -> None:
        self.port, self._host, self._target = port, host, target
        self._weather, self._chance = FAIR, random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._wires: set[_Wire] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def weather(self) -> Weather:
        """How the wire is now."""
        return self._weather

    def change(self, weather: Weather) -> None:
        """Have other weather from now on."""
        self._call(self._change(weather))

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_SECONDS)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._cut([*self._wires])

    async def _change(self, weather: Weather) -> None:
        self._weather = weather
        await self._cut([wire for wire in self._wires if weather.refuses or (wire.lost and not weather.dead)])

    async def _cut(self, wires: "list[_Wire]") -> None:
        for wire in wires:
            wire.cut()
        await asyncio.gather(*(wire.ended.wait() for wire in wires))

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._weather.refuses:
            writer.transport.abort()
            return
        try:
            ahead = await asyncio.open_connection(self._host, self._target)
        except OSError:
            writer.transport.abort()
            return
        wire = _Wire(self, (reader, writer), ahead)
        self._wires.add(wire)
        try:
            await wire.carry()
        finally:
            self._wires.discard(wire)
            wire.ended.set()

    def lateness(self) -> float:
        """The seconds that the next piece is late."""
        return self._chance.uniform(*self._weather.delay)


class _Wire:
    """One connection and the one ahead."""

    def __init__(self, proxy: Proxy, near: Ends, ahead: Ends) -> None:
        self.ended = asyncio.Event()
        #: The ways on which something was swallowed: what comes behind it would make no sense.
        self.lost: set[Way] = set()
        self._proxy, self._near, self._ahead = proxy, near, ahead
        self._tasks: list[asyncio.Task[None]] = []

    def cut(self) -> None:
        """End it at once."""
        for _, writer in (self._near, self._ahead):
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()

    async def carry(self) -> None:
        """Carry both ways until both are at their ends, or one of them breaks."""
        there = self._carry(self._near[0], self._ahead[1], "there")
        back = self._carry(self._ahead[0], self._near[1], "back")
        self._tasks = [asyncio.create_task(there), asyncio.create_task(back)]
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        pieces: Pieces = asyncio.Queue(PIECES_ON_THE_WAY)
        taking = asyncio.create_task(self._take(reader, pieces, way))
        try:
            await self._pass_on(writer, pieces)
        finally:
            taking.cancel()

    async def _take(self, reader: asyncio.StreamReader, pieces: Pieces, way: Way) -> None:
        """Take pieces in, each with the time at which it is due; an empty one is the end."""
        now, piece = asyncio.get_running_loop().time, b"."
        while piece:
            try:
                piece = await reader.read(CHUNK_BYTES)
            except ConnectionError:
                piece = b""
            if way in self._proxy.weather.dead or way in self.lost:
                self.lost.add(way)
            else:
                await pieces.put((now() + self._proxy.lateness(), piece))

    async def _pass_on(self, writer: asyncio.StreamWriter, pieces: Pieces) -> None:
        now = asyncio.get_running_loop().time
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - now())
            if not piece:
                writer.write_eof()
                return
            writer.write(piece)
            await writer.drain()
            if speed := self._proxy.weather.bytes_per_second:
                await asyncio.sleep(len(piece) / speed)
