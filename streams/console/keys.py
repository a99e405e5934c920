"""What the console's web application holds, by typed keys, and what a request brings."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from schemas.config.console import Console
from schemas.configuration import Configuration
from streams.console.rendering import Pages
from streams.console.viewers import Viewer, Viewers
from streams.console.watching import Watcher
from streams.operating.letters import Letters

#: Stops or goes on with a job in all processes: its name, whether to stop, and who says so.
Switch = Callable[[str, bool, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What pages are made of; `switch` is None where jobs cannot be paused."""

    path: Path
    configuration: Configuration
    settings: Console
    watcher: Watcher
    viewers: Viewers
    pages: Pages
    letters: Letters
    switch: Switch | None = None


AROUND = web.AppKey("around", Surroundings)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a request comes from: None where that is not known; and the cookie that it comes with, or is given."""

    viewer: Viewer | None
    session: str


#: Of the request that is being answered.
CALLER: ContextVar[Caller] = ContextVar("CALLER")


def around(request: web.Request) -> Surroundings:
    """What the application holds."""
    return request.app[AROUND]


def caller() -> Caller:
    """Whoever the request comes from that is being answered."""
    return CALLER.get()


def viewer() -> Viewer:
    """Who looks, of a request that was let in."""
    found = caller().viewer
    if found is None:
        raise web.HTTPUnauthorized
    return found
