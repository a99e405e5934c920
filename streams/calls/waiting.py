"""What a worker is known to wait for: told by whoever makes it wait, to whoever asks whether it hangs.

A worker that stands still, and of which nobody knows what it waits for, hangs.
"""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Step = Callable[P, Coroutine[Any, Any, T]]


@dataclass(slots=True, eq=False)
class Wait:
    """What one worker, a task, waits for at present; empty while that is not known. And how often it gave a sign."""

    reason: str = ""
    signs: int = 0


#: Whose task it is; each task has its own.
_OURS: ContextVar[Wait | None] = ContextVar("_OURS", default=None)


def tell(wait: Wait) -> None:
    """Have what this task waits for told to `wait` from now on."""
    _OURS.set(wait)


def alive() -> None:
    """Give a sign that this task goes on; also from a thread that works for it."""
    wait = _OURS.get()
    if wait is not None:
        wait.signs += 1


@contextmanager
def waiting_for(reason: str) -> Iterator[None]:
    """Note what this task waits for while the block runs; within another, that one's reason is back afterwards."""
    wait = _OURS.get()
    if wait is None:
        yield
        return
    before, wait.reason = wait.reason, reason
    try:
        yield
    finally:
        wait.reason = before


def known_wait(reason: str) -> Callable[[Step[P, T]], Step[P, T]]:
    """A decorator of coroutine functions: while one runs, its task is known to wait for this."""

    def known(step: Step[P, T]) -> Step[P, T]:
        @wraps(step)
        async def waits(*args: P.args, **kwargs: P.kwargs) -> T:
            with waiting_for(reason):
                return await step(*args, **kwargs)

        return waits

    return known
