"""Windows in the air: many at once, except those that share a profile, which follow each other."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from streams.calls import Call, Reply

T = TypeVar("T")
Perform = Callable[[Call, Callable[[], None]], Awaitable[Reply]]


@dataclass(slots=True, eq=False)
class Flight:
    """One window on its way. It is on the wire once a call of it was sent."""

    keys: set[str]
    earlier: set["asyncio.Task[None]"]
    on_wire: bool = False
    calls: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    task: "asyncio.Task[None] | None" = None

    async def wait_for_turn(self) -> None:
        """Return once every earlier window that shares a profile has landed."""
        if self.earlier:
            done, _ = await asyncio.wait(self.earlier)
            self.earlier.clear()
            if any(task.cancelled() or task.exception() is not None for task in done):
                # What came before did not take effect, so this must not either: both are read again, in order.
                raise asyncio.CancelledError

    async def converse(self, dialogue: Generator[list[Call], list[Reply], T], perform: Perform) -> T:
        """Perform each call the dialogue yields, send it the replies, and return what it returns."""
        try:
            calls = next(dialogue)
            while True:
                replies = await self._perform(calls, perform)
                for call, reply in zip(calls, replies, strict=True):
                    self.calls[call.operation] += 1
                    self.retries += reply.retries
                calls = dialogue.send(replies)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _perform(self, calls: list[Call], perform: Perform) -> list[Reply]:
        tasks = [asyncio.ensure_future(perform(call, self._sent)) for call in calls]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:  # when one has failed, the others must not go on behind our back
                task.cancel()

    def _sent(self) -> None:
        self.on_wire = True


class Flights:
    """The windows in the air; with those that have landed and are not committed yet, at most `limit`.

    So no more than `limit` windows are sent again after a crash, however long one of them may keep the others waiting.
    """

    def __init__(self, limit: int) -> None:
        self._places = asyncio.Semaphore(limit)
        self._latest: dict[str, asyncio.Task[None]] = {}
        self._flying: set[Flight] = set()
        #: The first exception of any flight; a flight never fails for a reason that repeating would mend.
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def place(self) -> None:
        """Wait for a place; whoever takes it gives it back when the window is committed, or will not be."""
        await self._places.acquire()

    def give_back(self, places: int = 1) -> None:
        """Give places to others."""
        for _ in range(places):
            self._places.release()

    @property
    def full(self) -> bool:
        """Whether all places are taken."""
        return self._places.locked()

    def launch(self, keys: set[str], fly: Callable[[Flight], Coroutine[Any, Any, None]]) -> "asyncio.Task[None]":
        """Start a flight in a place waited for before; its task."""
        latest = self._latest
        flight = Flight(keys, {latest[key] for key in keys & latest.keys()})
        flight.task = task = asyncio.create_task(fly(flight))
        for key in keys:
            latest[key] = task
        self._flying.add(flight)
        task.add_done_callback(lambda done: self._landed(flight, done))
        return task

    async def land(self, *, only_on_wire: bool, seconds: float) -> None:
        """Let flights come down for so long; then, and at once where not on the wire, call them off."""
        awaited = [flight for flight in self._flying if flight.on_wire or not only_on_wire]
        self._call_off(flight for flight in self._flying if flight not in awaited)
        tasks = [flight.task for flight in awaited if flight.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        while self._flying:
            self._call_off(self._flying)
            await asyncio.wait([flight.task for flight in self._flying if flight.task is not None])
            await asyncio.sleep(0)

    @property
    def flying(self) -> bool:
        """Whether any window is in the air."""
        return bool(self._flying)

    @property
    def queued(self) -> int:
        """How many of them have not sent anything yet."""
        return sum(not flight.on_wire for flight in self._flying)

    def _call_off(self, flights: Iterable[Flight]) -> None:
        for flight in flights:
            if flight.task is not None:
                flight.task.cancel()

    def _landed(self, flight: Flight, task: "asyncio.Task[None]") -> None:
        self._flying.discard(flight)
        for key in flight.keys:
            if self._latest.get(key) is task:
                del self._latest[key]
        if not task.cancelled() and (error := task.exception()) is not None and not self.failure.done():
            self.failure.set_exception(error)
