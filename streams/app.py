"""The one place where everything meets: configuration, clients, agents, Faust apps; and the running of jobs."""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

from confluent_kafka import KafkaException

from schemas.jobs import AttributeType, Authorization, Configuration, ExportAudience
from schemas.states import StateKind
from streams.agents import start
from streams.agents.consume import Consuming
from streams.agents.held import Held
from streams.agents.kafka import Topics, client_settings
from streams.agents.membership import MembershipAgent
from streams.agents.report import Reporter, backfill_records
from streams.agents.topics import TopicNames, create_missing, missing_inputs
from streams.agents.write import Writer
from streams.errors import ConfigurationError, JobFailed, StreamsError, Unreachable
from streams.infobip import account
from streams.infobip.client import Client, ClientState
from streams.jobs.export_audience import Attributes, Exporter, attribute_faults, missing_attributes

log = logging.getLogger(__name__)

T = TypeVar("T")

WAIT_SECONDS = 2.0
#: Allocations before a search among the youngest objects, and searches before one among the older.
COLLECT_AFTER = (100_000, 20, 100)
NOTICE_EVERY = 15
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
        writer = Writer(self._settings)
        topics = Topics(self._kafka)
        try:
            await self._unless_stopped(self._wait_for_brokers(topics))
            for name in {job.authorization for job in self._jobs}:
                self._clients[name] = client_of(self._authorizations[name], self._tell(name))
            ended = await asyncio.gather(*(self._run_job(job, writer, topics) for job in self._jobs))
            return 0 if all(ended) else 1
        except _Stopped:
            return 0
        finally:
            for client in self._clients.values():
                await client.aclose()
            await writer.aclose()

    async def _run_job(self, job: ExportAudience, writer: Writer, topics: Topics) -> bool:
        """One job from its start to its end; whether it ended well. What stops it does not stop the others."""
        reporter = self._reporters[job.name] = Reporter(job.name, self._names.job_states, writer)
        client = self._clients[job.authorization]
        telling: asyncio.Task[None] | None = None
        try:
            await self._unless_stopped(self._wait_for_topics(job, topics))
            await asyncio.to_thread(create_missing, job, self._kafka, topics)
            telling = asyncio.create_task(reporter.run())
            await self._unless_stopped(wait_for_account(client, job))
            exporter = Exporter(job, await self._unless_stopped(prepare_account(client, job)))
            await self._commit_start(job, topics, writer)
            await self._consume(job, exporter, client, writer, topics, reporter, telling)
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
        consuming = Consuming(job, self._kafka)
        held = Held(self._names.memberships(job.name), self._settings) if job.shares_tags else None
        agent = MembershipAgent(job, exporter, client.perform, writer, consuming.commit, self._names, held)
        existing = await asyncio.to_thread(topics.partitions)
        total = sum(existing[topic] for topic in job.topics)

        def assigned(partitions: int) -> None:
            log.info("partitions_assigned job=%s partitions=%d of=%d", job.name, partitions, total)
            client.set_share(job.name, partitions, max(total, partitions))
            reporter.own(partitions)

        consuming.attach(agent, assigned)
        reporter.say(STATES[client.state.kind], client.state.detail)
        tasks = [asyncio.create_task(work) for work in (consuming.run(), agent.run(), self._stopping.wait())]
        try:
            ended, _ = await asyncio.wait([*tasks, telling], return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
            await agent.stop()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await consuming.app.stop()

    async def _commit_start(self, job: ExportAudience, topics: Topics, writer: Writer) -> None:
        partitions = await asyncio.to_thread(topics.partitions)
        standing = await asyncio.to_thread(start.places, job, self._settings, partitions)
        start.warn_of_expired(job, standing)
        if starts := start.first_positions(job, standing, datetime.now(UTC)):
            await writer.write(backfill_records(self._names.job_states, starts))
            await asyncio.to_thread(start.commit_first_positions, job, self._settings, starts)

    async def _wait_for_brokers(self, topics: Topics) -> None:
        tries = 0
        while True:
            try:
                await asyncio.to_thread(topics.partitions)
            except KafkaException as error:
                if tries % NOTICE_EVERY == 0:
                    brokers = ",".join(self._kafka.brokers)
                    reason = topics.complaint or error.args[0].str()
                    log.warning("brokers_awaited brokers=%s reason=%s", brokers, reason)
                tries += 1
                await asyncio.sleep(WAIT_SECONDS)
            else:
                return

    async def _wait_for_topics(self, job: ExportAudience, topics: Topics) -> None:
        tries = 0
        while missing := missing_inputs(job, await asyncio.to_thread(topics.partitions)):
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


def client_of(authorization: Authorization, on_state: Callable[[ClientState], None] | None = None) -> Client:
    """The client of an authorization."""
    return Client(
        authorization.name,
        authorization.base_url,
        authorization.api_key.get_secret_value(),
        limits=dict(authorization.limits),
        on_state=on_state,
    )


async def wait_for_account(client: Client, job: ExportAudience) -> None:
    """Return once Infobip answers and takes the key; a refused key is an error, an outage is waited for."""
    tries = 0
    while True:
        try:
            await account.check(client)
        except Unreachable as error:
            if tries % NOTICE_EVERY == 0:
                log.warning("infobip_awaited job=%s reason=%s", job.name, error)
            tries += 1
            await asyncio.sleep(WAIT_SECONDS)
        else:
            return


async def prepare_account(client: Client, job: ExportAudience) -> Attributes:
    """See to it that the attributes and tags of a job exist; what the account says of its attributes.

    Raises:
        JobFailed: the job maps to an attribute of another type, or to one that is missing and may not be created.

    """
    known = await known_attributes(client, job, wait=True)
    if faults := attribute_faults(job, known.types):
        raise JobFailed(f"job '{job.name}': {'; '.join(faults)}")
    missing = missing_attributes(job, known.types)
    for name, kind in missing.items():
        await account.create_attribute(client, name, kind, wait=True)
    for tag in job.tags:
        await account.ensure_tag(client, tag, wait=True)
    return Attributes({**known.types, **missing}, known.object_schemas)


async def known_attributes(client: Client, job: ExportAudience, *, wait: bool) -> Attributes:
    """The account's attributes; not asked for by a job that maps no fields."""
    if not job.map_fields:
        return Attributes()
    found = await account.read_attributes(client, wait=wait)
    return Attributes(
        _typed({name: attribute.data_type for name, attribute in found.items()}),
        {name: _typed(attribute.object_schema) for name, attribute in found.items() if attribute.object_schema},
    )


def _typed(said: Mapping[str, str]) -> dict[str, AttributeType]:
    """Keep the types we know how to convert to."""
    known: tuple[AttributeType, ...] = get_args(AttributeType)
    return {name: kind for name, text in said.items() for kind in known if kind == text}


async def job_faults(client: Client, job: ExportAudience) -> list[str]:
    """What an account lacks for a job; a missing tag is no fault, because the job creates it."""
    return attribute_faults(job, (await known_attributes(client, job, wait=False)).types)


def jobs_named(configuration: Configuration, names: list[str]) -> list[ExportAudience]:
    """The jobs of these names, all of them without names."""
    known = {job.name: job for job in configuration.jobs}
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError([f"no job is called '{name}' (there are: {', '.join(known)})" for name in unknown])
    return [known[name] for name in names] or list(known.values())
