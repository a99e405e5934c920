"""Threads for what blocks: each step has one of its own, so that steps that hang are in nobody's way."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from threading import Thread
from typing import TypeVar, cast

T = TypeVar("T")


async def in_own_thread(step: Callable[[], T], name: str = "step") -> T:
    """What a step returns, or raises, that blocks.

    The threads that asyncio lends are few (six on two cores): with some of them hung, nobody would get one any more;
    and the process waits for them at its end. This one is left behind when whoever waits for it is called off. Its
    signs of life are those of the task that waits for it.
    """
    loop, context = asyncio.get_running_loop(), copy_context()

    def run(answered: "asyncio.Future[T]") -> None:
        failure, result = None, None
        try:
            result = context.run(step)
        except BaseException as error:  # noqa: BLE001 - whatever it was, it is raised where it is waited for
            failure = error
        with suppress(RuntimeError):  # nobody is there any more: the loop is closed
            loop.call_soon_threadsafe(_answer, answered, failure, result)
        del failure, answered  # it knows this frame, which would hold it, and with it all that the step held

    answered: asyncio.Future[T] = loop.create_future()
    Thread(target=run, args=(answered,), name=name, daemon=True).start()
    try:
        return await answered
    finally:
        del answered  # a failure holds this frame, too


def _answer(answered: "asyncio.Future[T]", failure: BaseException | None, result: T | None) -> None:
    if answered.done():  # whoever asked was called off
        return
    if failure is not None:
        answered.set_exception(failure)
    else:
        answered.set_result(cast("T", result))
