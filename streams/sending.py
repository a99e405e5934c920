"""How a job that sends messages is begun: where it starts, at which speed, and then it consumes."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from schemas.jobs import SendMessage
from streams.agents.cursor import Partition
from streams.agents.kafka import Topics
from streams.agents.speed import Speed
from streams.consuming import commit_start, consume
from streams.errors import Stalled
from streams.jobs.send_message import Messenger
from streams.stage import Stage
from streams.uploading import FRESH_SECONDS, has_files, with_files_uploaded

#: With a speed limit, windows are no larger than what may go in so many seconds: what is in one is committed together.
SECONDS_OF_A_WINDOW = 10

#: A message waits no longer than this for company when nothing else is on its way.
IDLE_SECONDS = 0.25


async def prepare_send(job: SendMessage, stage: Stage) -> Callable[[], Coroutine[Any, Any, None]]:
    """See to what must be there before the first event is read; what is given consumes from then on."""
    await commit_start(job, stage)
    if has_files(job):
        return partial(_send_with_files, job, stage)
    return _sending(job, stage)


async def _send_with_files(job: SendMessage, stage: Stage) -> None:
    """Upload files, and send until they are nearly forgotten; whoever begins anew uploads them again."""
    ready = await stage.unless_stopped(with_files_uploaded(job, stage.client))
    try:
        async with asyncio.timeout(FRESH_SECONDS):
            await _sending(ready, stage)()
    except TimeoutError:
        raise Stalled("Infobip will soon forget the files that were uploaded") from None


def _sending(job: SendMessage, stage: Stage) -> Callable[[], Coroutine[Any, Any, None]]:
    """What consumes, at the job's speed."""
    public_url = stage.webhooks.public_url if stage.webhooks is not None else None
    messenger = Messenger(job, public_url)
    if job.speed_limit is None or not job.paces:
        return partial(consume, job, messenger, stage, idle_seconds=IDLE_SECONDS)
    per_second = job.speed_limit.per_second
    most = max(1, min(job.flush.max_events, int(per_second * SECONDS_OF_A_WINDOW)))
    paced = job.model_copy(update={"flush": job.flush.model_copy(update={"max_events": most})})
    everything = partial(_partitions, job, stage.topics)
    speed = Speed(job.name, stage.names.speed(job.name), per_second, stage.settings, stage.writer, everything)
    return partial(consume, paced, messenger, stage, speed=speed, idle_seconds=IDLE_SECONDS)


def _partitions(job: SendMessage, topics: Topics) -> list[Partition]:
    """All partitions of the job's input, as they are now."""
    existing = topics.partitions()
    return [(topic, number) for topic in job.topics for number in range(existing.get(topic, 0))]
