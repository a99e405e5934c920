"""How a prepared job that reads membership events runs: its consumer, its agent, its watchdog."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any
from uuid import uuid4

from schemas.jobs import AudienceJob
from schemas.operations import Operation
from streams.agents.assignment_monitor import AssignmentMonitor
from streams.agents.backlog import Backlog, lags_told
from streams.agents.beside import Beside
from streams.agents.context import JobContext
from streams.agents.delivery import Deliver
from streams.agents.join_run import JoinRun
from streams.agents.membership import INFLIGHT_WINDOWS_MAX, MembershipAgent, at_once
from streams.agents.start_positions import StartPositions
from streams.agents.state import PartitionState
from streams.agents.watchdog import Watchdog
from streams.agents.window_names import Tracing, WindowNames
from streams.calls.pacing import PacedPerform, Perform, unpaced
from streams.infobip.client import Client
from streams.kafka.consumer import JobConsumer
from streams.kafka.lease import Lease
from streams.kafka.producer import RecordWriter
from streams.pipeline.decode import decode
from streams.pipeline.look_back import LookBack
from streams.pipeline.processor import Processor
from streams.pipeline.window import Decode

log = logging.getLogger(__name__)

#: Of the name of a run; two runs of one account hardly ever share it.
RUN_CHARACTERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRun:
    """All that it takes to run a job that reads events; what its kind is does not show.

    `operations` are called for the sake of events: the job's share of their limits is that of its partitions. One that
    `goes_first` has its calls go before those of the process's other jobs that wait for the same limit.
    `pace` makes what performs calls, given what would at once, and a writer for what it must write down before.
    `deliver` is what carries a batch out in place of a dialogue of the processor's: whoever does not call Infobip for
    its own windows. `background` are coroutines that run until cancelled while the job does, and so is `beside`, which
    is given the way to work beside the events. What was prepared is good
    for `renew_after_seconds`; then the job is prepared anew. `client` gives what makes its calls where the account's
    does not: one for each time that the job begins, closed when it ends. With a `look_back` windows have names, and it
    is asked what was done under those of whoever came before. The others are as `MembershipAgent` has them.
    """

    job: AudienceJob
    processor: Processor
    start_positions: StartPositions
    operations: Collection[Operation]
    goes_first: bool = False
    state: Sequence[PartitionState] = ()
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    beside: Sequence[Callable[[Beside], Coroutine[Any, Any, None]]] = ()
    pace: Callable[[PacedPerform, RecordWriter], Perform] | None = None
    spacing_seconds: float = inf
    window_events_max: int | None = None
    decode: Decode = decode
    inflight_windows_max: int = INFLIGHT_WINDOWS_MAX
    deliver: Deliver | None = None
    renew_after_seconds: float = inf
    client: Callable[[], Client] | None = None
    look_back: LookBack | None = None
    ready: Callable[[], Awaitable[None]] = at_once


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRun:
    """A job that reads no events, and so runs itself: `work` may be begun anew; it ends when it is done, or stopped."""

    work: Callable[[], Coroutine[Any, Any, None]]


Run = EventRun | JoinRun | OwnRun


async def consume(run: EventRun, context: JobContext) -> None:
    """Consume until the process is told to stop; then the last flush, the commit, and the end.

    Raises:
        JobFailed: no repetition would mend what happened.
        Stalled: the job must be started anew.

    """
    own = None if run.client is None else run.client()
    job, client, positions = run.job, own or context.client, run.start_positions
    lease = Lease(job.name)  # of its own: a consumer that was left behind may go on renewing the one before
    pause = context.pauses.of(job.name)
    writer = context.writer.under(lease)
    perform = pause.bound(lease.bound(partial(client.perform, goes_first=run.goes_first)))
    backlog, observer = Backlog(), context.observer
    keeps_notes = run.look_back is not None
    consumer = JobConsumer(job, context.kafka, positions, lease, keeps_notes=keeps_notes, noted=backlog.read)
    tracing = None
    if run.look_back is not None:
        names = WindowNames(uuid4().hex[:RUN_CHARACTERS], consumer.keep, lambda: consumer.cursors)
        tracing = Tracing(names, run.look_back)
    agent = MembershipAgent(
        job,
        run.processor,
        perform=unpaced(perform) if run.pace is None else run.pace(perform, writer),
        writer=writer,
        commit=consumer.commit,
        names=context.names,
        state=run.state,
        spacing_seconds=run.spacing_seconds,
        window_events_max=run.window_events_max,
        decode=run.decode,
        inflight_windows_max=run.inflight_windows_max,
        deliver=run.deliver,
        observer=observer,
        pause=pause,
        tracing=tracing,
        ready=run.ready,
    )
    watchdog = Watchdog(positions.stand, lambda: consumer.partitions, agent.waits, lags_told(backlog, observer))
    lookout = AssignmentMonitor(job, positions.look, consumer, context.reporter.set_note)

    def assigned(partitions: int, total: int) -> None:
        log.info("partitions_assigned job=%s partitions=%d of=%d", job.name, partitions, total)
        client.set_share(job.name, run.operations, partitions, max(total, partitions))
        context.reporter.set_partitions(partitions)

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
        *(work(agent.beside) for work in run.beside),
        *(() if own is None else (own.stay(),)),
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
        observer.rests()
        context.reporter.set_note("")


async def agree_on_start(job: AudienceJob, context: JobContext) -> StartPositions:
    """Agree with the job's other processes on where it begins; what is given says where it goes on, too."""
    positions = StartPositions(job, context.settings, context.names, context.writer)
    await positions.agree(context.awaited)
    return positions
