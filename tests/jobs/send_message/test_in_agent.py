"""What an agent does for jobs that send: it looks up what may have been sent, and writes down what was."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from streams.agents.membership import MembershipAgent
from streams.agents.message_records import MessageRecords
from streams.jobs.send_message.plan import Messenger
from streams.jobs.send_message.processor import TimedMessenger
from streams.kafka.producer import OutgoingRecord
from streams.kafka.topics import TopicNames
from streams.pipeline.offsets import Partition
from tests.agents.membership_world import ours
from tests.jobs.send_message.sending import Messaging
from tests.making import FakeRecord, event, send_job
from tests.waiting import until

PLACES: list[Partition] = [("memberships", 0), ("memberships", 1)]


class Sending:
    """An agent between an Infobip that takes every message and a broker that remembers."""

    def __init__(self, *, max_events: int = 2, unread: Sequence[Partition] = (), **options: Any) -> None:
        job = send_job(flush={"max_events": max_events, "max_seconds": 3600})
        writer: Any = self
        self.unread = unread
        self.infobip = Messaging()
        self.written: list[OutgoingRecord] = []
        self.agent = MembershipAgent(
            job,
            TimedMessenger(Messenger(job), time.time),
            perform=self.infobip.perform,
            writer=writer,
            commit=self.commit,
            names=TopicNames(),
            **options,
        )

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        self.written += records

    async def commit(self, _: Mapping[Partition, int]) -> None:
        pass

    async def play(self, *reads: list[FakeRecord]) -> list[str]:
        """Let the agent read window by window; what it asks for."""
        self.infobip.calls.clear()
        await self.agent.assigned(PLACES, self.unread)
        running = asyncio.create_task(self.agent.run())
        try:
            for records in reads:
                sent = self.infobip.operations.count("send_sms")
                await self.agent.read(records, ours)
                await until(lambda sent=sent: self.infobip.operations.count("send_sms") > sent)  # type: ignore[misc]
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return self.infobip.operations


def some(first: int, partition: int = 0) -> list[FakeRecord]:
    """Two events of one partition."""
    return [
        FakeRecord(event(f"p{partition}-{number}", phone=f"+4179{partition}{number:06d}"), number, partition=partition)
        for number in range(first, first + 2)
    ]


def test_the_first_window_of_each_partition_is_looked_up_before_it_is_sent() -> None:
    async def scene() -> list[str]:
        return await Sending().play(some(0), some(2), some(0, partition=1), some(2, partition=1))

    look_up_and_send = ["list_sms_logs", "send_sms"]
    assert asyncio.run(scene()) == [*look_up_and_send, "send_sms", *look_up_and_send, "send_sms"]


def test_a_job_that_never_ran_has_nothing_to_look_up_until_it_is_assigned_again() -> None:
    async def scene() -> tuple[list[str], list[str]]:
        sending = Sending(unread=PLACES)
        first = await sending.play(some(0))
        sending.unread = ()
        return first, await sending.play(some(2))

    assert asyncio.run(scene()) == (["send_sms"], ["list_sms_logs", "send_sms"])


def test_a_message_and_a_dead_letter_belong_to_the_trace_of_their_event() -> None:
    contexts = [("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b%d-01" % n) for n in range(2)]
    good = FakeRecord(event("p0", phone="+41790000000"), 0, headers=(("h", b"1"), contexts[0]))
    bad = FakeRecord(b"no event", 1, headers=(contexts[1],))
    plain = FakeRecord(event("p1", phone="+41790000001"), 2)

    async def scene() -> Sending:
        sending = Sending(state=[MessageRecords("infobip_messages")])
        await sending.play([good, bad, plain])
        await until(lambda: any(record.topic == "infobip_flushes" for record in sending.written))
        return sending

    written = asyncio.run(scene()).written
    assert [(record.topic, tuple(record.headers)) for record in written] == [
        ("infobip_dead_letters", (contexts[1],)),
        ("infobip_messages", (contexts[0],)),
        ("infobip_messages", ()),
        ("infobip_flushes", ()),
    ]
