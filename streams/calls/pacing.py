"""What a call may have to keep to besides Infobip's limits: a pace of its maker's."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from streams.calls.call import Call, Reply

#: What a call does just before it is on the wire.
Go = Callable[[], Awaitable[None]]


class NotNow(Exception):
    """A try may not go after all, although its turn had come: it lets go of what it holds, and waits for another."""


def ignore() -> None:
    """Stand in for a listener."""


async def no_wait() -> None:
    """Wait for nothing."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """`before_queueing` is awaited before a try waits for anything else, `before_sending` just before it goes out.

    Each is awaited for every try, and returns when that may go, so that calls that were held up together do not go
    together in the end. `before_sending` may raise NotNow.
    """

    before_queueing: Go = no_wait
    before_sending: Go = no_wait


UNPACED = Pacing()

#: What performs a call, and says when it is on the wire; the same for calls that are given a pace.
Perform = Callable[[Call, Callable[[], None]], Awaitable[Reply]]
PacedPerform = Callable[[Call, Callable[[], None], Pacing], Awaitable[Reply]]


def unpaced(perform: PacedPerform) -> Perform:
    """What performs calls that have no pace of their own."""

    async def perform_unpaced(call: Call, sent: Callable[[], None]) -> Reply:
        return await perform(call, sent, UNPACED)

    return perform_unpaced


#: What this task's requests ask before any of their bytes go out; each task has its own.
_LAST_QUESTION: ContextVar[Callable[[], None]] = ContextVar("_LAST_QUESTION", default=ignore)


@contextmanager
def with_last_question(question: Callable[[], None]) -> Iterator[None]:
    """Have a question asked before the bytes of each request go out that this task makes; it may raise NotNow.

    Between `before_sending` and the first byte a request is written down, and perhaps a connection made, while others
    have their turns: on a busy machine that takes long enough for a process to be put to sleep in it.
    """
    token = _LAST_QUESTION.set(question)
    try:
        yield
    finally:
        _LAST_QUESTION.reset(token)


def ask_last_question() -> None:
    """Ask it, right before bytes go out."""
    _LAST_QUESTION.get()()


def not_now(failure: BaseException | None) -> bool:
    """Whether a request failed of the answer to it."""
    while failure is not None:
        if isinstance(failure, NotNow):
            return True
        failure = failure.__cause__ or failure.__context__
    return False
