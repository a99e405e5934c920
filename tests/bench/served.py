"""The benchmark's endpoint, served for the time of a story."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp.test_utils import TestClient, TestServer

from bench.endpoint import Behaviour, Endpoint, Seen


@dataclass
class Told:
    """An answer."""

    status: int
    retry_after: str | None
    body: bytes


Send = Callable[[str, str, bytes], Awaitable[Told]]


def serve(
    story: Callable[[Send], Awaitable[None]],
    behaviour: Behaviour,
    clock: Any = lambda: 1.0,
    sleep: Any = asyncio.sleep,
    wall_clock: Any = time.time,
) -> Seen:
    """Tell a story to the endpoint; what it has seen by its end."""

    async def run() -> Seen:
        endpoint = Endpoint(behaviour, clock, sleep, wall_clock)
        async with TestClient(TestServer(endpoint.app())) as client:

            async def send(method: str, path: str, body: bytes) -> Told:
                async with client.request(method, path, data=body) as answer:
                    return Told(answer.status, answer.headers.get("Retry-After"), await answer.read())

            await story(send)
            async with client.get("/seen") as answer:
                return Seen(**orjson.loads(await answer.read()))

    return asyncio.run(run())
