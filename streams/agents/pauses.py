"""Which jobs somebody has paused, as their processes go by it: nothing new is begun, and everything is kept.

A paused job stays a member of its group, and keeps its partitions. What is in flight is finished for a few seconds;
calls of it that have not gone out by then wait until the job is resumed.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable

from schemas.records.commands import JobCommand
from streams.calls.call import Call, Reply
from streams.calls.pacing import NotNow, PacedPerform, Pacing
from streams.calls.waiting import known_wait
from streams.errors import StreamsError

#: How long what is in flight may still make calls: windows take a second or two, and sends by the thousand much longer.
GRACE_SECONDS = 5.0

AWAITED = "somebody to resume the job"


class PauseSwitch:
    """Whether one job is paused. Thread-safe for whoever only asks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._shut_at = clock, 0.0
        self._resumed, self._change = asyncio.Event(), asyncio.Event()
        self._resumed.set()
        #: What was said last; None where nothing ever was.
        self.command: JobCommand | None = None
        self.paused = False

    @property
    def is_shut(self) -> bool:
        """Whether what was in flight has had its time."""
        return self.paused and self._clock() >= self._shut_at

    def hear(self, command: JobCommand | None) -> bool:
        """Take over what was said last; whether that changes anything."""
        paused = command is not None and command.command == "pause"
        self.command = command
        if paused == self.paused:
            return False
        self.paused, self._shut_at = paused, self._clock() + GRACE_SECONDS
        if paused:
            self._resumed.clear()
        else:
            self._resumed.set()
        change, self._change = self._change, asyncio.Event()
        change.set()
        return True

    async def changed(self) -> None:
        """Return when the job is paused or resumed the next time."""
        await self._change.wait()

    @known_wait(AWAITED)
    async def resumed(self) -> None:
        """Return at once, or as soon as the job is not paused any more."""
        await self._resumed.wait()

    def bound(self, perform: PacedPerform, *, at_once: bool = False) -> PacedPerform:
        """What performs calls, each try of them only while the job is not paused; those in flight have their time.

        With `at_once` none goes out from the pause on.
        """

        def is_held() -> bool:
            return self.paused if at_once else self.is_shut

        async def perform_unless_paused(call: Call, sent: Callable[[], None], pace: Pacing) -> Reply:
            async def turn() -> None:
                if is_held():
                    await self.resumed()
                await pace.before_queueing()

            async def depart() -> None:
                await pace.before_sending()
                if is_held():
                    raise NotNow

            return await perform(call, sent, Pacing(turn, depart))

        return perform_unless_paused


def _nobody(_: str) -> None:
    """Stand in for whoever is told."""


class Pauses:
    """All jobs of a process; `tell` is told of each that is paused or resumed.

    With `awaited` nobody knows whether a job is paused before all is heard that was ever said.
    """

    def __init__(self, *, awaited: bool = False, tell: Callable[[str], None] = _nobody) -> None:
        self._switches: defaultdict[str, PauseSwitch] = defaultdict(PauseSwitch)
        self._tell = tell
        self._failure: StreamsError | None = None
        #: Set once somebody wants to know: from then on there is a topic to read.
        self.wanted, self._heard = asyncio.Event(), asyncio.Event()
        if not awaited:
            self._heard.set()

    def of(self, job: str) -> PauseSwitch:
        """The switch of one job."""
        return self._switches[job]

    def hear(self, job: str, command: JobCommand | None) -> None:
        """Take over what was said last of a job."""
        if self._switches[job].hear(command):
            self._tell(job)

    def catch_up(self) -> None:
        """Note that all is heard that was ever said."""
        self._failure = None
        self._heard.set()

    def fail(self, failure: StreamsError) -> None:
        """Note that it cannot be heard what was said; who knew before goes on by that."""
        if not self._heard.is_set() or self._failure is not None:
            self._failure = failure
            self._heard.set()

    async def known(self) -> None:
        """Return once it is known which jobs are paused; raises why it cannot be."""
        self.wanted.set()
        await self._heard.wait()
        if self._failure is not None:
            raise self._failure
