"""The one place where everything meets: configuration, clients, agents, Faust apps; and the running of jobs."""

import asyncio
import contextlib
import gc
import logging
import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from schemas.configuration import Configuration
from schemas.jobs import AnyJob, authorization_of
from streams.agents.commands import follow_commands
from streams.agents.context import JobContext, Progress, Unwatched
from streams.agents.pauses import Pauses
from streams.agents.run import Run
from streams.agents.state_reporter import StateReporter
from streams.app.accounts import client_of
from streams.app.acls import needs_of
from streams.app.lifecycle import Life, Living
from streams.app.operating import Operated, operated
from streams.app.receiving import is_served, serve
from streams.app.signals import endings
from streams.infobip.client import Client
from streams.infobip.health import ClientState
from streams.jobs.shelf import kind_of, load, scopes_of, triggers_of
from streams.kafka.admin import TopicAdmin
from streams.kafka.clients import client_settings
from streams.kafka.consumer import has_stuck_thread
from streams.kafka.permissions import see_what_is_allowed
from streams.kafka.producer import Writer
from streams.kafka.threads import in_own_thread
from streams.kafka.tokens import NoToken, Tokens
from streams.kafka.topics import TopicNames
from streams.operating.pausing import in_words_of
from streams.summaries.keeping import keep_sums

log = logging.getLogger(__name__)

DONE, FAILED = 0, 1
#: For what jobs have to say of what ended all writing.
LAST_WORDS_SECONDS = 5.0
#: Between two tries to have a token.
TOKEN_SECONDS = 10.0
#: Allocations before a search among the youngest objects, and searches before one among the older.
COLLECT_AFTER = (1_000_000, 20, 100)


class Process:
    """Some jobs of a configuration, run together until they end or are told to."""

    def __init__(
        self, configuration: Configuration, jobs: Iterable[AnyJob], progress: Callable[[str], Progress] = Unwatched
    ) -> None:
        self._configuration = configuration
        self._kafka, self._webhooks = configuration.kafka, configuration.webhooks
        self._settings = client_settings(self._kafka)
        self._names = TopicNames(self._kafka.topic_prefix)
        self._jobs = tuple(jobs)
        for job in self._jobs:  # before there is a loop that this would hold up
            load(job)
        self._authorizations = {one.name: one for one in configuration.authorizations}
        self._clients: dict[str, Client] = {}
        self._reporters: dict[str, StateReporter] = {}
        self._stopping, self._progress = asyncio.Event(), progress
        self._pauses = Pauses(awaited=True, tell=self._tell_of_pause)
        self._one_at_a_time = asyncio.Lock()

    def stop(self) -> None:
        """Tell the jobs to flush, commit and end."""
        self._stopping.set()

    async def run(self) -> int:
        """Run the jobs; the exit code: 0, or 1 when any of them has failed and not recovered (see `lifecycle`).

        Raises:
            ConfigurationError: nothing can be listened on where operators are to ask.

        """
        loop = asyncio.get_running_loop()
        for number in endings():
            loop.add_signal_handler(number, self.stop)
        async with operated(self._configuration.operations, self._stopping) as seen:
            return await self._run(seen)

    async def _run(self, seen: Operated) -> int:
        seen.readiness.ask("jobs", lambda: None if self._reporters else "they are not begun yet")
        if not await self._signed_in():
            return DONE
        writer = Writer(self._settings)
        try:
            for name in filter(None, {authorization_of(job) for job in self._jobs}):
                self._clients[name] = client_of(self._authorizations[name], self._tell(name), seen.calls)
            async with seen.watching(TopicAdmin(self._kafka, self._settings)):
                code = await self._live(writer, seen)
        finally:
            for client in self._clients.values():
                await client.aclose()
            await writer.aclose()
        if has_stuck_thread():
            logging.shutdown()
            os._exit(code)
        return code

    async def _signed_in(self) -> bool:
        """Wait for a token, where clients sign in with one; False when told to stop before."""
        tokens = self._settings.get("oauth_cb")
        while isinstance(tokens, Tokens) and not self._stopping.is_set():
            try:
                await in_own_thread(tokens.get, "token")
            except NoToken as error:
                log.warning("token_awaited reason=kafka.security.token_provider: %s", error)
            else:
                return True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TOKEN_SECONDS)
        return not self._stopping.is_set()

    async def _live(self, writer: Writer, seen: Operated) -> int:
        """Let all jobs live until none does, or nothing can be written any more, or Infobip cannot reach us."""
        topics, living = TopicAdmin(self._kafka, self._settings), Living()
        lives = [self._life(job, writer, topics, living, seen) for job in self._jobs]
        tasks = [asyncio.create_task(life.run()) for life in lives]
        losing = asyncio.create_task(writer.lost.wait())
        serving = asyncio.create_task(self._serve(topics, writer, seen))
        hearing = asyncio.create_task(follow_commands(self._pauses, self._settings, self._names.commands))
        may_create = self._kafka.topics.create
        summing = asyncio.create_task(keep_sums(self._settings, self._names, topics, may_create=may_create))
        try:
            all_ended: asyncio.Future[Any] = asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.wait({all_ended, losing, serving}, return_when=asyncio.FIRST_COMPLETED)
            if writer.failure is not None:
                # A job may be about to say more of the same: which topic it is that it may not write.
                await asyncio.wait({all_ended}, timeout=LAST_WORDS_SECONDS)
                log.error("process_ended reason=%s: it must be started again", writer.failure)
                return FAILED
            if serving.done():
                log.error("process_ended reason=%s", serving.exception())
                return FAILED
            return DONE if all(task.result() for task in tasks) else FAILED
        finally:
            losing.cancel()
            for task in (*tasks, serving, hearing, summing):
                task.cancel()
            await asyncio.gather(*tasks, serving, hearing, summing, return_exceptions=True)

    async def _serve(self, topics: TopicAdmin, writer: Writer, seen: Operated) -> None:
        """Listen to Infobip for as long as the process lives, where a job has it call."""
        if is_served(self._webhooks, self._jobs):
            await serve(self._configuration, topics, writer, seen)
        await asyncio.Event().wait()

    def _life(self, job: AnyJob, writer: Writer, topics: TopicAdmin, living: Living, seen: Operated) -> Life:
        scopes = scopes_of(job, self._webhooks)
        reporter = StateReporter(job.name, self._names.job_states, writer, scopes, self._kafka.instance_id)
        self._reporters[job.name] = reporter
        context = JobContext(
            kafka=self._kafka,
            settings=self._settings,
            names=self._names,
            topics=topics,
            writer=writer,
            account=None if (name := authorization_of(job)) is None else self._clients[name],
            reporter=reporter,
            stopping=self._stopping,
            progress=self._progress,
            webhooks=self._webhooks,
            history=self._configuration.history,
            triggers=triggers_of(self._configuration.jobs),
            jobs=self._configuration.jobs,
            observer=seen.job(job.name, job.kind, reporter),
            reports=seen.reports,
            one_at_a_time=self._one_at_a_time,
            pauses=self._pauses,
        )
        return Life(job, context, partial(_prepare, job, context), living)

    def _tell_of_pause(self, job: str) -> None:
        """Have `status` and the log say that a job of this process is paused, or not any more."""
        if job not in self._reporters:
            return
        switch = self._pauses.of(job)
        if switch.paused and switch.command is not None:
            log.info("job_paused job=%s at=%s", job, f"{switch.command.at:%Y-%m-%d %H:%M:%S}Z")
            self._reporters[job].set_pause(in_words_of(switch.command))
        else:
            log.info("job_resumed job=%s", job)
            self._reporters[job].set_pause("")

    def _tell(self, authorization: str) -> Callable[[ClientState], None]:
        def tell(state: ClientState) -> None:
            for job in self._jobs:
                if authorization_of(job) == authorization and job.name in self._reporters:
                    self._reporters[job.name].on_client_state(state)

        return tell


async def _prepare(job: AnyJob, context: JobContext) -> Run:
    """See to what must be there before a job works. Raises NotAllowed where the brokers do not let it."""
    address = "" if context.account is None else context.account.address
    await see_what_is_allowed(job.name, context.kafka, needs_of(job, context.kafka, context.webhooks, address))
    return await kind_of(job).prepare(job, context)


def collect_seldom() -> None:
    """Look for garbage cycles less often.

    Windows hold thousands of objects that no cycle keeps alive; looking among them as often as Python does by default
    costs a third of the time of a full stream.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
