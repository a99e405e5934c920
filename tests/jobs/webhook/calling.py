"""Jobs of kind webhook, their templates, and what comes of events without a broker."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.config.webhooks import Webhooks
from schemas.jobs.webhook import Webhook
from schemas.records.call import CallMade
from streams.calls.call import Call, Reply
from streams.jobs.webhook.plan import WebhookProcessor
from streams.jobs.webhook.rehearsal import Rehearsal
from streams.jobs.webhook.targets import target_of
from streams.pipeline.decode import decode
from streams.pipeline.record_events import decode_record
from streams.pipeline.settle import Settled
from streams.pipeline.window import OpenWindow, Window
from streams.templates.source import Source
from tests.fakes.infobip import Infobip
from tests.jobs.send_message.sending import TAKEN
from tests.making import FakeRecord

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
#: A body of its event's id and nothing else.
BY_ID = "module.exports = (event) => ({ id: event.event_id })"


def webhook_job(**changes: Any) -> Webhook:
    """A job that calls elsewhere, without a body."""
    settings = {"name": "hook", "kind": "webhook", "topics": ["memberships"], "url": "https://hooks.example.com/in"}
    if "path" in changes:
        del settings["url"]
        settings["authorization"] = "main"
    return Webhook.model_validate({**settings, **changes})


def window_of(job: Webhook, values: Sequence[bytes | None]) -> Window:
    """Events as a window of the job has them."""
    window = OpenWindow(job.wants, 1000, decode=decode_record if job.reads_records else decode)
    window.take([FakeRecord(value, offset, key=b"k-%d" % offset) for offset, value in enumerate(values)], now=0.0)
    return window.cut()


def rows(call: Call) -> Iterator[dict[str, Any]]:
    """The recipients of a request: where each message id stands."""
    if "messages" not in call.body:
        yield call.body
        return
    for one in call.body["messages"]:
        for destination in one.get("destinations", [one]):
            yield from destination["to"] if isinstance(destination.get("to"), list) else [destination]


class Taking(Infobip):
    """Takes every message, in the form of each operation's answer."""

    def answer(self, call: Call) -> Reply:
        if call.method == "GET":
            return Reply(200, {"results": []})
        taken = [{"messageId": one["messageId"], "status": TAKEN} for one in rows(call)]
        return Reply(200, {"messages": taken} if "messages" in call.body else taken[0])


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a window."""

    calls: Sequence[Call]
    settled: Settled

    @property
    def outcomes(self) -> dict[str, int]:
        """How many events ended in each outcome."""
        return {str(name): count for name, count in self.settled.outcomes.items()}

    @property
    def letters(self) -> list[tuple[int, str, str]]:
        """The dead letters: offset, reason and detail, by offset."""
        return sorted((one.record.offset, one.reason, one.detail) for one in self.settled.failures)

    @property
    def records(self) -> list[CallMade]:
        """What goes to infobip_calls."""
        return list(self.settled.notes or ())


def made_of(
    values: Sequence[bytes | None],
    template: str | None = None,
    infobip: Infobip | None = None,
    *,
    ending: str = "js",
    webhooks: Webhooks | None = None,
    **options: Any,
) -> Made:
    """Carry a window out, with its template really rendered and every answer made up."""
    there = infobip or Infobip()
    job = webhook_job(**options, **({} if template is None else {"template": f"templates/one.{ending}"}))
    source = None if template is None else Source(f"one.{ending}", template)
    processor = WebhookProcessor(job, target_of(job), NOW.timestamp, webhooks)
    rehearsal = Rehearsal(processor, source)
    settled = there.hold(rehearsal.deliver(rehearsal.fold(window_of(job, values))))
    return Made(there.calls, settled)
