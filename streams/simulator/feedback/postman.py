"""The door of the simulator to its callers' receivers: it posts what is ready, reads the answers, and waits."""

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import aiohttp

from streams.simulator.faults import Faults
from streams.simulator.feedback.post_office import PostOffice
from streams.simulator.feedback.posts import Batch
from streams.simulator.feedback.signing import headers_of

#: For how long reports gather, in seconds: many are due one shortly after another.
GATHER_SECONDS = 0.02
TIMEOUT_MILLISECONDS = 30_000
_ANSWER_BYTES = 65_536


class Postman:
    """Posts until it is stopped; what it has not finished then is posted again after the next start."""

    def __init__(self, office: PostOffice, faults: Faults, clock: Callable[[], datetime]) -> None:
        self._office = office
        self._faults = faults
        self._clock = clock
        self._woken: asyncio.Event | None = None
        self._posts: set[asyncio.Task[None]] = set()
        self._round: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Begin to post; returns at once."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
        )
        self._woken = asyncio.Event()
        self._round = asyncio.create_task(self._go_round(self._woken))

    def wake(self) -> None:
        """Look at once for what is due; nothing is looked for while it is stopped."""
        if self._woken is not None:
            self._woken.set()

    async def stop(self) -> None:
        """Cut what is on its way."""
        tasks = [*self._posts, *([self._round] if self._round else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _go_round(self, woken: asyncio.Event) -> None:
        while True:
            now = self._now()
            self._office.advance(now)
            for batch in self._office.posts.ready(now):
                self._begin(batch)
            due = self._office.next_at(now)
            with suppress(TimeoutError):
                async with asyncio.timeout(None if due is None else max(due - now, GATHER_SECONDS)):
                    await woken.wait()
            woken.clear()

    def _now(self) -> float:
        return self._clock().timestamp()

    def _begin(self, batch: Batch) -> None:
        self._count(batch)
        task = asyncio.create_task(self._post(batch))
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)

    async def _post(self, batch: Batch) -> None:
        try:
            answer, is_received = await self._posted(batch)
        except asyncio.CancelledError:
            self._office.interrupted(batch)
            raise
        self._office.answered(batch, self._now(), answer, is_received=is_received)
        self.wake()

    async def _posted(self, batch: Batch) -> tuple[str, bool]:
        """Post a batch as the armed faults will have it; return what was answered, and whether it counts."""
        delay, fault = self._faults.strike(f"post_{batch.destination.group}", batch.destination.url, b"")
        kind = fault.kind if fault else None
        await asyncio.sleep(delay + (fault.seconds if fault and kind == "disorder" else 0.0))
        if kind == "outage":
            return "outage", False
        if kind == "disorder":
            batch.reports.reverse()
        body = self._office.body_of(batch)
        answer, is_received = await self._send(batch, body)
        if kind == "twice":
            self._count(batch)
            answer, is_received = await self._send(batch, body)
        return ("lost", False) if kind == "lose_answer" and is_received else (answer, is_received)

    def _count(self, batch: Batch) -> None:
        for report in batch.reports:
            self._office.ledger.posting(report)

    async def _send(self, batch: Batch, body: bytes) -> tuple[str, bool]:
        if self._session is None:
            raise RuntimeError("the postman was not started")
        profile = self._office.posts.profile(batch.destination)
        security = self._office.subscriptions.security_of(profile)
        headers = headers_of(body, profile, security, self._office.options)
        timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=profile.get("connectTimeout", TIMEOUT_MILLISECONDS) / 1000,
            sock_read=profile.get("readTimeout", TIMEOUT_MILLISECONDS) / 1000,
        )
        try:
            async with self._session.post(
                batch.destination.url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                text = (await answer.content.read(_ANSWER_BYTES)).decode(errors="replace")
                return str(answer.status), _counts(profile, answer.status, text)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return type(error).__name__, False


def _counts(profile: Mapping[str, Any], status: int, text: str) -> bool:
    """Say whether an answer means that the reports were received: 2xx, or what the profile takes for it."""
    expected, within = profile.get("responseRegex"), profile.get("responseBodyRegex")
    is_good = status // 100 == 2 if expected is None else re.fullmatch(expected, str(status)) is not None  # noqa: PLR2004
    return is_good and (within is None or re.search(within, text) is not None)
