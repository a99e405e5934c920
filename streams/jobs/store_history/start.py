"""How a job that keeps a history is begun, and how it waits for its database."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import TimeoutError as Late
from datetime import UTC, datetime
from functools import partial
from threading import Event

from pydantic_core import to_json

from schemas.config.history import History
from schemas.config.webhooks import Webhooks
from schemas.jobs.store_history import StoreHistory
from schemas.operations import Operation
from schemas.records.outcomes import Flush
from streams.agents.context import JobContext
from streams.agents.run import OwnRun
from streams.errors import JobFailed, Stalled, Unreachable
from streams.history.rows import Unreadable
from streams.history.store import Store
from streams.jobs.store_history.plan import Arrived, Plan
from streams.jobs.store_history.recorder import Recorder, Surroundings
from streams.jobs.store_history.topics import sorts
from streams.kafka.producer import OutgoingRecord
from streams.kafka.shorten import shorter_letter
from streams.kafka.threads import in_own_thread
from streams.pipeline.settle import Failure, dead_letter
from streams.pipeline.trace_context import context_of

log = logging.getLogger(__name__)

#: Between two looks whether the database is back, and from the word to end until a thread is left behind.
WAIT_SECONDS, END_SECONDS = 2.0, 20.0
LOOK_SECONDS = 0.5
#: So often it is looked whether the last batch is told of, from the word to end on.
LAST_LOOKS = 10


def operations(_: StoreHistory, __: Webhooks | None) -> Collection[Operation]:
    """Infobip is not called."""
    return ()


async def prepare(job: StoreHistory, context: JobContext) -> OwnRun:
    """See that the database has the tables; waits while it is away.

    Raises:
        JobFailed: it has not, or has others; or it refuses us.

    """
    history = context.history
    if history is None:
        raise JobFailed(f"job '{job.name}': history is missing, the database that it fills")
    await _wait_for(job, context, history)
    return OwnRun(work=partial(_keep, job, context, history))


async def _wait_for(job: StoreHistory, context: JobContext, history: History) -> None:
    """Return once the database answers and is as it should be; `status` says what is waited for."""
    awaited = ""
    while True:
        store = Store(history, job.name)
        try:
            await in_own_thread(store.open, "history")
        except Unreachable as error:
            context.reporter.set_state("waiting", str(error))
            if str(error) != awaited:
                awaited = str(error)
                log.warning("history_awaited job=%s reason=%s", job.name, awaited)
            await asyncio.sleep(WAIT_SECONDS)
        else:
            return
        finally:
            store.close()


async def _keep(job: StoreHistory, context: JobContext, history: History) -> None:
    """Keep the history until told to stop; a database that goes away is waited for, in no group meanwhile."""
    while not context.stopping.is_set():
        context.tell()
        try:
            await _record(job, context, history)
        except Unreachable as error:
            log.warning("history_lost job=%s reason=%s", job.name, error)
            await context.or_stopped(_wait_for(job, context, history))


async def _record(job: StoreHistory, context: JobContext, history: History) -> None:
    """Read and store until told to stop. Raises as `Recorder.run`."""
    called_off, loop = Event(), asyncio.get_running_loop()
    record = partial(_recorded, job, context, history, called_off, loop)
    recording = asyncio.ensure_future(in_own_thread(record, "history"))
    stopping = asyncio.create_task(context.stopping.wait())
    try:
        await asyncio.wait({recording, stopping}, return_when=asyncio.FIRST_COMPLETED)
        called_off.set()
        await asyncio.wait({recording}, timeout=END_SECONDS)
        if not recording.done():
            raise Stalled("the history's thread does not end")
        recording.result()
    finally:
        called_off.set()
        stopping.cancel()
        recording.cancel()
        await asyncio.gather(stopping, recording, return_exceptions=True)


def _recorded(
    job: StoreHistory, context: JobContext, history: History, called_off: Event, loop: asyncio.AbstractEventLoop
) -> None:
    """Record, in a thread."""
    store = Store(history, job.name)
    try:
        store.open()
        kinds, pause = sorts(context.names), context.pauses.of(job.name)
        around = Surroundings(
            settings=context.settings,
            instance_id=context.kafka.instance_id,
            topics=[*kinds, *job.inputs],
            admin=context.topics,
            tell=partial(_tell_of, job.name, context, called_off, loop),
            own=lambda partitions: _tell(loop, partial(context.reporter.set_partitions, partitions)),
            called_off=called_off,
            observer=context.observer,
            is_paused=lambda: pause.paused,
        )
        Recorder(job, Plan(job, kinds), store, around, history.retention).run()
    finally:
        store.close()


def _tell(loop: asyncio.AbstractEventLoop, say: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(say)


def _tell_of(
    job: str,
    context: JobContext,
    called_off: Event,
    loop: asyncio.AbstractEventLoop,
    unreadable: Sequence[tuple[Arrived, Unreadable]],
    flush: Flush,
) -> None:
    """Write dead letters and what tells of a batch; return once acknowledged. Raises Stalled when called off before."""
    now = datetime.now(UTC)
    letters = [dead_letter(job, Failure(record, "undecodable", one.detail), now=now) for record, one in unreadable]
    records = [
        OutgoingRecord(
            context.names.dead_letters,
            record.key,
            to_json(letter),
            headers=context_of(record.headers),
            shorten=shorter_letter,
        )
        for letter, (record, _) in zip(letters, unreadable, strict=True)
    ]
    records.append(OutgoingRecord(context.names.flushes, job.encode(), flush.model_dump_json().encode()))
    written = asyncio.run_coroutine_threadsafe(context.writer.write(records), loop)
    looks = LAST_LOOKS
    while True:
        try:
            return written.result(LOOK_SECONDS)
        except Late:
            looks -= called_off.is_set()
            if not looks:
                written.cancel()
                raise Stalled("a batch was not told of before the end") from None
