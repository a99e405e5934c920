"""How a prepared job that joins topics runs: its consumer, its agent, its watchdog."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from streams.agents.assignment_monitor import AssignmentMonitor
from streams.agents.backlog import Backlog, lags_told
from streams.agents.context import JobContext
from streams.agents.join_agent import JoinAgent
from streams.agents.join_positions import JoinPositions, JoinSource
from streams.agents.watchdog import Watchdog
from streams.kafka.consumer import JobConsumer
from streams.kafka.lease import Lease
from streams.pipeline.joins import Join

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRun:
    """All that it takes to run a job that joins topics; what its kind is does not show.

    `background` are coroutines that run until cancelled while the job does.
    """

    source: JoinSource
    join: Join
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()


async def join(run: JoinRun, context: JobContext) -> None:
    """Join until the process is told to stop; then what is on its way is committed, and that is the end.

    Raises:
        JobFailed: no repetition would mend what happened.
        Stalled: the job must be started anew.

    """
    source, reporter = run.source, context.reporter
    lease = Lease(source.name)
    positions = JoinPositions(source, run.join, context.settings)
    backlog, observer = Backlog(), context.observer
    consumer = JobConsumer(source, context.kafka, positions, lease, together=source.relay, noted=backlog.read)
    pause = context.pauses.of(source.name)
    agent = JoinAgent(source.name, positions, consumer.commit, lambda: consumer.inside.reached, observer, pause)
    watchdog = Watchdog(positions.stand, lambda: consumer.partitions, agent.waits, lags_told(backlog, observer))
    lookout = AssignmentMonitor(source, positions.look, consumer, reporter.set_note)

    def assigned(partitions: int, total: int) -> None:
        log.info("partitions_assigned job=%s partitions=%d of=%d", source.name, partitions, total)
        reporter.set_partitions(partitions)

    consumer.attach(agent, assigned)
    context.tell()
    works = (
        consumer.run(),
        agent.run(),
        consumer.follow(),
        watchdog.run(),
        lookout.run(),
        context.stopping.wait(),
        *(work() for work in run.background),
    )
    tasks = [asyncio.create_task(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
        await agent.stop()
        await consumer.finish()
        for task in tasks:
            if task.done():  # what has failed meanwhile failed, although the job was stopping
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await consumer.stop()
        await agent.aclose()
        positions.look.close()
        observer.rests()
        reporter.set_note("")
