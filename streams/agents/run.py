"""How a job that reads membership events is run: its first positions, its consumer, its watchdog."""

import asyncio
import logging
from math import inf

from schemas.jobs import AudienceJob
from streams.agents.context import Stage
from streams.agents.lookout import Lookout
from streams.agents.membership import MembershipAgent
from streams.agents.start_positions import Positions
from streams.agents.watchdog import Watchdog
from streams.calls.pacing import unpaced
from streams.jobs.export_audience.membership_store import Held
from streams.jobs.send_message.once_store import Once
from streams.jobs.send_message.rate_limit import Speed
from streams.kafka.consumer import Consuming
from streams.kafka.lease import Lease
from streams.pipeline.processor import Work
from streams.prepare import operations_of

log = logging.getLogger(__name__)


async def consume(
    job: AudienceJob,
    work: Work,
    stage: Stage,
    positions: Positions,
    *,
    held: Held | None = None,
    speed: Speed | None = None,
    lease: Lease | None = None,
    idle_seconds: float = inf,
    once: Once | None = None,
) -> None:
    """Consume until the process is told to stop; then the last flush, the commit, and the end.

    `lease` is what `speed` writes under.
    """
    client, lease = stage.client, lease or Lease(job.name)
    consuming = Consuming(job, stage.kafka, positions, lease)
    perform = lease.bound(client.perform)
    agent = MembershipAgent(
        job,
        work,
        unpaced(perform) if speed is None else speed.paced(perform),
        stage.writer.under(lease),
        consuming.commit,
        stage.names,
        held,
        speed,
        idle_seconds,
        once=once,
    )
    watchdog = Watchdog(
        positions.stand,
        lambda: consuming.partitions,
        agent.waits,
    )
    lookout = Lookout(job, positions.look, consuming, stage.reporter.note)

    def assigned(partitions: int, total: int) -> None:
        log.info("partitions_assigned job=%s partitions=%d of=%d", job.name, partitions, total)
        client.set_share(job.name, operations_of(job), partitions, max(total, partitions))
        stage.reporter.own(partitions)

    consuming.attach(agent, assigned)
    stage.tell()
    works = (
        consuming.run(),
        agent.run(),
        consuming.follow(),
        watchdog.run(),
        lookout.run(),
        stage.stopping.wait(),
        *(() if held is None else (held.follow(),)),
    )
    tasks = [asyncio.create_task(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
        await agent.stop()
        await consuming.finish()
        for task in tasks:
            if task.done():  # what has failed meanwhile failed, although the job was stopping
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await consuming.stop()
        stage.reporter.note("")


async def agree_on_start(job: AudienceJob, stage: Stage) -> Positions:
    """Agree with the job's other processes on where it begins; what is given says where it goes on, too."""
    positions = Positions(job, stage.settings, stage.names, stage.writer)
    await positions.agree(stage.awaited)
    return positions
