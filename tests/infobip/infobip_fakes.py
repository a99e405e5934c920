"""A clock that moves when somebody sleeps, and an Infobip that answers from a script."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
from aiohttp import web

from schemas.operations import LIST_PERSONS, UPSERT_PERSONS
from streams.calls.call import Call
from streams.infobip.client import Client
from streams.infobip.health import ClientState
from tests import waiting

KEY = "s3cr3t-key-0001"
EMAIL = "ann@example.com"

Step = int | httpx.Response | Exception


class FakeTime:
    """Time stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.naps: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Script:
    """Answers from `steps`, then 200 with an empty object; remembers requests and when they came."""

    def __init__(self, time: FakeTime, *steps: Step) -> None:
        self.time = time
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []
        self.times: list[float] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.times.append(self.time.now)
        await asyncio.sleep(0)
        step = self.steps.pop(0) if self.steps else 200
        if isinstance(step, Exception):
            raise step
        return httpx.Response(step, json={}) if isinstance(step, int) else step


class Bench:
    """A client of a scripted Infobip in fake time."""

    def __init__(self, *steps: Step, **options: Any) -> None:
        self.time = FakeTime()
        self.infobip = Script(self.time, *steps)
        self.states: list[ClientState] = []
        self.client = client_of(
            "http://infobip.test",
            **{
                "clock": self.time.clock,
                "wall_clock": self.time.clock,
                "sleep": self.time.sleep,
                "on_state": self.states.append,
                "transport": httpx.MockTransport(self.infobip),
                **options,
            },
        )

    @property
    def kinds(self) -> list[str]:
        """The kinds of state that were reported, one after another."""
        return [state.kind for state in self.states]


def client_of(url: str, **options: Any) -> Client:
    return Client("main", url, KEY, **{"jitter": lambda: 1.0, **options})


def upsert() -> Call:
    body = {"persons": [{"contactInformation": [{"type": "EMAIL", "identifier": EMAIL}]}]}
    return Call(UPSERT_PERSONS, body)


def find() -> Call:
    return Call(LIST_PERSONS, query={"identifier": EMAIL, "type": "EMAIL"})


#: Lets others run until something has happened: it awaits a turn, not a moment, because time stands still.
until = partial(waiting.until, pause=0)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handlers: Mapping[str, Handler]) -> AsyncIterator[str]:
    """Run a real server on this machine; any path that is not in `handlers` is 404."""
    app = web.Application()
    for path, handler in handlers.items():
        app.router.add_route("*", path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
