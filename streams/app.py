"""The one place where everything meets: configuration, clients, agents, Faust apps; and the running of jobs."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from confluent_kafka import KafkaException

from schemas.jobs import Configuration, ExportAudience
from schemas.states import StateKind
from streams.agents import start
from streams.agents.consume import Consuming, left_behind
from streams.agents.held import Held
from streams.agents.kafka import NOTICE_EVERY, WAIT_SECONDS, Topics, client_settings, persistently
from streams.agents.membership import MembershipAgent
from streams.agents.report import Reporter
from streams.agents.topics import TopicNames, create_missing, missing_inputs
from streams.agents.watchdog import Pulse, Watchdog
from streams.agents.write import Writer
from streams.errors import ConfigurationError, Stalled, StreamsError
from streams.infobip.client import Client, ClientState
from streams.jobs.export_audience import Exporter
from streams.prepare import client_of, prepare_account, wait_for_account

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Allocations before a search among the youngest objects, and searches before one among the older.
COLLECT_AFTER = (1_000_000, 20, 100)
STATES: dict[str, StateKind] = {"ok": "running", "waiting": "waiting", "unauthorized": "unauthorized"}


class _Stopped(Exception):
    """The process was told to stop before a job ran."""


class Process:
    """Some jobs of a configuration, run together until they end or are told to."""

    def __init__(self, configuration: Configuration, jobs: Iterable[ExportAudience]) -> None:
        self._kafka = configuration.kafka
        self._settings = client_settings(self._kafka)
        self._names = TopicNames(self._kafka.topic_prefix)
        self._jobs = tuple(jobs)
        self._authorizations = {one.name: one for one in configuration.authorizations}
        self._clients: dict[str, Client] = {}
        self._reporters: dict[str, Reporter] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Tell the jobs to flush, commit and end."""
        self._stopping.set()

    async def run(self) -> int:
        """Run the jobs; the exit code: 0, or 1 when any of them failed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        pulse = asyncio.create_task(Pulse().run())
        writer = Writer(self._settings)
        topics = Topics(self._kafka)
        try:
            for name in {job.authorization for job in self._jobs}:
                self._clients[name] = client_of(self._authorizations[name], self._tell(name))
            ended = await asyncio.gather(*(self._run_job(job, writer, topics) for job in self._jobs))
            code = 0 if all(ended) else 1
        finally:
            for client in self._clients.values():
                await client.aclose()
            await writer.aclose()
            pulse.cancel()
        if left_behind():
            logging.shutdown()
            os._exit(code)
        return code

    async def _run_job(self, job: ExportAudience, writer: Writer, topics: Topics) -> bool:
        """One job from its start to its end; whether it ended well. What stops it does not stop the others."""
        reporter = self._reporters[job.name] = Reporter(job.name, self._names.job_states, writer)
        client = self._clients[job.authorization]
        telling: asyncio.Task[None] | None = None
        try:
            await self._unless_stopped(self._wait_for_topics(job, topics))
            await self._unless_stopped(persistently(partial(create_missing, job, self._kafka, topics)))
            telling = asyncio.create_task(reporter.run())
            await self._unless_stopped(wait_for_account(client, job))
            exporter = Exporter(job, await self._unless_stopped(prepare_account(client, job)))
            await self._unless_stopped(self._commit_start(job, topics, writer))
            while await self._stalls(job, self._consume(job, exporter, client, writer, topics, reporter, telling)):
                reporter.say("starting")
                await self._unless_stopped(asyncio.sleep(WAIT_SECONDS))
        except _Stopped:
            reporter.say("stopped")
            return True
        except StreamsError as error:
            log.error("job_failed job=%s error=%s", job.name, error)  # noqa: TRY400 - expected, so one clear line
            reporter.say("failed", str(error))
            return False
        except KafkaException as error:
            reason = error.args[0].str()
            log.error("job_failed job=%s error=%s", job.name, reason)  # noqa: TRY400 - expected, so one clear line
            reporter.say("failed", reason)
            return False
        except Exception:
            # A bug: the traceback helps to mend it, and nothing was committed. The other jobs go on.
            log.exception("job_crashed job=%s", job.name)
            reporter.say("failed", "unexpected error, see the log")
            return False
        else:
            reporter.say("stopped")
            log.info("job_stopped job=%s", job.name)
            return True
        finally:
            client.set_share(job.name, 0, 0)
            if telling is not None:
                telling.cancel()
                await self._last_word(reporter)

    async def _stalls(self, job: ExportAudience, consuming: Coroutine[Any, Any, None]) -> bool:
        """Consume to the end; whether it came too early, so that the job must be started anew."""
        try:
            await consuming
        except Stalled as stalled:
            log.error("job_stalled job=%s reason=%s: starting it anew", job.name, stalled)  # noqa: TRY400 - expected
            return not self._stopping.is_set()
        return False

    async def _consume(
        self,
        job: ExportAudience,
        exporter: Exporter,
        client: Client,
        writer: Writer,
        topics: Topics,
        reporter: Reporter,
        telling: "asyncio.Task[None]",
    ) -> None:
        """Consume until the process is told to stop; then the last flush, the commit, and the end."""
        existing = await self._unless_stopped(persistently(topics.partitions, topics.heard))
        total = sum(existing[topic] for topic in job.topics)
        consuming = Consuming(job, self._kafka)
        held = Held(self._names.memberships(job.name), self._settings) if job.shares_tags else None
        agent = MembershipAgent(job, exporter, client.perform, writer, consuming.commit, self._names, held)
        watchdog = Watchdog(
            partial(start.places, job, self._settings, existing),
            lambda: consuming.partitions,
            lambda partition: client.waits or writer.pending > 0 or agent.waits(partition),
        )

        def assigned(partitions: int) -> None:
            log.info("partitions_assigned job=%s partitions=%d of=%d", job.name, partitions, total)
            client.set_share(job.name, partitions, max(total, partitions))
            reporter.own(partitions)

        consuming.attach(agent, assigned)
        reporter.say(STATES[client.state.kind], client.state.detail)
        works = (consuming.run(), agent.run(), watchdog.run(), self._stopping.wait())
        tasks = [asyncio.create_task(work) for work in works]
        try:
            ended, _ = await asyncio.wait([*tasks, telling], return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
            await agent.stop()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await consuming.stop()

    async def _commit_start(self, job: ExportAudience, topics: Topics, writer: Writer) -> None:
        """Agree with the job's other processes on where it begins, and commit that, unless it has begun before."""
        partitions = await persistently(topics.partitions, topics.heard)
        standing = await persistently(partial(start.places, job, self._settings, partitions))
        start.warn_of_expired(job, standing)
        starts = start.first_positions(job, standing, datetime.now(UTC))
        if not starts:
            return
        keys = {start.key_of(one) for one in starts}
        read = partial(start.first_told, self._settings, self._names.job_states, keys)
        told = await persistently(read)
        if unknown := [one for one in starts if start.key_of(one) not in told]:
            await writer.write(start.start_records(self._names.job_states, unknown))
            told = await persistently(read)
        agreed = start.agreed(starts, told)
        # What is told last is what compaction keeps.
        await writer.write(start.start_records(self._names.job_states, agreed))
        await persistently(partial(start.commit_first_positions, job, self._settings, agreed))

    async def _wait_for_topics(self, job: ExportAudience, topics: Topics) -> None:
        tries = 0
        while missing := missing_inputs(job, await persistently(topics.partitions, topics.heard)):
            if tries % NOTICE_EVERY == 0:
                log.warning("topics_awaited job=%s missing=%s: create them, or correct `topics`", job.name, missing)
            tries += 1
            await asyncio.sleep(WAIT_SECONDS)

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work returns; raises _Stopped when the process is told to stop before."""
        task, stop = asyncio.ensure_future(work), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise _Stopped
        finally:
            task.cancel()
            stop.cancel()

    def _tell(self, authorization: str) -> Callable[[ClientState], None]:
        def tell(state: ClientState) -> None:
            for job in self._jobs:
                if job.authorization == authorization and job.name in self._reporters:
                    self._reporters[job.name].say(STATES[state.kind], state.detail)

        return tell

    async def _last_word(self, reporter: Reporter) -> None:
        try:
            await asyncio.wait_for(reporter.write(), WAIT_SECONDS)
        except (TimeoutError, StreamsError) as error:
            log.warning("state_not_written reason=%s", type(error).__name__)


def collect_seldom() -> None:
    """Look for garbage cycles less often.

    Windows hold thousands of objects that no cycle keeps alive; looking among them as often as Python does by default
    costs a third of the time of a full stream.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def jobs_named(configuration: Configuration, names: list[str]) -> list[ExportAudience]:
    """The jobs of these names, all of them without names."""
    known = {job.name: job for job in configuration.jobs}
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError([f"no job is called '{name}' (there are: {', '.join(known)})" for name in unknown])
    return [known[name] for name in names] or list(known.values())
