"""Reports asked for: what Infobip has told once is not lost when the asking ends, or cannot be written at first."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from schemas.operations import LIST_SMS_REPORTS
from streams.calls.call import Call, Reply
from streams.errors import JobFailed
from streams.receiver.pulling import Pulled, Puller
from streams.receiver.reading import Reading, Told
from tests.stories import story


@dataclass
class Account:
    """An account that tells each report once, when it is let."""

    reports: list[str] = field(default_factory=lambda: ["a"])
    let: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    written: list[str] = field(default_factory=list)
    refusals: int = 0

    async def perform(self, _: Call) -> Reply:
        told, self.reports = self.reports, []
        self.asked.set()
        await self.let.wait()
        return Reply(200, {"results": told})

    async def publish(self, _: Any, __: Any, reading: Reading) -> None:
        if self.refusals:
            self.refusals -= 1
            raise JobFailed("not allowed")
        self.written += [record.id for record in reading.records]

    def puller(self) -> Puller:
        def read(_: Any, __: Any, entries: list[Any]) -> Reading:
            return Reading([Told("delivery_reports", one, one, {}) for one in entries])

        return Puller(Pulled("reports", "sms", LIST_SMS_REPORTS), self.perform, read, self.publish, 60)


@story
async def test_what_was_asked_for_is_written_though_the_asking_ends() -> None:
    account = Account()
    asking = asyncio.create_task(account.puller().run())
    await account.asked.wait()
    asking.cancel()
    account.let.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert account.written == ["a"]


@story
async def test_what_could_not_be_written_is_written_before_more_is_asked_for() -> None:
    account = Account(refusals=1)
    account.let.set()
    puller = account.puller()
    with pytest.raises(JobFailed):
        await puller.ask()
    account.reports = ["b"]
    await puller.ask()
    assert account.written == ["a", "b"]
