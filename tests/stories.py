"""Tests that are coroutines, run on a loop of real time with real sockets; `timeless` is for those without."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

P = ParamSpec("P")

SECONDS_MAX = 60.0


def story(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make a coroutine a test, which must end within a minute."""

    @wraps(test)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(SECONDS_MAX):
                await test(*args, **kwargs)

        asyncio.run(bounded())

    return told
