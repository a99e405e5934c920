"""How a job that sends messages is begun: where it starts, at which speed, and then it consumes."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import count
from typing import Any

from schemas.jobs import SendMessage
from streams.agents.cursor import Partition
from streams.agents.kafka import Topics
from streams.agents.speed import Speed
from streams.consuming import commit_start, consume
from streams.errors import Stalled
from streams.jobs.send_message import Messenger
from streams.stage import Stage
from streams.uploading import FRESH_SECONDS, with_files_uploaded

log = logging.getLogger(__name__)

#: With a speed limit, windows are no larger than what may go in so many seconds: what is in one is committed together.
SECONDS_OF_A_WINDOW = 10

#: A message waits no longer than this for company when nothing else is on its way.
IDLE_SECONDS = 0.1


async def prepare_send(job: SendMessage, stage: Stage) -> Callable[[], Coroutine[Any, Any, None]]:
    """See to what must be there before the first event is read; what is given consumes from then on."""
    is_new, runs = await commit_start(job, stage), count()
    if is_new and job.existing_members:
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
                await _send(ready, stage, doubtful=not is_new or next(runs) > 0)
        except TimeoutError:
            if fresh.expired():
                raise Stalled("Infobip will soon forget the files that were uploaded") from None
            raise

    return work


async def _send(job: SendMessage, stage: Stage, *, doubtful: bool) -> None:
    """Consume at the job's speed."""
    messenger = Messenger(job, stage.webhooks.public_url if stage.webhooks is not None else None)
    speed = None
    if job.speed_limit is not None and job.paces:
        per_second = job.speed_limit.per_second
        most = max(1, min(job.flush.max_events, int(per_second * SECONDS_OF_A_WINDOW)))
        job = job.model_copy(update={"flush": job.flush.model_copy(update={"max_events": most})})
        everything, topic = partial(_partitions, job, stage.topics), stage.names.speed(job.name)
        speed = Speed(job.name, topic, per_second, stage.settings, stage.writer, everything)
    await consume(job, messenger, stage, speed=speed, idle_seconds=IDLE_SECONDS, doubtful=doubtful)


def _partitions(job: SendMessage, topics: Topics) -> list[Partition]:
    """All partitions of the job's input, as they are now."""
    existing = topics.partitions()
    return [(topic, number) for topic in job.topics for number in range(existing.get(topic, 0))]
