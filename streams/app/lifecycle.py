"""The life of a job in its process: begun, started anew when it stalls, tried again when it has failed.

A failed job is tried again for as long as another job of its process lives: after a minute, then after twice as long
each time, up to an hour. `status` says why it failed and when it is tried again. When no job lives any more, because
each has failed or has come to its end, the process ends: with 1 if any of them has failed and not recovered, so that
whoever supervises it sees that. So the only job of a process ends it as soon as it fails, whether its key was refused
at the start or its topic vanished in the middle of its work; and a job that fails beside others neither takes them
with it nor lies dead beside them. Where another running process has taken the instance id, all jobs end. A job that
stalls has not failed: it is started anew after two seconds.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf, isfinite
from typing import Any, assert_never

from confluent_kafka import KafkaError, KafkaException

from schemas.jobs import AnyJob
from streams.agents.context import JobContext, Stopped
from streams.agents.join_run import JoinRun, join
from streams.agents.run import EventRun, OwnRun, Run, consume
from streams.agents.state_reporter import outlived
from streams.app.accounts import wait_for_account
from streams.errors import InstanceTaken, Stalled, StreamsError, WriterLost
from streams.jobs.shelf import inputs_of, wanted_topics
from streams.kafka.refusals import UNHEARD, brokers_of, not_allowed
from streams.kafka.retry import ASKER, NOTICE_EVERY, WAIT_SECONDS, Asker, retry_until_available
from streams.kafka.threads import in_own_thread
from streams.kafka.topic_making import create_missing, create_states
from streams.kafka.topics import missing_inputs

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS = 60.0, 3600.0


class Living:
    """Which jobs of a process live: they work, or are about to."""

    def __init__(self) -> None:
        self._jobs: set[str] = set()
        self._nobody = asyncio.Event()

    def begin(self, job: str) -> None:
        """Count a job among them."""
        self._jobs.add(job)
        self._nobody.clear()

    def end(self, job: str) -> None:
        """Count a job among them no longer."""
        self._jobs.discard(job)
        if not self._jobs:
            self._nobody.set()

    @property
    def none(self) -> bool:
        """Whether none is left."""
        return not self._jobs

    async def nobody(self) -> None:
        """Return when none is left."""
        await self._nobody.wait()


class Life:
    """One job; `prepare` sees to what must be there before it works, and says what to run."""

    def __init__(self, job: AnyJob, context: JobContext, prepare: Callable[[], Awaitable[Run]], living: Living) -> None:
        self._job, self._context, self._prepare, self._living = job, context, prepare, living
        beside = inputs_of(context.jobs)
        self._wanted = partial(wanted_topics, job, context.kafka, webhooks=context.webhooks, beside=beside)
        self._pause = FIRST_PAUSE_SECONDS
        self._telling: asyncio.Task[None] | None = None
        living.begin(job.name)

    async def run(self) -> bool:
        """Live until the job ends, fails for good or is stopped; whether it ended well.

        Raises:
            WriterLost: the process must end.

        """
        try:
            while (failure := await self._try()) is not None:
                self._living.end(self._job.name)
                if not await self._again(failure):
                    return False
                self._living.begin(self._job.name)
            return True
        finally:
            self._living.end(self._job.name)
            await self._last_word()

    async def _try(self) -> str | None:
        """Work from the start; why that failed, None when it ended well. The failure of one job is no other's."""
        began = asyncio.get_running_loop().time()
        asker = Asker(self._job.name, self._context.kafka, self._context.settings)
        ASKER.set(asker)
        try:
            await self._begin_to_end()
        except WriterLost:
            raise
        except StreamsError as error:
            failure = str(error).encode(errors="replace").decode()  # half a character fits no log and no record
            log.error("job_failed job=%s error=%s", self._job.name, failure)  # noqa: TRY400 - expected, so one clear line
            if isinstance(error, InstanceTaken):
                # Tried again, it would take the name back, and so on for ever: one of the two processes must end.
                self._context.stopping.set()
        except KafkaException as error:
            failure = await _in_words(error.args[0], asker, began)
            log.error("job_failed job=%s error=%s", self._job.name, failure)  # noqa: TRY400 - expected, too
        except Exception:
            # A bug: the traceback helps to mend it, and nothing was committed.
            log.exception("job_crashed job=%s", self._job.name)
            failure = "unexpected error, see the log"
        else:
            return None
        finally:
            if self._context.account is not None:
                self._context.account.set_share(self._job.name, (), 0, 0)
        if asyncio.get_running_loop().time() - began > LAST_PAUSE_SECONDS:  # it had recovered
            self._pause = FIRST_PAUSE_SECONDS
        return failure

    async def _begin_to_end(self) -> None:
        job, context, reporter = self._job, self._context, self._context.reporter
        reporter.set_state("starting")
        try:
            # First of all, so that whatever follows can be told. A record for a topic that is not there might make it.
            if await context.or_stopped(
                retry_until_available(partial(create_states, job.name, context.kafka, context.topics, self._wanted))
            ):
                self._begin_to_tell()
            await context.or_stopped(self._wait_for_topics())
            await context.or_stopped(
                retry_until_available(partial(create_missing, job.name, context.kafka, context.topics, self._wanted))
            )
            telling = self._begin_to_tell()
            # A job that is paused when it begins asks nobody for anything, and joins no group.
            await context.or_stopped(self._until_resumed())
            if context.account is not None:
                await context.or_stopped(
                    wait_for_account(context.account, job, partial(reporter.set_state, "starting"))
                )
            while await self._expires(await context.or_stopped(self._prepare()), telling):
                reporter.set_state("starting", "prepared anew")
                await context.or_stopped(self._until_resumed())
        except Stopped:
            reporter.set_state("stopped")
        else:
            reporter.set_state("stopped")
            log.info("job_stopped job=%s", job.name)

    async def _until_resumed(self) -> None:
        """Return once it is known that nobody has paused the job. Raises StreamsError where that cannot be known."""
        pauses = self._context.pauses
        await pauses.known()
        if pauses.of(self._job.name).paused:
            log.info("job_begins_paused job=%s: it waits to be resumed", self._job.name)
        await pauses.of(self._job.name).resumed()

    def _begin_to_tell(self) -> "asyncio.Task[None]":
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())
            self._telling.add_done_callback(_heard)
        return self._telling

    async def _expires(self, run: Run, telling: "asyncio.Task[None]") -> bool:
        """Run to the end, started anew as often as it stalls; True where it must be prepared anew to go on."""
        last = run.renew_after_seconds if isinstance(run, EventRun) else inf
        try:
            async with asyncio.timeout(last if isfinite(last) else None) as fresh:
                while (reason := await self._stalls(self._work(run), telling)) is not None:
                    self._context.reporter.set_state("starting", f"started anew: {reason}")
                    await self._context.or_stopped(asyncio.sleep(WAIT_SECONDS))
        except TimeoutError:
            if not fresh.expired():
                raise
            log.info("job_renewed job=%s seconds=%.0f: what was prepared is good no longer", self._job.name, last)
            return True
        return False

    def _work(self, run: Run) -> Coroutine[Any, Any, None]:
        match run:
            case EventRun():
                return consume(run, self._context)
            case JoinRun():
                return join(run, self._context)
            case OwnRun():
                return run.work()
            case _:
                assert_never(run)

    async def _stalls(self, work: Coroutine[Any, Any, None], telling: "asyncio.Task[None]") -> str | None:
        """Work to the end; if that came too early, so that the job must be started anew, why."""
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait({working, telling}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                telling.result()
            await working
        except Stalled as stalled:
            if self._context.stopping.is_set():
                log.warning("job_stalled job=%s reason=%s: it was stopping", self._job.name, stalled)
                return None
            log.error("job_stalled job=%s reason=%s: starting it anew", self._job.name, stalled)  # noqa: TRY400 - expected
            return str(stalled)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        return None

    async def _again(self, failure: str) -> bool:
        """Wait until a failed job is to be tried again; False when the process ends before."""
        reporter, again_at = self._context.reporter, datetime.now(UTC) + timedelta(seconds=self._pause)
        reporter.set_state("failed", failure)
        if self._living.none or self._context.stopping.is_set():
            return False
        reporter.set_state("failed", f"{failure}; tried again at {again_at:%Y-%m-%d %H:%M:%S}Z")
        works = (asyncio.sleep(self._pause), self._living.nobody(), self._context.stopping.wait())
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if any(task.done() for task in tasks[1:]):
                reporter.set_state("failed", failure)
                return False
        finally:
            for task in tasks:
                task.cancel()
        self._pause = min(2 * self._pause, LAST_PAUSE_SECONDS)
        log.info("job_tried_again job=%s", self._job.name)
        return True

    async def _tell(self) -> None:
        """Report; and let go of what processes have reported that are gone for long."""
        context = self._context
        await context.reporter.write()
        read = partial(outlived, context.settings, context.names.job_states, self._job.name, datetime.now(UTC))
        await context.writer.write(await retry_until_available(read))
        await context.reporter.run()

    async def _wait_for_topics(self) -> None:
        job, topics, tries = self._job, self._context.topics, 0
        while missing := missing_inputs(job, await retry_until_available(topics.partitions)):
            if hidden := await retry_until_available(partial(topics.hidden, missing)):
                raise not_allowed(topics.brokers, "; ".join(f"READ topic {name}" for name in hidden))
            self._context.awaited.update(missing)
            if tries % NOTICE_EVERY == 0:
                log.warning("topics_awaited job=%s missing=%s: create them, or correct `topics`", job.name, missing)
                self._context.reporter.set_state("starting", f"waits for topics: {', '.join(missing)}")
            tries += 1
            await asyncio.sleep(WAIT_SECONDS)

    async def _last_word(self) -> None:
        if self._telling is None:
            return
        self._telling.cancel()
        try:
            await asyncio.wait_for(self._context.reporter.write(), WAIT_SECONDS)
        except WriterLost:
            return  # the process says so, once for all
        except Exception as error:  # noqa: BLE001 - the last word of one job must not end the others
            log.warning("state_not_written job=%s reason=%s", self._job.name, type(error).__name__)


async def _in_words(error: KafkaError, asker: Asker, began: float) -> str:
    """What ended a job, with the brokers' address."""
    if error.code() in UNHEARD:
        return (await in_own_thread(partial(asker.why, error, began), "knock")).text
    return f"{brokers_of(asker.settings)}: {error.str()}"


def _heard(telling: "asyncio.Task[None]") -> None:
    """Take note that the telling has failed: whoever waits for it fails with it, if the job has not done so before."""
    if not telling.cancelled():
        telling.exception()
