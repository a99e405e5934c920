"""A simulator that runs for one test, and a caller that shows every answer as it came."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from streams.simulator import Simulator, SimulatorOptions
from streams.simulator.account import Account
from streams.simulator.world import Clock, utc_now

UNLIMITED = SimulatorOptions(limits=None)
NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
UPSERT = "/people/3/persons/upsert"
PERSONS = "/people/2/persons"
TAGS = "/people/2/tags"
ATTRIBUTES = "/people/2/customAttributes"


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer; `body` is the parsed JSON, None when there is none."""

    status: int
    body: Any
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls a simulator as a client would."""

    simulator: Simulator
    session: aiohttp.ClientSession

    async def __call__(self, method: str, path: str, body: Any = None, key: str = "demo-key", **query: str) -> Seen:
        data = body if isinstance(body, bytes) else None if body is None else orjson.dumps(body)
        headers = {"Authorization": f"App {key}", "Content-Type": "application/json"}
        url = self.simulator.base_url + path
        async with self.session.request(method, _url(url, query), data=data, headers=headers) as answer:
            raw = await answer.read()
            is_json = bool(raw) and answer.content_type == "application/json"
            return Seen(answer.status, orjson.loads(raw) if is_json else None, dict(answer.headers), raw.decode())

    async def upsert(self, *persons: dict[str, Any]) -> Seen:
        return await self("PATCH", UPSERT, {"persons": list(persons)})

    async def tag(self, method: str, name: str, *queries: tuple[str, str]) -> Seen:
        people = [{"query": {"type": kind, "identifier": identifier}} for kind, identifier in queries]
        return await self(method, f"{TAGS}/{quote(name, safe='')}/persons", {"people": people})


def _url(url: str, query: dict[str, str]) -> URL:
    # Names in paths are percent-encoded by the caller, and stay as they are.
    return URL(url, encoded=True).update_query(query)


def simulate(
    story: Callable[[Caller], Awaitable[None]], options: SimulatorOptions = UNLIMITED, clock: Clock = utc_now
) -> Simulator:
    """Run a story against a simulator of its own, and return the simulator, stopped."""

    async def run() -> Simulator:
        simulator = Simulator(options, clock)
        await simulator.start()
        try:
            async with aiohttp.ClientSession() as session:
                await story(Caller(simulator, session))
        finally:
            await simulator.stop()
        return simulator

    return asyncio.run(run())


def account(**options: Any) -> Account:
    return Account(SimulatorOptions(**options))


def email(address: str) -> dict[str, str]:
    return {"type": "EMAIL", "identifier": address}


def phone(number: str) -> dict[str, str]:
    return {"type": "PHONE", "identifier": number}


def person(*contacts: dict[str, str], **properties: Any) -> dict[str, Any]:
    return {**properties, "contactInformation": list(contacts)} if contacts else properties
