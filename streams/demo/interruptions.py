"""What ends the demo before its time: one of its programs that has ended, or a signal. Nothing of it is left behind."""

import asyncio
from collections.abc import Coroutine
from signal import Signals
from typing import Any, NoReturn, Protocol, TypeVar

from streams.app.signals import endings
from streams.together import together

T = TypeVar("T")
#: Shells tell so of a program that a signal has ended: this and the signal's number.
SIGNALLED = 128


class Program(Protocol):
    """What the demo cannot go on without."""

    async def ended(self) -> NoReturn:
        """Wait until it has ended. Raises StreamsError, which says so."""
        ...


async def while_running(work: Coroutine[Any, Any, T], *programs: Program) -> T:
    """Work while all of these run. Raises StreamsError as soon as one has ended; the work is called off."""
    done: list[T] = []

    async def noted() -> None:
        done.append(await work)

    await together([*(one.ended() for one in programs), noted()])
    return done[0]


async def unless_told_to_end(work: Coroutine[Any, Any, int]) -> int:
    """Work, and return its exit code; that of a signal which calls it off, once all that it began has ended."""
    loop, working = asyncio.get_running_loop(), asyncio.create_task(work)
    told: list[Signals] = []

    def call_off(number: Signals) -> None:
        told.append(number)
        working.cancel()

    for number in endings():
        loop.add_signal_handler(number, call_off, number)
    try:
        return await working
    except asyncio.CancelledError:
        if not told:
            raise
        return SIGNALLED + told[0]
    finally:
        for number in endings():
            loop.remove_signal_handler(number)
