"""Messages looked up by the names of their requests: after a lost answer, and after a kill."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.content.sms import SmsContent
from schemas.operations import LIST_SMS_LOGS
from streams.agents.membership import MembershipAgent
from streams.agents.window_names import Tracing, WindowNames
from streams.channels.batch_answers import MessageResult
from streams.channels.channel import OutboundMessage, RequestOptions
from streams.channels.sms import CHANNEL as SMS
from streams.jobs.send_message.plan import Messenger
from streams.jobs.send_message.processor import TimedMessenger
from streams.kafka.producer import OutgoingRecord
from streams.kafka.topics import TopicNames
from streams.pipeline.dispatch import Results, send
from streams.pipeline.look_back import LookBack
from streams.pipeline.offsets import Partition
from streams.pipeline.trails import Cursor
from tests.agents.membership_world import ours
from tests.examples import examples
from tests.jobs.send_message.sending import FAULTS, Messaging, sent
from tests.making import FakeRecord, event, send_job
from tests.waiting import until

NAME = "3f9a1c2b7d4e-12"
PLACE: Partition = ("memberships", 0)
WORDS = MessageResult("unchanged", "Success", repeated=True)


def deliver(count: int, infobip: Messaging, *, per_request: int = 500, **how: Any) -> Results:
    content = SmsContent(channel="sms", text="Hello")
    messages = [OutboundMessage(f"id-{number}", "41793026727", content, "{}") for number in range(count)]
    how = {"may_repeat": False, "name": NAME, **how}
    return infobip.hold(send(SMS, RequestOptions("Acme"), messages, per_request, **how))


def test_requests_bear_the_name_and_a_lost_answer_costs_one_question() -> None:
    infobip = Messaging(faults=iter(["lost on its way back"]))
    results = deliver(500, infobip)
    assert {result.outcome for result in results.values()} == {"unchanged"}
    (request, question) = infobip.calls
    assert request.body["options"]["schedule"] == {"bulkId": NAME}
    assert question.query == {"bulkId": NAME, "limit": "1000", "useCursor": "true"}


def test_a_few_messages_are_asked_for_by_their_ids() -> None:
    infobip = Messaging(faults=iter(["lost on its way back"]))
    deliver(50, infobip)
    assert "messageId" in infobip.calls[1].query


def test_where_names_are_refused_the_logs_are_asked_by_ids() -> None:
    infobip = Messaging(faults=iter(["lost on its way back"]), page=0)
    results = deliver(120, infobip)
    assert {result.outcome for result in results.values()} == {"unchanged"}
    assert [list(call.query) for call in infobip.calls[1:]] == [["bulkId", "limit", "useCursor"]] + [
        ["messageId", "limit"]
    ] * 3


def test_what_may_have_been_sent_under_another_name_is_asked_for_by_ids() -> None:
    infobip = Messaging(faults=iter(["lost on its way back"]), taken={"id-7": -1})
    results = deliver(120, infobip, may_repeat=True)
    assert {result.outcome for result in results.values()} == {"unchanged"}
    assert not [call for call in infobip.calls if "bulkId" in call.query]
    assert not infobip.duplicates


def test_what_is_known_is_neither_asked_for_nor_sent() -> None:
    infobip = Messaging()
    results = deliver(3, infobip, known={"id-1": WORDS, "of-another": WORDS}, may_repeat=True)
    assert sent(infobip.calls) == ["id-0", "id-2"]
    assert list(results) == ["id-1", "id-0", "id-2"]
    assert results["id-1"] is WORDS


@examples(300)
@given(
    count=st.integers(45, 180),
    per_request=st.integers(20, 120),
    lag=st.sampled_from([0, 0, 3, 1000]),
    page=st.sampled_from([0, 7, 60, 1000]),
    before=st.sets(st.integers(0, 179)),
    faults=st.lists(st.sampled_from([fault for fault in FAULTS if fault not in ("silent", "half")]), max_size=12),
)
def test_whatever_becomes_of_the_answers_each_message_is_taken_once(
    *, count: int, per_request: int, lag: int, page: int, before: set[int], faults: list[str]
) -> None:
    gone = {f"id-{number}" for number in before if number < count}
    infobip = Messaging(faults=iter(faults), lag=lag, page=page, taken=dict.fromkeys(gone, -10_000))
    results = deliver(count, infobip, per_request=per_request, known=dict.fromkeys(gone, WORDS))
    assert set(results) == set(infobip.taken) == {f"id-{number}" for number in range(count)}
    assert {result.message_status for result in results.values()} == {"Success"}
    if lag == 0:
        assert not infobip.duplicates  # then no second try was even made


# --- after a kill --------------------------------------------------------------------------------------------------


class Cursors:
    """What the brokers keep of a partition."""

    def __init__(self, end: int) -> None:
        self.offset, self.note, self.end = 0, "", end

    async def keep(self, offsets: Mapping[Partition, int], notes: Mapping[Partition, str]) -> bool:
        self.offset, self.note = offsets.get(PLACE, self.offset), notes[PLACE]
        return True

    def cursors(self) -> dict[Partition, Cursor]:
        return {PLACE: Cursor(self.offset, self.note, self.end)}


class Process:
    """A process of a job that sends windows of `events`; nobody commits for it but by name."""

    def __init__(self, run: str, brokers: Cursors, infobip: Messaging, events: int = 60) -> None:
        job = send_job(flush={"max_events": events, "max_seconds": 3600})
        look_back = LookBack(LIST_SMS_LOGS, events)
        writer: Any = self
        self.written: list[OutgoingRecord] = []
        self.holds = asyncio.Event()
        self.infobip = infobip
        self.agent = MembershipAgent(
            job,
            TimedMessenger(Messenger(job, known=look_back.known), time.time),
            perform=infobip.perform,
            writer=writer,
            commit=self.commit,
            names=TopicNames(),
            spacing_seconds=0.05,
            tracing=Tracing(WindowNames(run, brokers.keep, brokers.cursors), look_back),
        )

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        if not self.holds.is_set():
            self.written += records
        else:  # it is killed before the brokers acknowledge anything
            await asyncio.Event().wait()

    async def commit(self, _: Mapping[Partition, int]) -> None:
        raise AssertionError("it commits with notes")

    async def live(self, records: Sequence[FakeRecord], sent_by_then: int, unread: Sequence[Partition] = ()) -> None:
        """Read records, and be killed once so many messages were taken."""
        await self.agent.assigned([PLACE], unread)
        running = asyncio.create_task(self.agent.run())
        reading = asyncio.create_task(self.agent.read(records, ours))
        try:
            await until(lambda: len(self.infobip.taken) >= sent_by_then)
            await asyncio.sleep(0)
        finally:
            running.cancel()
            reading.cancel()
            await asyncio.gather(running, reading, return_exceptions=True)


def people(count: int) -> list[FakeRecord]:
    return [FakeRecord(event(f"p-{number}", phone=f"+4179{number:07d}"), number) for number in range(count)]


def test_all_windows_that_were_in_flight_at_a_kill_are_looked_up_with_one_question() -> None:
    async def scene() -> Messaging:
        infobip, brokers, records = Messaging(), Cursors(600), people(600)
        first = Process("run-1", brokers, infobip)
        first.holds.set()
        await first.live(records, 480, unread=[PLACE])  # eight windows, of which none is told of
        assert brokers.offset == 0
        infobip.calls.clear()
        await Process("run-2", brokers, infobip).live(records, 600)
        return infobip

    infobip = asyncio.run(scene())
    assert [call.operation.name for call in infobip.calls[:2]] == ["list_sms_logs", "send_sms"]
    assert infobip.operations.count("list_sms_logs") == 1
    assert "run-1-0,run-1-1," in infobip.calls[0].query["bulkId"]
    assert not infobip.duplicates


@pytest.mark.parametrize("page", [0, 7])
def test_where_the_logs_do_not_tell_all_by_names_the_first_window_is_looked_up_by_ids(page: int) -> None:
    async def scene() -> tuple[Messaging, Cursors]:
        infobip, brokers, records = Messaging(page=page), Cursors(600), people(600)
        first = Process("run-1", brokers, infobip)
        first.holds.set()
        await first.live(records, 480, unread=[PLACE])
        infobip.calls.clear()
        await Process("run-2", brokers, infobip).live(records, 600)
        return infobip, brokers

    infobip, _ = asyncio.run(scene())
    asked = [call.query for call in infobip.calls if call.method == "GET"]
    assert [*asked[-1]] == ["messageId", "limit"]
    assert len(infobip.taken) == 600


def test_kill_after_kill_everybody_is_looked_up_and_nobody_tried_twice() -> None:
    async def scene() -> Messaging:
        infobip, brokers, records = Messaging(), Cursors(900), people(900)
        for number, (events, taken) in enumerate([(60, 300), (25, 600), (90, 780), (60, 900)]):
            process = Process(f"run-{number}", brokers, infobip, events)
            if number in (0, 2):
                process.holds.set()
            left = [one for one in records if one.offset >= brokers.offset]
            await process.live(left, taken, () if number else [PLACE])
        return infobip

    infobip = asyncio.run(scene())
    assert len(infobip.taken) == 900
    assert not infobip.duplicates
