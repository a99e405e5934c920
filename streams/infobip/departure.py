"""The last steps of a call: from its place within the limit to its first byte, from which on it counts."""

import asyncio
from collections.abc import Awaitable, Callable

from streams.calls.waiting import known_wait
from streams.infobip.rate_limit import Throttle

#: No clock wakes anybody sooner: whoever waits for less goes now, or 4,000 calls/s would be 1,000.
NAP_SECONDS_MIN = 0.001


class Departure:
    """One try that was given its place; looked at once more whenever something may have held it up.

    `time_limit` is what the try has to keep to, and is extended by what it waits here.
    """

    __slots__ = ("_clock", "_noted", "_sleep", "throttle", "time_limit")

    def __init__(
        self, throttle: Throttle, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self.throttle = throttle
        self.time_limit: asyncio.Timeout | None = None
        self._clock, self._sleep = clock, sleep
        #: When it was thought to go out.
        self._noted: float | None = None

    async def due(self) -> None:
        """Return when it may go out, from when on it counts: at once, unless it was held up and others went before."""
        if self._wait_seconds() > NAP_SECONDS_MIN:
            await self._wait()
        self.went()

    def went(self) -> None:
        """Note that it goes out now, and not when it was thought to."""
        if not self._is_on_time():
            self._noted = self._clock()
            self.throttle.depart(self._noted)

    def _wait_seconds(self) -> float:
        return 0.0 if self._is_on_time() else self.throttle.departs_at() - self._clock()

    def _is_on_time(self) -> bool:
        """Whether it goes when it was thought to; else it counts no more, and is thought of anew."""
        if self._noted is not None and self._clock() - self._noted > NAP_SECONDS_MIN:
            self.throttle.recall(self._noted)
            self._noted = None
        return self._noted is not None

    @known_wait("its turn within Infobip's limits")
    async def _wait(self) -> None:
        self.throttle.held_up += 1
        try:
            while (seconds := self._wait_seconds()) > NAP_SECONDS_MIN:
                if self.time_limit is not None and (ends := self.time_limit.when()) is not None:
                    self.time_limit.reschedule(ends + seconds)
                await self._sleep(seconds)
        finally:
            self.throttle.held_up -= 1
