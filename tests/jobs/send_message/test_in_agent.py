"""What an agent does for jobs that send: it looks up what may have been sent, and does not wait for company."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest

from streams.agents.membership import MembershipAgent
from streams.calls.call import Call, Reply
from streams.jobs.send_message.plan import Messenger
from streams.jobs.send_message.processor import TimedMessenger
from streams.kafka.producer import OutgoingRecord
from streams.kafka.topics import TopicNames
from streams.pipeline.offsets import Partition
from tests.agents.membership_world import ours
from tests.making import FakeRecord, event, send_job
from tests.waiting import until

PLACES: list[Partition] = [("memberships", 0), ("memberships", 1)]
TAKEN = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}


class Infobip:
    """Takes every message, and has an agent between it and a broker that remembers."""

    def __init__(self, *, max_events: int = 2, unread: Sequence[Partition] = (), **options: Any) -> None:
        job = send_job(flush={"max_events": max_events, "max_seconds": 3600})
        writer: Any = self
        self.unread = unread
        self.operations: list[str] = []
        self.written: list[OutgoingRecord] = []
        self.agent = MembershipAgent(
            job,
            TimedMessenger(Messenger(job), time.time),
            perform=self.perform,
            writer=writer,
            commit=self.commit,
            names=TopicNames(),
            **options,
        )

    async def perform(self, call: Call, sent: Callable[[], None]) -> Reply:
        sent()
        self.operations.append(call.operation.name)
        if call.method == "GET":
            return Reply(200, {"results": []})
        return Reply(200, {"messages": [{"status": TAKEN} for _ in range(call.items)]})

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        self.written += records

    async def commit(self, _: Mapping[Partition, int]) -> None:
        pass


def some(first: int, partition: int = 0) -> list[FakeRecord]:
    """Two events of one partition."""
    return [
        FakeRecord(event(f"p{partition}-{number}", phone=f"+4179{partition}{number:06d}"), number, partition=partition)
        for number in range(first, first + 2)
    ]


async def play(infobip: Infobip, *reads: list[FakeRecord]) -> None:
    """Let the agent read window by window."""
    await infobip.agent.assigned(PLACES, infobip.unread)
    running = asyncio.create_task(infobip.agent.run())
    try:
        for records in reads:
            sent = infobip.operations.count("send_sms")
            await infobip.agent.read(records, ours)
            await until(lambda sent=sent: infobip.operations.count("send_sms") > sent)  # type: ignore[misc]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_the_first_window_of_each_partition_is_looked_up_before_it_is_sent() -> None:
    async def scene() -> list[str]:
        infobip = Infobip()
        await play(infobip, some(0), some(2), some(0, partition=1), some(2, partition=1))
        return infobip.operations

    look_up_and_send = ["list_sms_logs", "send_sms"]
    assert asyncio.run(scene()) == [*look_up_and_send, "send_sms", *look_up_and_send, "send_sms"]


def test_a_job_that_never_ran_has_nothing_to_look_up_until_it_is_assigned_again() -> None:
    async def scene() -> tuple[list[str], list[str]]:
        infobip = Infobip(unread=PLACES)
        await play(infobip, some(0))
        first, infobip.operations, infobip.unread = infobip.operations, [], ()
        await play(infobip, some(2))
        return first, infobip.operations

    assert asyncio.run(scene()) == (["send_sms"], ["list_sms_logs", "send_sms"])


@pytest.mark.parametrize("linger_seconds", [0.05])
def test_a_message_does_not_wait_for_company_when_nothing_flies(linger_seconds: float) -> None:
    async def scene() -> float:
        infobip = Infobip(max_events=1000, linger_seconds=linger_seconds)
        began = time.monotonic()
        await play(infobip, some(0), some(2))
        return time.monotonic() - began

    assert asyncio.run(scene()) < 5  # an hour, if it waited for the window to be old enough
