"""The one place where everything meets: configuration, clients, agents, Faust apps; and the running of jobs."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any

from confluent_kafka import KafkaException

from schemas.jobs import AnyJob, Configuration
from streams.agents.consume import left_behind
from streams.agents.contacts import Progress
from streams.agents.kafka import NOTICE_EVERY, WAIT_SECONDS, Topics, client_settings, persistently
from streams.agents.report import Reporter
from streams.agents.topics import TopicNames, create_missing, missing_inputs
from streams.agents.watchdog import Pulse
from streams.agents.write import Writer
from streams.console.progress import Lines
from streams.errors import ConfigurationError, Stalled, StreamsError
from streams.exporting import prepare_export
from streams.importing import prepare_import
from streams.infobip.client import Client
from streams.infobip.standing import ClientState
from streams.prepare import client_of, scopes_of, wait_for_account
from streams.sending import prepare_send
from streams.stage import Stage, Stopped

log = logging.getLogger(__name__)

#: Allocations before a search among the youngest objects, and searches before one among the older.
COLLECT_AFTER = (1_000_000, 20, 100)
#: How each kind of job is begun: what must be there first, and then the work itself, which may be started anew.
Work = Callable[[], Coroutine[Any, Any, None]]
PREPARE: Mapping[str, Callable[[Any, Stage], Awaitable[Work]]] = {
    "export_audience": prepare_export,
    "import_contacts": prepare_import,
    "send_message": prepare_send,
}


class Process:
    """Some jobs of a configuration, run together until they end or are told to."""

    def __init__(
        self, configuration: Configuration, jobs: Iterable[AnyJob], progress: Callable[[str], Progress] = Lines
    ) -> None:
        self._kafka, self._webhooks = configuration.kafka, configuration.webhooks
        self._settings = client_settings(self._kafka)
        self._names = TopicNames(self._kafka.topic_prefix)
        self._jobs = tuple(jobs)
        self._authorizations = {one.name: one for one in configuration.authorizations}
        self._clients: dict[str, Client] = {}
        self._reporters: dict[str, Reporter] = {}
        self._stopping, self._progress = asyncio.Event(), progress

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

    async def _run_job(self, job: AnyJob, writer: Writer, topics: Topics) -> bool:
        """One job from its start to its end; whether it ended well. What stops it does not stop the others."""
        reporter = self._reporters[job.name] = Reporter(job.name, self._names.job_states, writer, scopes_of(job))
        client = self._clients[job.authorization]
        ours = (self._kafka, self._settings, self._names, topics, writer, client, reporter)
        stage = Stage(*ours, self._stopping, self._progress, self._webhooks)
        telling: asyncio.Task[None] | None = None
        try:
            await stage.unless_stopped(self._wait_for_topics(job, topics, stage.awaited))
            await stage.unless_stopped(persistently(partial(create_missing, job, self._kafka, topics)))
            telling = asyncio.create_task(reporter.run())
            await stage.unless_stopped(wait_for_account(client, job))
            work = await stage.unless_stopped(PREPARE[job.kind](job, stage))
            while await self._stalls(job, work(), telling):
                reporter.say("starting")
                await stage.unless_stopped(asyncio.sleep(WAIT_SECONDS))
        except Stopped:
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
            client.set_share(job.name, (), 0, 0)
            if telling is not None:
                telling.cancel()
                await self._last_word(reporter)

    async def _stalls(self, job: AnyJob, work: Coroutine[Any, Any, None], telling: "asyncio.Task[None]") -> bool:
        """Work to the end; whether it came too early, so that the job must be started anew."""
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait({working, telling}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                telling.result()
            await working
        except Stalled as stalled:
            log.error("job_stalled job=%s reason=%s: starting it anew", job.name, stalled)  # noqa: TRY400 - expected
            return not self._stopping.is_set()
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        return False

    async def _wait_for_topics(self, job: AnyJob, topics: Topics, awaited: set[str]) -> None:
        tries = 0
        while missing := missing_inputs(job, await persistently(topics.partitions, topics.heard)):
            awaited.update(missing)
            if tries % NOTICE_EVERY == 0:
                log.warning("topics_awaited job=%s missing=%s: create them, or correct `topics`", job.name, missing)
            tries += 1
            await asyncio.sleep(WAIT_SECONDS)

    def _tell(self, authorization: str) -> Callable[[ClientState], None]:
        def tell(state: ClientState) -> None:
            for job in self._jobs:
                if job.authorization == authorization and job.name in self._reporters:
                    self._reporters[job.name].tell(state)

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


def jobs_named(configuration: Configuration, names: list[str]) -> list[AnyJob]:
    """The jobs of these names, all of them without names."""
    known = {job.name: job for job in configuration.jobs}
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError([f"no job is called '{name}' (there are: {', '.join(known)})" for name in unknown])
    return [known[name] for name in names] or list(known.values())
