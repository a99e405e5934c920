"""What notices that the whole process stands still without knowing why."""

import asyncio
import faulthandler
import logging
import os
import time
from collections import deque
from threading import Event, Thread

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
STALLED_BEATS = 60
#: Whoever asks is told so much earlier that the process hangs, and not of every breath that it holds.
HANGING_BEATS = 15
#: The worst of so many beats is told, so that whoever asks every quarter of a minute misses none.
LATE_BEATS = 20


class EventLoopHeartbeat:
    """Ends the process when its event loop stands still: nobody in it could then do anything else.

    Its consumers' heartbeats come from threads of their own, so the brokers would never take its partitions away.
    """

    def __init__(self) -> None:
        self._beats = self._silent = 0
        self._over = Event()
        #: How late beats came, in seconds, and when the next is due, on the steady clock.
        self._late = deque([0.0], LATE_BEATS)
        self._due = time.monotonic()

    async def run(self) -> None:
        """Beat until cancelled, while a thread listens."""
        Thread(target=self._listen, name="pulse", daemon=True).start()
        self._due = time.monotonic()
        try:
            while True:
                self._beats += 1
                self._late.append(max(0.0, time.monotonic() - self._due))
                self._due = time.monotonic() + BEAT_SECONDS
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            self._over.set()

    def hangs(self) -> str | None:
        """What is wrong where the loop has stood still for long; None while it beats. Asked from any thread."""
        return None if self._silent < HANGING_BEATS else f"the event loop hangs for {self._silent * BEAT_SECONDS:.0f} s"

    def late_seconds(self) -> float:
        """How late the loop came to what was due, at worst of late. Asked from any thread."""
        return max(*tuple(self._late), time.monotonic() - self._due)

    def _listen(self) -> None:
        last = 0
        while not self._over.wait(BEAT_SECONDS):
            last, self._silent = self._beats, self._silent + 1 if self._beats == last else 0
            if self._silent >= STALLED_BEATS:
                seconds = self._silent * BEAT_SECONDS
                log.critical("process_stalled seconds=%.0f: ending it, to be started again", seconds)
                faulthandler.dump_traceback()
                os._exit(1)
