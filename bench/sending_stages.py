"""CPU time of each quiet stage of a send, in microseconds a message."""

from datetime import UTC, datetime
from typing import Any

import orjson

from bench.stopwatch import EVENTS, ROUNDS, Read, Stopwatch
from schemas.jobs.send_message import SendMessage
from streams.agents.message_records import MessageRecords
from streams.app.process import collect_seldom
from streams.calls.call import Call, Reply
from streams.demo import samples
from streams.jobs.send_message.plan import Messenger, SendBatch
from streams.pipeline.settle import Settled
from streams.pipeline.window import OpenWindow, Window

#: Such as windows of a send are by default.
WINDOW = 500
ANSWERED_AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
TAKEN = {
    "groupId": 1,
    "groupName": "PENDING",
    "id": 26,
    "name": "PENDING_ACCEPTED",
    "description": "Message accepted, pending for delivery.",
}


def job() -> SendMessage:
    """The job of T5."""
    return SendMessage.model_validate(
        {
            "name": "bench",
            "kind": "send_message",
            "authorization": "main",
            "topics": ["memberships"],
            "audiences": ["vip"],
            "sender": "Acme",
            "message_fields": ["first_name", "last_name"],
            "content": {"channel": "sms", "text": "Hi {{first_name}} {{last_name}}, your order is on its way."},
        }
    )


def measure() -> dict[str, float]:
    """Measure all stages of the same messages, round by round; the best round of each counts."""
    collect_seldom()
    messenger = Messenger(job())
    records = [Read(orjson.dumps(samples.event(number, "enter")), number) for number in range(EVENTS)]
    watch = Stopwatch()
    answers: list[list[bytes]] = []
    for _ in range(ROUNDS):
        with watch.lap("send: take"):
            windows = gather(messenger, records)
        with watch.lap("send: fold"):
            batches = [messenger.fold(window) for window in windows]
        with watch.lap("send: body"):
            dialogues = [begin(messenger, batch) for batch in batches]
        if not answers:
            answers = [[answer(call) for call in calls] for _, calls in dialogues]
        with watch.lap("send: answers"):
            settled = [end(dialogue, said) for (dialogue, _), said in zip(dialogues, answers, strict=True)]
        with watch.lap("send: records"):
            written = sum(len(MessageRecords("messages").records(None, one, ANSWERED_AT)) for one in settled)
        if written != EVENTS:
            raise AssertionError(f"{written} records of {EVENTS} messages")
    return watch.best(EVENTS)


def gather(of: Messenger, records: list[Read]) -> list[Window]:
    """Take records into windows."""
    window, windows = OpenWindow(of.job.wants, WINDOW, of.job.name, of.decode), []
    for start in range(0, len(records), WINDOW):
        window.take(records[start : start + WINDOW], 0.0)
        windows.append(window.cut())
    return windows


def begin(messenger: Messenger, batch: SendBatch) -> tuple[Any, list[Call]]:
    """Begin a dialogue; its first calls, which are all of its sends."""
    dialogue = messenger.deliver(batch, ANSWERED_AT.timestamp())
    return dialogue, next(dialogue)


def answer(call: Call) -> bytes:
    """What Infobip answers to a call: it takes all messages."""
    told = [one["destinations"][0] for one in call.body["messages"]]
    rows = [{"messageId": one["messageId"], "status": TAKEN, "destination": one["to"]} for one in told]
    return orjson.dumps({"bulkId": "bench", "messages": rows})


def end(dialogue: Any, said: list[bytes]) -> Settled:
    """Read the answers, and end a dialogue with them."""
    try:
        dialogue.send([Reply(200, orjson.loads(one), at=ANSWERED_AT) for one in said])
    except StopIteration as stop:
        settled: Settled = stop.value
        return settled
    raise AssertionError("a send asks for more")
