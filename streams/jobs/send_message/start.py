"""How a job that sends messages is begun: where it starts, at which speed, and then it consumes."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Generator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pydantic import ValidationError

from schemas.jobs.send_message import SendMessage
from schemas.records.states import IdsChanged
from streams.agents.context import Stage
from streams.agents.run import agree_on_start, consume
from streams.agents.start_positions import Positions
from streams.calls.call import Call, Reply
from streams.errors import Stalled
from streams.jobs.send_message.last_messages import LastMessages
from streams.jobs.send_message.message_ids import Former
from streams.jobs.send_message.once_store import Once
from streams.jobs.send_message.plan import Folded, Messenger
from streams.jobs.send_message.rate_limit import Speed
from streams.jobs.send_message.uploads import FRESH_SECONDS, with_files_uploaded
from streams.kafka.admin import Topics, persistently
from streams.kafka.compacted import read_topic
from streams.kafka.lease import Lease
from streams.kafka.look import places
from streams.kafka.producer import Outgoing
from streams.pipeline.offsets import Partition
from streams.pipeline.settle import Settled
from streams.pipeline.window import Window

log = logging.getLogger(__name__)

#: With a speed limit, windows are no larger than what may go in so many seconds: what is in one is committed together.
SECONDS_OF_A_WINDOW = 10

#: A message waits no longer than this for company when nothing else is on its way.
IDLE_SECONDS = 0.1


async def prepare_send(job: SendMessage, stage: Stage) -> Callable[[], Coroutine[Any, Any, None]]:
    """See to what must be there before the first event is read; what is given consumes from then on."""
    # Before the start is agreed on, which tells a job that has run from one that never did.
    former = await former_form(job, stage)
    positions = await agree_on_start(job, stage)
    if positions.is_new and job.existing_members:
        log.warning(
            "send_begins_with_existing_members job=%s: no job of this name has run; everybody who ever entered gets a "
            "message, also from whom a job of another name has sent to; `existing_members: false` begins with new ones",
            job.name,
        )

    async def work() -> None:
        """Upload files, and send until they are nearly forgotten; whoever begins anew uploads them again."""
        ready = await stage.unless_stopped(with_files_uploaded(job, stage.client))
        try:
            async with asyncio.timeout(FRESH_SECONDS if ready is not job else None) as fresh:
                await _send(ready, stage, positions, former)
        except TimeoutError:
            if fresh.expired():
                raise Stalled("Infobip will soon forget the files that were uploaded") from None
            raise

    return work


async def former_form(job: SendMessage, stage: Stage) -> Former | None:
    """What the job may have sent under ids of the former form; None where it never did.

    Its first start with today's form notes when that was, so that it is known for ever; waits while brokers are away.
    """
    key, states = f"{job.name}/ids".encode(), stage.names.job_states
    begun, known = await persistently(partial(_ids_changed, job, stage, key))
    if known is None:
        partitions = await persistently(stage.topics.partitions)
        standing = await persistently(partial(places, job, stage.settings, partitions))
        has_run = begun or any(place.committed is not None for place in standing)
        known = IdsChanged(job=job.name, changed_at=datetime.now(UTC) if has_run else None)
        await stage.writer.write([Outgoing(states, key, known.model_dump_json().encode())])
        if has_run:
            log.info(
                "message_ids_changed job=%s: for a day, what was sent before is looked for under both ids", job.name
            )
    return None if known.changed_at is None else Former(int(known.changed_at.timestamp() * 1000))


def _ids_changed(job: SendMessage, stage: Stage, key: bytes) -> tuple[bool, IdsChanged | None]:
    """Whether the job ever began, and what it noted of its ids."""
    began, begun, known = f"{job.name}/start/".encode(), False, None
    for message in read_topic(stage.settings, stage.names.job_states, [0]):
        begun = begun or (message.key() or b"").startswith(began)
        if message.key() == key:
            try:
                known = IdsChanged.model_validate_json(message.value()) if message.value() is not None else None
            except ValidationError:
                log.warning("ids_unreadable topic=%s offset=%d", stage.names.job_states, message.offset())
    return begun, known


async def _send(job: SendMessage, stage: Stage, positions: Positions, former: Former | None) -> None:
    """Consume at the job's speed."""
    messenger = Messenger(job, stage.webhooks.public_url if stage.webhooks is not None else None, former)
    speed, lease = None, Lease(job.name)
    if job.speed_limit is not None and job.paces:
        per_second = job.speed_limit.per_second
        most = max(1, min(job.flush.max_events, int(per_second * SECONDS_OF_A_WINDOW)))
        job = job.model_copy(update={"flush": job.flush.model_copy(update={"max_events": most})})
        everything, topic = partial(_partitions, job, stage.topics), stage.names.speed(job.name)
        speed = Speed(job.name, topic, per_second, stage.settings, stage.writer.under(lease), everything)
    once = None
    if job.seconds_between is not None:
        last, topic = LastMessages(job.seconds_between), stage.names.once(job.name)
        once = Once(topic, job.topics, last, stage.settings, stage.topics.partitions)
    work = InTime(messenger, None if once is None else once.last)
    await consume(job, work, stage, positions, speed=speed, lease=lease, idle_seconds=IDLE_SECONDS, once=once)


@dataclass(frozen=True, slots=True)
class InTime:
    """What a messenger decides, told the time and who has had a message when windows fly."""

    messenger: Messenger
    last: LastMessages | None

    def fold(self, window: Window, held: Mapping[str, frozenset[str]], /) -> Folded:
        """Make a window ready."""
        return self.messenger.fold(window, held)

    def part(self, folded: Folded, keys: AbstractSet[str], /) -> tuple[Folded | None, Folded | None]:
        """Part a window: what touches none of these keys, and what does."""
        return self.messenger.part(folded, keys)

    def deliver(self, folded: Folded, /) -> Generator[list[Call], list[Reply], Settled]:
        """Send what can be sent at this time."""
        return self.messenger.deliver(folded, time.time(), self.last)


def _partitions(job: SendMessage, topics: Topics) -> list[Partition]:
    """All partitions of the job's input, as they are now."""
    existing = topics.partitions()
    return [(topic, number) for topic in job.topics for number in range(existing.get(topic, 0))]
