"""Messages whose reports did not come: whose are looked for, and that no odd record in our topics ends the looking."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from schemas.operations import LIST_SMS_LOGS
from streams.calls.call import Call, Delivery, Reply
from streams.errors import JobFailed
from streams.receiver.gaps import Gaps
from streams.receiver.open_messages import OpenMessages
from streams.receiver.reading import Reading, Told
from tests.stories import story

GAP = 900.0
SENT = {"message_id": "m-1", "job": "orders", "status": "enqueued", "repeated": False}
REPORT = {"event": "delivery", "message_id": "m-1", "job": "orders", "status_group_id": 3}


@dataclass
class Record:
    """A record of one of our topics, written at 0."""

    written: Any

    def value(self) -> bytes | None:
        return self.written if self.written is None or isinstance(self.written, bytes) else orjson.dumps(self.written)

    def timestamp(self) -> tuple[int, int]:
        return 1, 0


@dataclass
class Logs:
    """Logs that know of each message that it was delivered, unless they answer otherwise."""

    status: int = 200
    calls: list[Call] = field(default_factory=list)
    published: list[str] = field(default_factory=list)

    async def perform(self, call: Call) -> Reply:
        self.calls.append(call)
        return Reply(self.status, {"results": call.query["messageId"].split(",")})

    async def publish(self, reading: Reading) -> None:
        self.published += [record.id for record in reading.records]


def read(entries: Sequence[str]) -> Reading:
    return Reading([Told("delivery_reports", one, one, {}) for one in entries])


def gaps(logs: Logs, most: int = 10) -> Gaps:
    messages = OpenMessages(GAP, most=most)
    return Gaps("orders", LIST_SMS_LOGS, messages, logs.perform, read, logs.publish, lambda: GAP)


async def asked_for(sent: Sequence[Any], reported: Sequence[Any] = ()) -> list[str]:
    """The messages that the logs are asked for once these records are taken."""
    logs = Logs()
    found = gaps(logs)
    for one in sent:
        found.sent(Record(one))
    for one in reported:
        found.reported(Record(one))
    await found.ask()
    return [message for call in logs.calls for message in call.query["messageId"].split(",")]


@story
async def test_what_infobip_took_and_has_no_report_is_asked_for_in_the_background() -> None:
    logs = Logs()
    found = gaps(logs)
    found.sent(Record(SENT))
    assert await found.ask() == 1
    assert (logs.calls[0].operation, logs.calls[0].delivery) == (LIST_SMS_LOGS, Delivery.BACKGROUND)
    assert logs.published == ["m-1"]


@story
async def test_what_has_its_report_is_not() -> None:
    assert await asked_for([SENT], [REPORT]) == []


@story
async def test_what_the_logs_had_called_rejected_before_it_was_told_of_is() -> None:
    assert await asked_for([{**SENT, "status": "enqueue_failed", "repeated": True}]) == ["m-1"]


@pytest.mark.parametrize("changes", [{"job": "others"}, {"status": "enqueue_failed"}])
@story
async def test_what_is_anothers_or_was_never_taken_is_not(changes: dict[str, Any]) -> None:
    assert await asked_for([{**SENT, **changes}]) == []


@pytest.mark.parametrize(
    "odd",
    [
        None,
        b"no json",
        b"\xff",
        b"[]",
        b"7",
        {"job": "orders", "status": "enqueued"},
        {**SENT, "message_id": None},
        {**SENT, "message_id": ["m-1"]},
        {**SENT, "job": ["orders"]},
        {**REPORT, "message_id": {}},
        {**REPORT, "job": {}},
        {**REPORT, "status_group_id": [3]},
        {**REPORT, "event": []},
    ],
)
@story
async def test_odd_records_of_others_in_our_topics_are_passed_over(odd: Any) -> None:
    assert await asked_for([odd, {**SENT, "message_id": "m-2"}], [odd]) == ["m-2"]


@story
async def test_logs_that_do_not_answer_are_told_without_what_was_asked() -> None:
    found = gaps(Logs(status=403))
    found.sent(Record(SENT))
    with pytest.raises(JobFailed, match="list_sms_logs: answered 403"):
        await found.ask()


@story
async def test_that_too_many_are_open_is_told_once_for_all(caplog: pytest.LogCaptureFixture) -> None:
    found = gaps(Logs(), most=2)
    for number in range(5):
        found.sent(Record({**SENT, "message_id": f"m-{number}"}))
    await found.ask()
    assert [one.getMessage() for one in caplog.records if "gaps_not_watched" in one.getMessage()] == [
        "gaps_not_watched job=orders messages=3: too many are open; the oldest are not looked for"
    ]
