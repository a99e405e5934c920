"""How a job that sends messages is begun: where it starts, at which speed, and then it consumes."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from schemas.jobs import SendMessage
from streams.agents.speed import Speed
from streams.consuming import commit_start, consume
from streams.jobs.send_message import Messenger
from streams.stage import Stage

#: With a speed limit, windows are no larger than what may go in so many seconds: what is in one is committed together.
SECONDS_OF_A_WINDOW = 10


async def prepare_send(job: SendMessage, stage: Stage) -> Callable[[], Coroutine[Any, Any, None]]:
    """See to what must be there before the first event is read; what is given consumes from then on."""
    await commit_start(job, stage)
    public_url = stage.webhooks.public_url if stage.webhooks is not None else None
    messenger = Messenger(job, public_url)
    if job.speed_limit is None or not job.paces:
        return partial(consume, job, messenger, stage)
    per_second = job.speed_limit.per_second
    most = max(1, min(job.flush.max_events, int(per_second * SECONDS_OF_A_WINDOW)))
    paced = job.model_copy(update={"flush": job.flush.model_copy(update={"max_events": most})})
    speed = Speed(job.name, stage.names.speed(job.name), per_second, stage.settings, stage.writer)
    return partial(consume, paced, messenger, stage, speed=speed)
