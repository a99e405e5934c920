"""What a send does besides: it asks for reports where Infobip cannot call, and looks for those that are missing.

Each by the one process that leads it; the others stand by. What goes wrong with it is told, tried again, and holds up
no send.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from confluent_kafka import KafkaException, Message

from streams.errors import InstanceTaken, Stalled, StreamsError, WriterLost
from streams.kafka.feed import feed
from streams.kafka.leadership import Leadership
from streams.kafka.topics import TopicNames
from streams.receiver.gaps import Gaps
from streams.receiver.open_messages import WAITING_SECONDS
from streams.receiver.pulling import Puller
from streams.together import together

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS = 60.0, 3600.0
#: The first pause where the brokers have ended it, and Infobip has not: whoever comes again is welcome.
SOON_SECONDS = 2.0
#: Between two looks at how many partitions there are.
LOOK_SECONDS = 30.0
#: Records that are older when they come are a backlog.
BEHIND_SECONDS = 10.0


def _tell(job: str, what: str, seconds: float, error: Exception) -> None:
    log.error("feedback_failed job=%s what=%s tried_again_in=%.0f s reason=%s", job, what, seconds, error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """Work that one process of all does: `group` is the one whose owner of the topic's partition leads."""

    job: str
    what: str
    group: str
    instance_id: str | None
    settings: dict[str, Any]
    names: TopicNames
    #: Is told when the work failed: of the job, what it is, when it is tried again in seconds, and why.
    tell: Callable[[str, str, float, Exception], None] = _tell

    async def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Work whenever this process leads, until cancelled.

        Raises:
            InstanceTaken: another running process has this one's instance id.
            WriterLost: nothing can be written any more.

        """
        pause = 0.0
        while True:
            began = asyncio.get_running_loop().time()
            leadership = Leadership(self.settings, self.group, self.names.job_states, self.instance_id)
            try:
                await leadership.run_as_leader(work)
            except (InstanceTaken, WriterLost):
                raise
            except (StreamsError, KafkaException) as error:
                if asyncio.get_running_loop().time() - began > LAST_PAUSE_SECONDS:
                    pause = 0.0
                first = SOON_SECONDS if isinstance(error, (Stalled, KafkaException)) else FIRST_PAUSE_SECONDS
                pause = min(max(first, 2 * pause), LAST_PAUSE_SECONDS)
                self.tell(self.job, self.what, pause, error)
                await asyncio.sleep(pause)


async def pull(puller: Puller, led: Led) -> None:
    """Ask for reports for as long as this process leads."""
    await led.run(puller.run)


async def look_for_gaps(
    several: Sequence[Callable[[], Gaps]], partitions: Callable[[], Awaitable[dict[str, int]]], led: Led
) -> None:
    """Look for reports that did not come for as long as this process leads; it then begins with what is in Kafka."""

    async def look_for_one(gaps: Callable[[], Gaps]) -> None:
        while True:
            await _until_grown(gaps(), partitions, led)

    async def look() -> None:
        log.info("gaps_watched job=%s", led.job)
        await together([look_for_one(gaps) for gaps in several])

    await led.run(look)


async def _until_grown(gaps: Gaps, partitions: Callable[[], Awaitable[dict[str, int]]], led: Led) -> None:
    """Look until the topics have more partitions than are read."""
    messages, reports = led.names.messages, led.names.delivery_reports
    takers = {messages: gaps.sent, reports: gaps.reported}
    now = asyncio.get_running_loop().time
    there, looked_at = await _counted(partitions, takers), now()
    since = datetime.now(UTC) - timedelta(seconds=WAITING_SECONDS)
    async with feed(led.settings, list(takers), since) as batches, aclosing(batches):
        async for batch in batches:
            for record in batch:
                takers[record.topic() or ""](record)
            if _is_behind(batch):
                continue
            await gaps.ask()
            if now() - looked_at > LOOK_SECONDS:
                if await _counted(partitions, takers) != there:
                    return
                looked_at = now()


async def _counted(
    partitions: Callable[[], Awaitable[dict[str, int]]], topics: Collection[str]
) -> Mapping[str, int | None]:
    """How many partitions these topics have; what others have is nothing to us."""
    found = await partitions()
    return {topic: found.get(topic) for topic in topics}


def _is_behind(batch: list[Message]) -> bool:
    """Whether there is more to read: what was told meanwhile need not be asked for."""
    return bool(batch) and time.time() - batch[-1].timestamp()[1] / 1000 > BEHIND_SECONDS
