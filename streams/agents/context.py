"""What a job stands on while it runs: brokers, Infobip, and the word of whoever may stop it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from schemas.config.history import History
from schemas.config.kafka import KafkaSettings
from schemas.config.webhooks import Webhooks
from schemas.jobs import AnyJob
from streams.agents.pauses import Pauses
from streams.agents.state_reporter import StateReporter
from streams.infobip.client import Client
from streams.kafka.admin import TopicAdmin
from streams.kafka.producer import Writer
from streams.kafka.topics import TopicNames
from streams.observer import UNOBSERVED, JobObserver, ReportObserver
from streams.receiver.triggers import Trigger

T = TypeVar("T")


class Stopped(Exception):
    """The process was told to stop before the work was done."""


class Progress(Protocol):
    """Whoever watches a run. Called from the loop's thread, so it must not block."""

    def moved(self, done: int, expected: int | None) -> None:
        """So many people have been read, of so many if that is known."""

    def ended(self) -> None:
        """The run is over, or goes on elsewhere."""


class Unwatched:
    """Shows nobody anything."""

    def __init__(self, job: str) -> None:
        """Take a job's name, as those do that show it."""

    def moved(self, done: int, expected: int | None) -> None:
        """Show nothing."""

    def ended(self) -> None:
        """Leave nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """One job's share of its process; `settings` are those of confluent-kafka clients, `progress` shows a job's."""

    kafka: KafkaSettings
    settings: dict[str, Any]
    names: TopicNames
    topics: TopicAdmin
    writer: Writer
    #: The account that the job works with; None where its kind works with none.
    account: Client | None
    reporter: StateReporter
    stopping: asyncio.Event
    progress: Callable[[str], Progress]
    webhooks: Webhooks | None
    #: The database that messages are kept in, where the file has one.
    history: History | None = None
    #: Which inbound messages the jobs of the whole file ask for: one account's inbox holds those of all.
    triggers: Sequence[Trigger] = ()
    #: The jobs of the whole file, also those that run elsewhere.
    jobs: Sequence[AnyJob] = ()
    #: Who is told of the job's work, and of what Infobip tells.
    observer: JobObserver = UNOBSERVED
    reports: ReportObserver = UNOBSERVED
    #: Topics that were not there when the process began: all their events came later.
    awaited: set[str] = field(default_factory=set)
    #: Held by whoever works beside events for long: of those of a process one does.
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: Which jobs somebody has paused.
    pauses: Pauses = field(default_factory=Pauses)

    @property
    def client(self) -> Client:
        """The job's account, of kinds that work with one."""
        if self.account is None:
            raise TypeError("this kind of job works with no account")
        return self.account

    async def or_stopped(self, work: Awaitable[T]) -> T:
        """What the work returns; raises Stopped when the process is told to stop before."""
        task, stop = asyncio.ensure_future(work), asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Stopped
        finally:
            task.cancel()
            stop.cancel()
            # Its end is waited for: what it still has to say comes before the last word of whoever goes on.
            await asyncio.gather(task, stop, return_exceptions=True)

    def tell(self) -> None:
        """Say how the job fares with Infobip; one that works without it runs."""
        if self.account is None:
            self.reporter.set_state("running")
        else:
            self.reporter.on_client_state(self.account.state)
