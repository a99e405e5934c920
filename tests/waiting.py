"""Waiting, inside an event loop, for what others have to do first."""

import asyncio
from collections.abc import Callable

PATIENCE_SECONDS = 60.0


async def until(condition: Callable[[], bool], pause: float = 0.001) -> None:
    """Return as soon as the condition holds; fail when it does not in time. Where time is made up, `pause` is 0."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for is seen from outside
            await asyncio.sleep(pause)
