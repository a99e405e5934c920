"""A receiver of reports that remembers what was posted to it, and answers as it is told."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from streams.simulator import DEFAULT_FATES, Simulator, SimulatorOptions
from streams.simulator.world import Clock, utc_now
from tests.simulator.simulated import Caller, simulate
from tests.waiting import until

#: Reports are made at once, and nothing is limited.
AT_ONCE = SimulatorOptions(limits=None, report_delay_seconds=0.0, fates=DEFAULT_FATES)


@dataclass(frozen=True, slots=True)
class Post:
    """One post: where to, what, and with which headers."""

    path: str
    raw: bytes
    headers: dict[str, str]

    @property
    def body(self) -> Any:
        return orjson.loads(self.raw)

    @property
    def results(self) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = self.body["results"]
        return results


@dataclass(slots=True)
class Receiver:
    """Answers with the statuses it is given, the last of which holds for all that follows."""

    url: str = ""
    statuses: deque[int] = field(default_factory=lambda: deque([200]))
    posts: list[Post] = field(default_factory=list)
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def posted(self, count: int) -> list[Post]:
        """Wait until so many posts have come, and return them all."""
        async with self._more:
            await self._more.wait_for(lambda: len(self.posts) >= count)
        return self.posts

    async def reports(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many results have come, in whatever many posts, and return them all."""
        async with self._more:
            await self._more.wait_for(lambda: sum(len(post.results) for post in self.posts) >= count)
        return [each for post in self.posts for each in post.results]

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        async with self._more:
            self.posts.append(Post(request.path, raw, dict(request.headers)))
            self._more.notify_all()
        status = self.statuses[0] if len(self.statuses) == 1 else self.statuses.popleft()
        return web.Response(status=status, text="taken")


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def told(
    story: Callable[[Caller, Receiver], Awaitable[None]], options: SimulatorOptions = AT_ONCE, clock: Clock = utc_now
) -> Simulator:
    """Run a story against a simulator and a receiver of its own."""

    async def with_receiver(call: Caller) -> None:
        async with receiving() as receiver:
            await story(call, receiver)

    return simulate(with_receiver, options, clock)


async def counted(call: Caller) -> dict[tuple[str, str], dict[str, int]]:
    """How many reports of each channel and kind met which end, once all that is on its way was answered.

    Words that count none are left out.
    """
    await until(lambda: not call.simulator._world.postman._posts)
    rows = (await call("GET", "/simulator/reports")).body["reports"]
    return {
        (row["channel"], row["kind"]): {word: row[word] for word in row if isinstance(row[word], int) and row[word]}
        for row in rows
    }
