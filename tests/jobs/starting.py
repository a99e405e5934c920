"""A job begun as its process begins it, between an Infobip and brokers that remember, up to its first event."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from schemas.config.kafka import KafkaSettings
from schemas.jobs import AnyJob
from schemas.records.states import JobState
from streams.agents.context import JobContext, Unwatched
from streams.agents.run import EventRun, OwnRun, Run
from streams.agents.state_reporter import StateReporter
from streams.app.lifecycle import Life, Living
from streams.calls.call import Call
from streams.jobs.shelf import kind_of, scopes_of
from streams.kafka.topics import TopicNames
from tests.fakes.brokers import Brokers, in_place_of_kafka
from tests.fakes.clock import play
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step

Story = Callable[["Start"], Coroutine[Any, Any, None]]


class Start:
    """A job on its way to its first event; what it asks of Infobip stands in the brokers' diary, too."""

    def __init__(self, job: AnyJob, infobip: Infobip, brokers: Brokers) -> None:
        self.job, self.infobip, self.brokers = job, infobip, brokers
        self.stopping = asyncio.Event()
        self.runs: list[Run] = []
        self._meets, infobip.meets = infobip.meets, self._noted
        us: Any = brokers
        reporter = StateReporter(job.name, "infobip_job_states", us, scopes_of(job), "worker-1")
        self.context = JobContext(
            kafka=KafkaSettings(brokers=["kafka:9092"]),
            settings={},
            names=TopicNames(),
            topics=us,
            writer=us,
            account=infobip.connect(on_state=reporter.on_client_state),
            reporter=reporter,
            stopping=self.stopping,
            progress=Unwatched,
            webhooks=None,
        )

    def _noted(self, call: Call) -> Step | None:
        self.brokers.diary.append(str(call.operation))
        return self._meets(call)

    @property
    def states(self) -> list[tuple[str, str]]:
        """What the job told of itself, each word once."""
        told = [
            JobState.model_validate_json(record.value)
            for record in self.brokers.of("infobip_job_states")
            if record.key == f"{self.job.name}/worker-1".encode() and record.value is not None
        ]
        return list(dict.fromkeys((one.state, one.detail) for one in told))

    @property
    def run(self) -> EventRun:
        """What was prepared, of a job that reads events."""
        (run,) = self.runs
        assert isinstance(run, EventRun)
        return run

    async def prepare(self) -> Run:
        """Prepare the job; one that reads events then waits for the end, for there is nobody who reads."""
        self.runs.append(run := await kind_of(self.job).prepare(self.job, self.context))
        return run if isinstance(run, OwnRun) else OwnRun(work=self._until_stopped)

    async def live(self) -> bool:
        """Live as a job of a process of its own; whether it ended well."""
        return await Life(self.job, self.context, self.prepare, Living()).run()

    async def _until_stopped(self) -> None:
        await self.stopping.wait()


def started(job: AnyJob, infobip: Infobip, story: Story, brokers: Brokers | None = None) -> Start:
    """Tell a story of a start, in a time that passes at once."""

    async def tell() -> Start:
        start = Start(job, infobip, there)
        await story(start)
        await start.context.client.aclose()
        return start

    there, meets = brokers or Brokers(), infobip.meets
    with in_place_of_kafka(there):
        try:
            return play(tell())
        finally:
            infobip.meets = meets


async def prepared(start: Start) -> None:
    """Prepare, and no more."""
    await start.prepare()


async def lived(start: Start) -> None:
    """Live until it is stopped a minute later."""
    asyncio.get_running_loop().call_later(60, start.stopping.set)
    assert await start.live()
