"""Reports and inbound messages asked for, where Infobip cannot call: each is told once, and then no more.

What was answered and lost on its way, or with this process before the brokers had it, Infobip does not tell again that
way: `gaps` finds it in the logs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from schemas.operations import Operation
from streams.calls.call import Call, Reply
from streams.calls.faults import told
from streams.errors import JobFailed
from streams.receiver.reading import Channel, Reading, What

log = logging.getLogger(__name__)

#: sms.json, limit of GET /sms/3/reports, and the same on the other channels.
PAGE_MAX = 1000
#: How long a question that is on its way is waited for when the asking ends.
FINISH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Pulled:
    """What is asked for: what of which channel, by which operation."""

    what: What
    channel: Channel
    operation: Operation


class Puller:
    """Asks one account for what is new of one channel, and writes it before it asks for more.

    `perform` makes a call, however long that takes. `read` makes records of what stood in `results`. `publish` returns
    once they are acknowledged, however long that takes.
    """

    def __init__(
        self,
        pulled: Pulled,
        perform: Callable[[Call], Awaitable[Reply]],
        read: Callable[[What, Channel, list[Any]], Reading],
        publish: Callable[[What, Channel, Reading], Awaitable[None]],
        every_seconds: float,
    ) -> None:
        self._pulled, self._perform, self._read, self._publish = pulled, perform, read, publish
        self._every_seconds = every_seconds
        self._unwritten: Reading | None = None

    async def run(self) -> None:
        """Ask until cancelled; a full page is followed by the next at once.

        Raises:
            JobFailed: Infobip does not answer with reports.

        """
        while True:
            asking = asyncio.ensure_future(self.ask())
            try:
                entries = await asyncio.shield(asking)
            except asyncio.CancelledError:
                # What Infobip answers now it tells nobody again: it is written before the end, if that is soon.
                await asyncio.wait({asking}, timeout=FINISH_SECONDS)
                asking.cancel()
                raise
            if entries < PAGE_MAX:
                await asyncio.sleep(self._every_seconds)

    async def ask(self) -> int:
        """Ask once, and write what was told: how many entries that were. Raises as `run`.

        What could not be written is written first the next time.
        """
        if self._unwritten is not None:
            await self._write(self._unwritten)
        pulled = self._pulled
        reply = await self._perform(Call(pulled.operation, query={"limit": str(PAGE_MAX)}))
        entries = reply.body.get("results") if isinstance(reply.body, dict) else None
        if reply.status != HTTPStatus.OK or not isinstance(entries, list):
            raise JobFailed(f"{pulled.operation}: {told(reply.status, reply.body)}")
        if entries:
            await self._write(self._read(pulled.what, pulled.channel, entries))
            log.info("reports_pulled what=%s channel=%s entries=%d", pulled.what, pulled.channel, len(entries))
        return len(entries)

    async def _write(self, reading: Reading) -> None:
        self._unwritten = reading
        await self._publish(self._pulled.what, self._pulled.channel, reading)
        self._unwritten = None
