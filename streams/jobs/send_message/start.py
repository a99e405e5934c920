"""How a send is prepared: where it starts, its files, its speed, and what it remembers."""

import logging
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from math import inf

from pydantic import ValidationError

from schemas.config.webhooks import Webhooks
from schemas.jobs.send_message import SendMessage
from schemas.operations import Operation
from schemas.records.states import IdsChanged
from streams.agents.context import JobContext
from streams.agents.message_records import MessageRecords
from streams.agents.run import EventRun, agree_on_start
from streams.channels import CHANNELS
from streams.jobs import feedback
from streams.jobs.kind import LedWork
from streams.jobs.send_message.last_messages import LastMessages
from streams.jobs.send_message.once_store import LastMessageStore
from streams.jobs.send_message.plan import Messenger
from streams.jobs.send_message.processor import TimedMessenger
from streams.jobs.send_message.rate_limit import SendRateLimiter
from streams.jobs.send_message.topics import once as once_topic
from streams.jobs.send_message.topics import speed
from streams.jobs.send_message.uploads import FRESH_SECONDS, with_files_uploaded
from streams.kafka.admin import TopicAdmin
from streams.kafka.compacted import read_topic
from streams.kafka.group_probe import partition_positions
from streams.kafka.producer import OutgoingRecord
from streams.kafka.retry import retry_until_available
from streams.kafka.topics import TopicNames
from streams.pipeline.dispatch import NOTHING_KNOWN
from streams.pipeline.look_back import LookBack
from streams.pipeline.message_ids import Former
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)

#: With a speed limit, windows are no larger than what may go in so many seconds: what is in one is committed together.
SECONDS_OF_A_WINDOW = 10

#: A message goes at once, unless another went less than this before it: then it waits so long for company. More than
#: 125 messages a second share their calls; fewer would wait for nobody.
SPACING_SECONDS = 0.008


def operations(job: SendMessage, _: Webhooks | None) -> Collection[Operation]:
    """All that the job's channel calls."""
    return CHANNELS[job.content.channel].operations


def shared(job: SendMessage) -> tuple[Operation, ...]:
    """What is called for the sake of events; uploads come before the first of them."""
    channel = CHANNELS[job.content.channel]
    return (channel.operation,) if channel.logs is None else (channel.operation, channel.logs)


def led(job: SendMessage, names: TopicNames, webhooks: Webhooks | None, account: str) -> Sequence[LedWork]:
    """The groups of what runs beside the job."""
    return feedback.led(job, CHANNELS[job.content.channel], names, webhooks, account)


async def prepare(job: SendMessage, context: JobContext) -> EventRun:
    """See to what must be there before the first event is read, and say what to run.

    Raises:
        JobFailed: a file cannot be read that the job's messages show.

    """
    # Before the start is agreed on, which tells a job that has run from one that never did.
    former = await former_form(job, context)
    positions = await agree_on_start(job, context)
    if positions.is_new and job.existing_members:
        log.warning(
            "send_begins_with_existing_members job=%s: no job of this name has run; everybody who ever entered gets a "
            "message, also from whom a job of another name has sent to; `existing_members: false` begins with new ones",
            job.name,
        )
    ready = await with_files_uploaded(job, context.client)
    look_back = _look_back(ready)
    messenger = Messenger(ready, context.webhooks, former, NOTHING_KNOWN if look_back is None else look_back.known)
    limit, once = _rate_limit(job, context), _once_store(job, context)
    return EventRun(
        job=job,
        processor=TimedMessenger(messenger, time.time, None if once is None else once.last),
        start_positions=positions,
        goes_first=job.goes_first,
        operations=shared(job),
        state=[one for one in (limit, once, MessageRecords(context.names.messages)) if one is not None],
        pace=None if limit is None else limit.paced,
        background=feedback.feedback(job, CHANNELS[job.content.channel], context),
        spacing_seconds=SPACING_SECONDS,
        decode=messenger.decode,
        window_events_max=_window_events_max(job),
        renew_after_seconds=inf if ready is job else FRESH_SECONDS,
        look_back=look_back,
    )


def _look_back(job: SendMessage) -> LookBack | None:
    """What asks the logs by the names of requests; None where requests have another name, or there are no logs.

    Nor where Infobip keeps a speed: whether that is of a request, or of all of one name, is not published.
    """
    logs = CHANNELS[job.content.channel].logs
    by_infobip = job.speed_limit is not None and not job.paces
    if logs is None or job.bulk_id is not None or by_infobip:
        return None
    return LookBack(logs, _window_events_max(job) or job.flush.max_events)


def _window_events_max(job: SendMessage) -> int | None:
    if job.speed_limit is None or not job.paces:
        return None
    return max(1, min(job.flush.max_events, int(job.speed_limit.per_second * SECONDS_OF_A_WINDOW)))


def _rate_limit(job: SendMessage, context: JobContext) -> SendRateLimiter | None:
    """How fast the job may send, where it is for us to see to."""
    if job.speed_limit is None or not job.paces:
        return None
    topic, everything = speed(context.names, job.name), partial(_partitions, job, context.topics)
    return SendRateLimiter(job.name, topic, job.speed_limit.per_second, context.settings, everything)


def _once_store(job: SendMessage, context: JobContext) -> LastMessageStore | None:
    """Who has had a message, where each person gets one."""
    if job.seconds_between is None:
        return None
    last, topic = LastMessages(job.seconds_between), once_topic(context.names, job.name)
    return LastMessageStore(topic, job.topics, last, context.settings, context.topics.partitions)


async def former_form(job: SendMessage, context: JobContext) -> Former | None:
    """What the job may have sent under ids of the former form; None where it never did.

    Its first start with today's form notes when that was, so that it is known for ever; waits while brokers are away.
    """
    key, states = f"{job.name}/ids".encode(), context.names.job_states
    begun, known = await retry_until_available(partial(_ids_changed, job, context, key))
    if known is None:
        existing = await retry_until_available(context.topics.partitions)
        partitions = {topic: existing.get(topic, 0) for topic in job.topics}
        standing = await retry_until_available(partial(partition_positions, job.group_id, context.settings, partitions))
        has_run = begun or any(place.committed is not None for place in standing)
        known = IdsChanged(job=job.name, changed_at=datetime.now(UTC) if has_run else None)
        await context.writer.write([OutgoingRecord(states, key, known.model_dump_json().encode())])
        if has_run:
            log.info(
                "message_ids_changed job=%s: for a day, what was sent before is looked for under both ids", job.name
            )
    return None if known.changed_at is None else Former(int(known.changed_at.timestamp() * 1000))


def _ids_changed(job: SendMessage, context: JobContext, key: bytes) -> tuple[bool, IdsChanged | None]:
    """Whether the job ever began, and what it noted of its ids."""
    began, begun, known = f"{job.name}/start/".encode(), False, None
    for message in read_topic(context.settings, context.names.job_states, [0]):
        begun = begun or (message.key() or b"").startswith(began)
        if message.key() == key:
            try:
                known = IdsChanged.model_validate_json(message.value()) if message.value() is not None else None
            except ValidationError:
                log.warning("ids_unreadable topic=%s offset=%d", context.names.job_states, message.offset())
    return begun, known


def _partitions(job: SendMessage, topics: TopicAdmin) -> list[Partition]:
    """All partitions of the job's input, as they are now."""
    existing = topics.partitions()
    return [(topic, number) for topic in job.topics for number in range(existing.get(topic, 0))]
