"""A membership agent, between an Infobip and a broker that answer when the test says so."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.jobs.export_audience import ExportAudience
from streams.agents.membership import MembershipAgent
from streams.calls.call import Call, Reply
from streams.jobs.export_audience.fast.exporter import FastExporter
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.kafka.producer import OutgoingRecord
from streams.kafka.topics import TopicNames
from streams.observer import UNOBSERVED, Unobserved
from streams.pipeline.offsets import Partition
from tests.fakes.infobip import Infobip
from tests.making import FakeRecord, event, export_job


class Watched(Unobserved):
    """Whoever is told of the work; it remembers in which order, among the world's other events."""

    def __init__(self, events: list[str]) -> None:
        self.events = events
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.flying: list[int] = []

    def settled(self, outcomes: Iterable[tuple[str, int]], seconds: float) -> None:
        assert 0 <= seconds < 60
        self.outcomes.update(dict(outcomes))
        self.events.append("settled")

    def buried(self, reasons: Iterable[str]) -> None:
        self.reasons.update(reasons)

    def committed(self) -> None:
        self.events.append("committed")

    def in_flight(self, windows: int) -> None:
        self.flying.append(windows)


PLACE: Partition = ("memberships", 0)


@dataclass
class World:
    """An agent between an Infobip that may be held, and a broker that remembers."""

    job: ExportAudience
    infobip: Infobip = field(default_factory=Infobip)
    written: list[OutgoingRecord] = field(default_factory=list)
    commits: list[dict[Partition, int]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    watched: Watched | None = None

    @property
    def calls(self) -> list[Call]:
        return self.infobip.calls

    def agent(self, **options: Any) -> MembershipAgent:
        writer: Any = self
        exporter = FastExporter(Exporter(self.job, Attributes()))
        return MembershipAgent(
            self.job,
            exporter,
            perform=self.perform,
            writer=writer,
            commit=self.commit,
            names=TopicNames(),
            decode=exporter.decode,
            observer=self.watched or UNOBSERVED,
            **options,
        )

    async def perform(self, call: Call, sent: Callable[[], None]) -> Reply:
        def gone() -> None:
            sent()
            self.events.append(call.operation.name)

        return await self.infobip.perform(call, gone)

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        self.written += records
        self.events.append("write")

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        self.commits.append(dict(offsets))
        self.events.append("commit")

    def hold(self, text: str) -> asyncio.Event:
        return self.infobip.gate(text)


def records(*who: str, first: int = 0) -> list[FakeRecord]:
    return [FakeRecord(event(one), offset) for offset, one in enumerate(who, start=first)]


def ours() -> bool:
    return True


def play(scene: Callable[[World, MembershipAgent], Awaitable[None]], **changes: Any) -> World:
    """Run an agent, of a job with these changes, through a scene."""
    return play_in(World(export_job(audiences=["vip"], **changes)), scene)


def play_in(world: World, scene: Callable[[World, MembershipAgent], Awaitable[None]], **options: Any) -> World:
    """Run an agent with these options through a scene."""

    async def run() -> None:
        agent = world.agent(**options)
        await agent.assigned([PLACE])
        running = asyncio.create_task(agent.run())
        try:
            await scene(world, agent)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())
    return world


SMALL = {"flush": {"max_events": 2, "max_seconds": 3600}}
