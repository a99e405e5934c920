"""Brokers that remember, and processes that send as fast as they may."""

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from schemas.operations import OPERATIONS
from streams.calls.call import Call, Reply
from streams.calls.pacing import Pacing
from streams.calls.waiting import Wait, tell
from streams.jobs.send_message.rate_limit import SendRateLimiter
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.offsets import Partition
from tests.fakes import clock
from tests.fakes.clock import now
from tests.fakes.infobip import Infobip

T = TypeVar("T")

TOPIC = "infobip_speed_orders"
#: Some day in 2026, and no round number.
EPOCH = 1_790_000_123.4


def play(story: Coroutine[Any, Any, T], naps: float = 1.0) -> T:
    """Run a story in which what is read is what the fake brokers remember, and in no thread: that takes real time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.jobs.send_message.rate_limit.read_topic", read_topic)
        patch.setattr("streams.jobs.send_message.rate_limit.read_in_thread", read_in_thread)
        patch.setattr("streams.jobs.send_message.rate_limit.NAP_SECONDS", naps)
        return clock.play(story)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is read back."""

    written: OutgoingRecord

    def key(self) -> bytes | None:
        return self.written.key

    def value(self) -> bytes | None:
        return self.written.value


class Brokers:
    """What is written is there once it is acknowledged, in order."""

    def __init__(self, *partitions: Partition) -> None:
        self.partitions = list(partitions)
        self.records: list[OutgoingRecord] = []
        self.write_seconds = 0.005
        self.there = asyncio.Event()
        self.there.set()

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        batch = list(records)
        await self.there.wait()
        await asyncio.sleep(self.write_seconds)
        self.records += batch


def read_topic(settings: dict[str, Any], topic: str, _: Collection[int], __: Callable[[], bool]) -> Iterator[Record]:
    assert topic == TOPIC
    yield from map(Record, settings["brokers"].records)


async def read_in_thread(read: Callable[[Callable[[], bool]], T]) -> T:
    await asyncio.sleep(0.05)
    return read(lambda: True)


class World:
    """A job's input, its speed, and what Infobip was sent by all of its processes: when, and how many."""

    def __init__(self, per_second: float, partitions: int = 1) -> None:
        self.per_second = per_second
        self.partitions: list[Partition] = [("memberships", number) for number in range(partitions)]
        self.brokers, self.infobip = Brokers(*self.partitions), Infobip()
        self.sent: list[tuple[float, int, str]] = []

    def process(self, name: str = "one", *, ahead: float = 0.0) -> "Process":
        """A process whose wall clock is ahead of the true time."""
        return Process(self, name, ahead)

    @property
    def times(self) -> list[float]:
        """When each message was sent."""
        return [at for at, messages, _ in self.sent for _ in range(messages)]

    def most_within(self, seconds: float) -> int:
        return most_within(self.times, seconds)


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most of them in any window of so many seconds, without its end."""
    # What is reckoned in Unix seconds is off by a microsecond.
    return max((bisect_left(times, at + seconds - 1e-5) - index for index, at in enumerate(times)), default=0)


class Process:
    """One process of the job; it may be killed at any moment, and forgets everything."""

    def __init__(self, world: World, name: str, ahead: float) -> None:
        self._world, self.name, self.ahead = world, name, ahead
        settings = {"brokers": world.brokers}
        self.speed = SendRateLimiter(
            "orders",
            TOPIC,
            world.per_second,
            settings,
            lambda: world.brokers.partitions,
            clock=now,
            wall_clock=lambda: EPOCH + now() + self.ahead,
        )
        self._perform = self.speed.paced(self._at_once, world.brokers)
        self.tasks: set[asyncio.Task[Any]] = set()
        self._waits: list[Wait] = []

    async def _at_once(self, call: Call, sent: Callable[[], None], pace: Pacing) -> Reply:
        reply = await self._world.infobip.perform(call, sent, pace)
        self._world.sent.append((now(), call.items, self.name))
        return reply

    async def send(self, messages: int = 1, operation: str = "send_sms") -> None:
        """Send some messages in one call."""
        await self._perform(Call(OPERATIONS[operation], path="/sms/3/messages", items=messages), lambda: None)

    def soon(self, messages: int = 1) -> asyncio.Task[None]:
        """Send some messages in one call, some time."""
        self._waits.append(wait := Wait())

        async def send() -> None:
            tell(wait)
            await self.send(messages)

        task = asyncio.create_task(send())
        self.tasks.add(task)
        return task

    @property
    def waits(self) -> bool:
        """Whether messages are known to wait, or stand in the way of others."""
        return any(wait.reason for wait in self._waits) or self.speed._line.locked()

    def work(self, messages: int = 1) -> None:
        """Send one call after another, without end, as whoever has a backlog."""

        async def work() -> None:
            while True:
                await self.send(messages)

        self.tasks |= {asyncio.create_task(work()) for _ in range(2)}

    async def end(self) -> None:
        """It is killed: what it was about to do does not happen."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()
