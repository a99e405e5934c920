"""What notices that the whole process stands still without knowing why."""

import asyncio
import faulthandler
import logging
import os
from threading import Event, Thread

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
STALLED_BEATS = 60


class EventLoopHeartbeat:
    """Ends the process when its event loop stands still: nobody in it could then do anything else.

    Its consumers' heartbeats come from threads of their own, so the brokers would never take its partitions away.
    """

    def __init__(self) -> None:
        self._beats = 0
        self._over = Event()

    async def run(self) -> None:
        """Beat until cancelled, while a thread listens."""
        Thread(target=self._listen, name="pulse", daemon=True).start()
        try:
            while True:
                self._beats += 1
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            self._over.set()

    def _listen(self) -> None:
        last, silent = 0, 0
        while not self._over.wait(BEAT_SECONDS):
            last, silent = self._beats, silent + 1 if self._beats == last else 0
            if silent >= STALLED_BEATS:
                log.critical("process_stalled seconds=%.0f: ending it, to be started again", silent * BEAT_SECONDS)
                faulthandler.dump_traceback()
                os._exit(1)
