"""Pages of people, read ahead of what is written: the next one is asked for as soon as it is known which that is."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.jobs.import_contacts import ImportContacts
from streams.calls.pacing import Perform, ignore
from streams.calls.waiting import Wait, alive, tell
from streams.errors import RunFailed
from streams.jobs.import_contacts.contact import Read
from streams.jobs.import_contacts.plan import (
    Denied,
    Malformed,
    Page,
    Position,
    Somebody,
    advance,
    identify_people,
    next_call,
    read_people,
)

log = logging.getLogger(__name__)

#: How often a page is asked for that comes malformed, and how long to wait before the second time; then twice as long.
TRIES, PAUSE_SECONDS = 5, 0.5
#: So many pages may wait to be written. With those that are being written, and the answer that is on its way, that is
#: all an import holds of people.
WAITING_MAX = 2


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page, where it was read and where to read on, the second it was asked for, and how often again.

    `onward` is None at the end.
    """

    page: Page[Read]
    position: Position
    onward: Position | None
    asked_at: int
    retries: int


@dataclass(frozen=True, slots=True)
class _Answer:
    page: Page[Somebody]
    asked_at: int
    retries: int


class PageReader:
    """Reads on from a position until the end, by a task of its own; close it with `aclose`.

    `counts`: whoever looks for people who are gone has them counted with each page, so that none is taken for the last.
    What it waits for is told to `wait`.
    """

    def __init__(self, job: ImportContacts, perform: Perform, position: Position, wait: Wait, *, counts: bool) -> None:
        self._job, self._perform, self._wait, self._counts = job, perform, wait, counts
        self._pages = deque[ReadPage]()
        self._came, self._taken = asyncio.Event(), asyncio.Event()
        self._reading = asyncio.create_task(self._read(position))
        self._reading.add_done_callback(lambda _: self._came.set())

    async def gathered(self) -> Sequence[ReadPage]:
        """Wait for a page, and give all that have gathered, in their order.

        Raises:
            RunFailed: it comes malformed again and again, or Infobip says no; what came before it was given.

        """
        while not self._pages:
            if self._reading.done():
                self._reading.result()
            self._came.clear()
            await self._came.wait()
        pages = list(self._pages)
        self._pages.clear()
        self._taken.set()
        return pages

    async def aclose(self) -> None:
        """Stop, and take back what is asked."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, position: Position) -> None:
        tell(self._wait)
        asking = asyncio.create_task(self._ask(position, count=True))
        try:
            while True:
                answer = await asking
                onward = advance(position, answer.page)
                if onward is not None:
                    asking = asyncio.create_task(self._ask(onward, count=self._counts))
                    await asyncio.sleep(0)  # so that the question is on its way while these people are read
                page = read_people(answer.page)
                self._pages.append(ReadPage(page, position, onward, answer.asked_at, answer.retries))
                del answer, page  # as plain data a page is megabytes
                self._came.set()
                if onward is None:
                    return
                while len(self._pages) >= WAITING_MAX:
                    self._taken.clear()
                    await self._taken.wait()
                position = onward
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask(self, position: Position, *, count: bool) -> _Answer:
        call, retries = next_call(self._job, position, count=count), 0
        for tries in range(TRIES):
            asked_at = int(time.time())
            reply = await self._perform(call, ignore)
            alive()
            retries += reply.retries
            try:
                return _Answer(identify_people(self._job, position, reply), asked_at, retries)
            except Malformed as malformed:
                log.warning("page_malformed job=%s tries=%d reason=%s", self._job.name, tries + 1, malformed)
                failure = RunFailed(f"job '{self._job.name}': the page of people {malformed}; the cursor stays")
                if isinstance(malformed, Denied):
                    break
            if tries + 1 < TRIES:
                retries += 1
                await asyncio.sleep(PAUSE_SECONDS * 2**tries)
        raise failure
