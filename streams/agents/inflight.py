"""Windows in flight: many at once, except those that share a profile, which follow each other."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Coroutine, Generator, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, TypeVar

from streams.calls.call import Call, Reply
from streams.calls.pacing import Perform
from streams.calls.waiting import Wait, tell
from streams.pipeline.offsets import Partition, Room

T = TypeVar("T")

#: Of small windows, such as messages that are sent one by one: less than there are connections, and no more than can be
#: looked into after a kill.
WINDOWS_MAX = 64
#: From an answer to the next call of its window a loop goes round about as often.
TURNS = 8


@dataclass(slots=True, eq=False)
class InflightWindow:
    """One window on its way. It is on the wire once a call of it was sent.

    One that stands aside has landed but for single profiles that Infobip chokes on, or that are another's who does so;
    its keys are theirs. It has passed when others may go that share none of them.
    """

    keys: AbstractSet[str]
    earlier: set["InflightWindow"]
    partitions: Collection[Partition] = ()
    on_wire: bool = False
    calls: Counter[str] = field(default_factory=Counter)
    #: By operation, and then by HTTP status.
    answers: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    retries: int = 0
    task: "asyncio.Task[None] | None" = None
    aside: bool = False
    passed: asyncio.Event = field(default_factory=asyncio.Event)
    #: What the window itself waits for, and what each call of it does that is under way.
    _wait: Wait = field(default_factory=Wait)
    _under_way: dict["asyncio.Task[Reply]", Wait] = field(default_factory=dict)

    async def run(self, work: Callable[["InflightWindow"], Awaitable[None]]) -> None:
        """Do the work, and have it told what it waits for."""
        tell(self._wait)
        await work(self)

    @property
    def waits(self) -> bool:
        """Whether it is known what the window waits for: it, each of its calls, or those that it must come behind."""
        if self._under_way:
            return all(wait.reason for task, wait in self._under_way.items() if not task.done())
        if self.earlier and not self._wait.reason:
            return all(window.waits for window in self.earlier if window.flying)
        return bool(self._wait.reason)

    @property
    def flying(self) -> bool:
        """Whether it has not landed yet."""
        return self.task is not None and not self.task.done()

    async def wait_for_turn(self) -> AbstractSet[str]:
        """Return once every earlier window that shares a profile has landed or stands aside; the keys that do."""
        for window in self.earlier:
            await window.passed.wait()
        self._heed(self.earlier)
        self.earlier = {window for window in self.earlier if window.flying and not self.keys.isdisjoint(window.keys)}
        return set().union(*(self.keys & window.keys for window in self.earlier))

    async def wait_for_others(self) -> None:
        """Return once the windows have landed, too, that stood aside when it was this one's turn."""
        if tasks := [window.task for window in self.earlier if window.task is not None]:
            await asyncio.wait(tasks)
        self._heed(self.earlier)
        self.earlier = set()

    def _heed(self, windows: Iterable["InflightWindow"]) -> None:
        landed = [window.task for window in windows if window.task is not None and window.task.done()]
        if any(task.cancelled() or task.exception() is not None for task in landed):
            # What came before did not take effect, so this must not either: both are read again, in order.
            raise asyncio.CancelledError

    async def converse(self, dialogue: Generator[list[Call], list[Reply], T], perform: Perform) -> T:
        """Perform each call the dialogue yields, send it the replies, and return what it returns."""
        try:
            calls = next(dialogue)
            while True:
                replies = await self._perform(calls, perform)
                for call, reply in zip(calls, replies, strict=True):
                    if call.operation.path:  # else it went nowhere but to this machine
                        self.calls[call.operation.name] += 1
                        self.answers[call.operation.name].update(reply.answers)
                    self.retries += reply.retries
                calls = dialogue.send(replies)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _perform(self, calls: list[Call], perform: Perform) -> list[Reply]:
        self._under_way = {}
        for call in calls:
            wait = Wait()
            self._under_way[asyncio.create_task(self._call(call, perform, wait))] = wait
        try:
            return await asyncio.gather(*self._under_way)
        finally:
            for task in self._under_way:  # when one has failed, the others must not go on behind our back
                task.cancel()
            self._under_way = {}

    async def _call(self, call: Call, perform: Perform, wait: Wait) -> Reply:
        tell(wait)
        return await perform(call, self._sent)

    def _sent(self) -> None:
        self.on_wire = True


async def let_go_first() -> None:
    """Let the calls go out that windows in flight are about to make, and those that they make of answers.

    To make a window ready takes the loop several milliseconds in a row, and a backlog has many to make ready.
    """
    for _ in range(TURNS):
        await asyncio.sleep(0)


class Inflight:
    """The windows in flight; with those that have landed and are not committed yet, the events of `limit` full ones.

    So no more than the events of `limit` windows are sent again after a crash, however long one of them may keep the
    others waiting. Of small windows there are more, up to `WINDOWS_MAX`. A full one holds `window_events` events.
    """

    def __init__(self, limit: int, window_events: int) -> None:
        self._window_events = window_events
        #: How many more windows there may be, and for how many events there is room.
        self._windows, self._room = max(limit, WINDOWS_MAX), limit * window_events
        self._freed = asyncio.Event()
        #: In the order in which they began.
        self._flying: dict[InflightWindow, None] = {}
        #: The first exception of any window; a window never fails for a reason that repeating would mend.
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def acquire_slot(self) -> None:
        """Wait for the room of a full window; whoever takes it gives it back as its events are committed, or not."""
        while self.full:
            self._freed.clear()
            await self._freed.wait()
        self._windows, self._room = self._windows - 1, self._room - self._window_events

    def release_slot(self) -> None:
        """Give the room of a full window to others."""
        self.release(Room(1, self._window_events))

    def release_rest(self, events: int) -> None:
        """Give to others what a window does not need of the room of a full one that takes that of so many events."""
        self.release(Room(0, self._window_events - events))

    def release(self, room: Room) -> None:
        """Give room to others."""
        self._windows, self._room = self._windows + room.windows, self._room + room.events
        self._freed.set()

    @property
    def count(self) -> int:
        """How many there are, also of those that stand aside."""
        return len(self._flying)

    @property
    def full(self) -> bool:
        """Whether there is no room for one more."""
        return self._windows < 1 or self._room < self._window_events

    def start(
        self,
        keys: AbstractSet[str],
        work: Callable[[InflightWindow], Coroutine[Any, Any, None]],
        partitions: Collection[Partition] = (),
    ) -> "asyncio.Task[None]":
        """Start a window in a slot waited for before; its task."""
        # There are few at once, and sets are compared faster than an index of all keys is kept.
        earlier = {other for other in self._flying if not keys.isdisjoint(other.keys)}
        window = InflightWindow(keys, earlier, partitions)
        window.task = task = asyncio.create_task(window.run(work))
        self._flying[window] = None
        task.add_done_callback(lambda done: self._landed(window, done))
        return task

    def stand_aside(self, window: InflightWindow, keys: AbstractSet[str]) -> None:
        """Note that all of a window is done but what these keys are about."""
        window.keys, window.aside = keys, True
        window.passed.set()

    async def drain(self, *, only_on_wire: bool, seconds: float) -> None:
        """Let windows come down for so long; then, and at once where not on the wire, call them off."""
        # Those that stand aside may take long, and are read again.
        awaited = [one for one in self._flying if not one.aside and (one.on_wire or not only_on_wire)]
        self._call_off([window for window in self._flying if window not in awaited])
        tasks = [window.task for window in awaited if window.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        while self._flying:
            self._call_off(self._flying)
            await asyncio.wait([window.task for window in self._flying if window.task is not None])
            await asyncio.sleep(0)

    @property
    def flying(self) -> bool:
        """Whether any window is in flight, and does not stand aside."""
        return any(not window.aside for window in self._flying)

    def waits(self, partition: Partition) -> bool | None:
        """Whether it is known what the first window of a partition waits for; None where nothing of it is in flight.

        It is the first that keeps the partition's offset where it is.
        """
        return next((window.waits for window in self._flying if partition in window.partitions), None)

    @property
    def any_waits(self) -> bool:
        """Whether it is known of some window what it waits for."""
        return any(window.waits for window in self._flying)

    @property
    def any_waits_for_turn(self) -> bool:
        """Whether one that needs to come behind no other has sent nothing yet."""
        return any(
            not one.on_wire and not one.aside and all(other.passed.is_set() for other in one.earlier)
            for one in self._flying
        )

    @property
    def queued(self) -> int:
        """How many of them have not sent anything yet."""
        return sum(not window.on_wire and not window.aside for window in self._flying)

    def _call_off(self, windows: Iterable[InflightWindow]) -> None:
        for window in windows:
            if window.task is not None:
                window.task.cancel()

    def _landed(self, window: InflightWindow, task: "asyncio.Task[None]") -> None:
        self._flying.pop(window, None)
        window.passed.set()
        if not task.cancelled() and (error := task.exception()) is not None and not self.failure.done():
            self.failure.set_exception(error)
