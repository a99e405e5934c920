"""What a call may have to keep to besides Infobip's limits: a pace of its maker's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

#: What a call does just before it is on the wire.
Go = Callable[[], Awaitable[None]]


class NotNow(Exception):
    """A try may not go after all, although its turn had come: it lets go of what it holds, and waits for another."""


def unheard() -> None:
    """Stand in for a listener."""


async def at_once() -> None:
    """Wait for nothing."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`turn` returns when a try may go, before it waits for anything else; `depart` just before it is on the wire.

    Each is awaited for every try, so that calls that were held up together do not go together in the end. `depart` may
    raise NotNow.
    """

    turn: Go = at_once
    depart: Go = at_once


AT_ONCE = Pace()
