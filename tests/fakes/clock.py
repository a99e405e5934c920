"""Time as a test has it: a clock that stands still until it is moved, and a loop in which hours pass in no time."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from streams.kafka.lease import Moment

T = TypeVar("T")
P = ParamSpec("P")

SECONDS_MAX = 24 * 3600.0


class Clock:
    """Stands still until a test moves it, or somebody sleeps by it. Called, it says its seconds."""

    def __init__(self, seconds: float = 1_000.0) -> None:
        self.seconds = seconds
        #: How far the wall clock is ahead of it.
        self.wall_ahead = 0.0
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    @property
    def moment(self) -> Moment:
        """What both clocks of a machine say."""
        return Moment(self.seconds, self.seconds + self.wall_ahead)

    def utc(self) -> datetime:
        """The time of day by the wall clock."""
        return datetime.fromtimestamp(self.moment.wall, UTC)

    def move(self, seconds: float) -> None:
        """Let so much time pass."""
        self.seconds += seconds

    async def sleep(self, seconds: float) -> None:
        """Take a nap, which costs others nothing but a turn."""
        self.naps.append(seconds)
        self.move(seconds)
        await asyncio.sleep(0)


class TimelessLoop(asyncio.SelectorEventLoop):
    """Its clock moves on to whoever wakes next, once nobody can do anything.

    Threads and sockets take real time, so they have no place here.
    """

    _ready: Any
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready:
            due = (handle.when() for handle in self._scheduled if not handle.cancelled())
            self._now = max(self._now, min(due, default=self._now))
        super()._run_once()  # type: ignore[misc] # asyncio's own


def play(story: Coroutine[Any, Any, T]) -> T:
    """Run a story to its end."""
    with asyncio.Runner(loop_factory=TimelessLoop) as runner:
        return runner.run(story)


def timeless(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make a story a test, which may last a day of its own time."""

    @wraps(test)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        async def story() -> None:
            async with asyncio.timeout(SECONDS_MAX):
                await test(*args, **kwargs)

        play(story())

    return told


def now() -> float:
    """The time in a story, which begins at 0."""
    return asyncio.get_running_loop().time()
