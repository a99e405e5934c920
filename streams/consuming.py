"""How a job that reads membership events is run: its first positions, its consumer, its watchdog."""

import asyncio
import logging
from datetime import UTC, datetime
from functools import partial
from math import inf

from schemas.jobs import AudienceJob
from streams.agents import start
from streams.agents.consume import Consuming
from streams.agents.held import Held
from streams.agents.kafka import persistently
from streams.agents.membership import MembershipAgent
from streams.agents.speed import Speed
from streams.agents.watchdog import Watchdog
from streams.flow.work import Work
from streams.prepare import operations_of
from streams.stage import Stage

log = logging.getLogger(__name__)


async def consume(
    job: AudienceJob,
    work: Work,
    stage: Stage,
    *,
    held: Held | None = None,
    speed: Speed | None = None,
    idle_seconds: float = inf,
    doubtful: bool = True,
) -> None:
    """Consume until the process is told to stop; then the last flush, the commit, and the end.

    `doubtful` is whether what the first windows ask for may have been done before: it may, unless the job is new.
    """
    client, writer = stage.client, stage.writer
    existing = await stage.unless_stopped(persistently(stage.topics.partitions, stage.topics.heard))
    total = sum(existing[topic] for topic in job.topics)
    consuming = Consuming(job, stage.kafka)
    perform = client.perform if speed is None else speed.paced(client.perform)
    agent = MembershipAgent(
        job, work, perform, writer, consuming.commit, stage.names, held, speed, idle_seconds, doubtful
    )
    watchdog = Watchdog(
        partial(start.places, job, stage.settings, existing),
        lambda: consuming.partitions,
        lambda partition: client.waits or writer.pending > 0 or agent.waits(partition) or _waits(speed),
    )

    def assigned(partitions: int) -> None:
        log.info("partitions_assigned job=%s partitions=%d of=%d", job.name, partitions, total)
        client.set_share(job.name, operations_of(job), partitions, max(total, partitions))
        stage.reporter.own(partitions)

    consuming.attach(agent, assigned)
    stage.tell()
    works = (consuming.run(), agent.run(), watchdog.run(), stage.stopping.wait())
    tasks = [asyncio.create_task(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
        await agent.stop()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await consuming.stop()


async def commit_start(job: AudienceJob, stage: Stage) -> bool:
    """Agree with the job's other processes on where it begins, and commit that; whether it never began before."""
    settings, states = stage.settings, stage.names.job_states
    partitions = await persistently(stage.topics.partitions, stage.topics.heard)
    standing = await persistently(partial(start.places, job, settings, partitions))
    start.warn_of_expired(job, standing)
    starts = start.first_positions(job, standing, datetime.now(UTC), stage.awaited)
    if not starts:
        return False
    keys = {start.key_of(one) for one in starts}
    read = partial(start.first_told, settings, states, keys)
    told = await persistently(read)
    if unknown := [one for one in starts if start.key_of(one) not in told]:
        await stage.writer.write(start.start_records(states, unknown))
        told = await persistently(read)
    agreed = start.agreed(starts, told)
    # What is told last is what compaction keeps.
    await stage.writer.write(start.start_records(states, agreed))
    await persistently(partial(start.commit_first_positions, job, settings, agreed))
    return len(unknown) == len(standing)


def _waits(speed: Speed | None) -> bool:
    return speed is not None and speed.waits
