"""How a webhook is prepared: its template, where it calls, and what it remembers."""

import logging
import time
from collections.abc import Callable, Collection, Coroutine, Sequence
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from schemas.config.webhooks import Webhooks
from schemas.jobs.webhook import Webhook
from schemas.operations import Operation
from streams.agents.context import JobContext
from streams.agents.message_records import MessageRecords
from streams.agents.run import EventRun, agree_on_start
from streams.agents.state import PartitionState
from streams.calls.call import Call, Reply
from streams.calls.pacing import UNPACED, PacedPerform, Pacing, Perform
from streams.errors import JobFailed
from streams.infobip.addresses import is_private_literal
from streams.infobip.client import Client
from streams.infobip.public_addresses import PublicTransport
from streams.jobs import feedback
from streams.jobs.kind import LedWork
from streams.jobs.webhook.call_records import CallRecords
from streams.jobs.webhook.calling import MarkedCall
from streams.jobs.webhook.marks import Marks
from streams.jobs.webhook.plan import RENDER, WebhookProcessor, admit_all
from streams.jobs.webhook.targets import Target, target_of
from streams.jobs.webhook.topics import marks as marks_topic
from streams.kafka.producer import RecordWriter
from streams.kafka.topics import TopicNames
from streams.pipeline.decode import Record, decode
from streams.pipeline.record_events import decode_record
from streams.templates.renderer import Renderer
from streams.templates.source import read_source

log = logging.getLogger(__name__)

#: An event goes at once, unless another went less than this before it, as with messages.
SPACING_SECONDS = 0.008
#: A window of a job that makes no call twice is called in so long: eight of them in half of what a handover may take.
WINDOW_SECONDS = 0.5

Work = Callable[[], Coroutine[Any, Any, None]]


def operations(job: Webhook, _: Webhooks | None) -> Collection[Operation]:
    """What the job calls at the account; nothing where it calls elsewhere."""
    target = target_of(job)
    if not target.is_own:
        return ()
    return (target.operation,) if target.send is None else target.send.channel.operations


def led(job: Webhook, names: TopicNames, webhooks: Webhooks | None, account: str) -> Sequence[LedWork]:
    """The groups of what runs beside a job that sends messages."""
    send = target_of(job, account).send
    return () if send is None else feedback.led(job, send.channel, names, webhooks, account)


async def prepare(job: Webhook, context: JobContext) -> EventRun:
    """Read the template, and agree on where to begin.

    Raises:
        ConfigurationError: the template is not there any more, or is none.
        JobFailed: the job's address is one that must not be called.

    """
    target = target_of(job, None if context.account is None else context.account.address)
    positions = await agree_on_start(job, context)
    if positions.is_new and job.existing_members:
        log.warning(
            "webhook_begins_with_existing_members job=%s: no job of this name has run; every event that its topics "
            "hold leads to a call, also those that a job of another name has called for",
            job.name,
        )
    renderer = None if job.template is None else Renderer(read_source(Path(job.template)))
    marks = None
    if job.repeat == "never":
        topic = marks_topic(context.names, job.name)
        marks = Marks(job.name, topic, context.settings, time.time, positions.topic_id)
    client = None if target.is_own else _elsewhere(job, context)
    admit = admit_all if marks is None else marks.admit
    records: list[PartitionState] = [CallRecords(context.names.calls)]
    if target.send is not None:
        records.append(MessageRecords(context.names.messages))
    return EventRun(
        job=job,
        processor=WebhookProcessor(job, target, time.time, context.webhooks, admit),
        start_positions=positions,
        goes_first=job.goes_first,
        operations=_shared(target),
        state=records if marks is None else [marks, *records],
        pace=lambda perform, writer: _performer(perform, writer, renderer, marks),
        background=_background(job, target, context, renderer),
        spacing_seconds=SPACING_SECONDS,
        window_events_max=_window_events_max(job, target.operation),
        decode=decode_record if job.reads_records else decode,
        client=client,
    )


def _window_events_max(job: Webhook, operation: Operation) -> int | None:
    """How many events a window holds of a job that makes no call twice, and may make so many a second.

    The windows in flight are finished then within the time that a process is given to stop, or to hand partitions over:
    of one that is not, those events whose calls were answered would be dead letters, too. None: as many as ever.
    """
    if job.repeat != "never" or operation.per_second == inf:
        return None
    calls = max(1, int(operation.per_second * WINDOW_SECONDS))
    return min(job.flush.max_events, calls * (1 if job.batch is None else job.batch.max_events))


def _shared(target: Target) -> Collection[Operation]:
    logs = None if target.send is None else target.send.channel.logs
    return (target.operation,) if logs is None else (target.operation, logs)


def _background(job: Webhook, target: Target, context: JobContext, renderer: Renderer | None) -> list[Work]:
    works: list[Work] = [] if target.send is None else [*feedback.feedback(job, target.send.channel, context)]
    if renderer is not None:
        works.append(renderer.stay)
    return works


def _elsewhere(job: Webhook, context: JobContext) -> Callable[[], Client]:
    """What makes a client without a key, for an address that is not the account's."""
    parts = urlsplit(job.url or "")
    if not job.allow_private and is_private_literal(parts.hostname or ""):
        raise JobFailed(f"job '{job.name}': url is a private address, which only `allow_private: true` allows")

    def made() -> Client:
        return Client(
            job.name,
            f"{parts.scheme}://{parts.netloc}",
            None,
            on_state=context.reporter.on_client_state,
            transport=None if job.allow_private else PublicTransport(),
        )

    return made


def _performer(perform: PacedPerform, writer: RecordWriter, renderer: Renderer | None, marks: Marks | None) -> Perform:
    """What performs calls, and does here what is asked of this machine."""

    async def perform_any(call: Call, sent: Callable[[], None]) -> Reply:
        if call.operation == RENDER and renderer is not None:
            return Reply(200, await renderer.render((call.content or b"").decode().split("\n")))
        pace = marked(marks, call.records, writer) if marks and isinstance(call, MarkedCall) else UNPACED
        return await perform(call, sent, pace)

    return perform_any


def marked(marks: Marks, records: Sequence[Record], writer: RecordWriter) -> Pacing:
    """What marks a call just before it goes out; and once more before the next try, should the last come to nothing."""
    gone = False

    async def turn() -> None:
        """Take back what was marked: who asks for another try of such a call knows that the last was not taken."""
        nonlocal gone
        if gone:
            gone = False
            await marks.take_back(records, writer)

    async def depart() -> None:
        nonlocal gone
        gone = True
        await marks.depart(records, writer)

    return Pacing(turn, depart)
