"""What a webhook tells of an event belongs to the trace of that event."""

from datetime import UTC, datetime

import orjson
import pytest

from streams.agents.message_records import MessageRecords
from streams.jobs.webhook.call_records import CallRecords
from streams.jobs.webhook.plan import WebhookProcessor
from streams.jobs.webhook.rehearsal import Rehearsal
from streams.jobs.webhook.targets import target_of
from streams.pipeline.window import OpenWindow
from streams.templates.source import Source
from tests.jobs.webhook.calling import NOW, Taking, webhook_job
from tests.making import FakeRecord

CONTEXT = (("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),)
SMS = """module.exports = (event) => ({messages: [{sender: "Acme", content: {text: "Hi"},
  destinations: [{to: "447700900123", messageId: event.event_id == "e-0" ? "mine" : ""}]}]})"""


@pytest.mark.parametrize("sends", [True, False])
def test_records_of_calls_and_messages_carry_the_trace_of_their_event(*, sends: bool) -> None:
    job = webhook_job(template="one.js", **({"path": "/sms/3/messages"} if sends else {}))
    window = OpenWindow(job.wants, 1000)
    events = [
        {"event_id": f"e-{number}", "action": "enter", "audience": "vip", "profile_id": f"u-{number}", "profile": {}}
        for number in range(2)
    ]
    records = [
        FakeRecord(orjson.dumps(event), number, headers=CONTEXT[: 1 - number]) for number, event in enumerate(events)
    ]
    window.take(records, now=0.0)
    rehearsal = Rehearsal(WebhookProcessor(job, target_of(job), NOW.timestamp), Source("one.js", SMS))
    settled = Taking().hold(rehearsal.deliver(rehearsal.fold(window.cut())))
    called = CallRecords("calls").records(None, settled, datetime.now(UTC))
    assert [(one.key, tuple(one.headers)) for one in called] == [(b"e-0", CONTEXT), (b"e-1", ())]
    told = MessageRecords("messages").records(None, settled, datetime.now(UTC))
    assert [tuple(one.headers) for one in told] == ([CONTEXT, ()] if sends else [])
