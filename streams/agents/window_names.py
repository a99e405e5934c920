"""The names that windows are given, and the notes beside the cursor that say which of them may be in flight.

A window is launched only once the brokers have acknowledged a note that covers it: to each of its partitions one that
allows for its number and its last offset. Notes allow for some windows to come, and every commit brings a new one, so
that hardly any window waits.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import NamedTuple

from streams.agents.inflight import InflightWindow
from streams.calls.pacing import Perform
from streams.pipeline.look_back import LookBack
from streams.pipeline.offsets import Partition
from streams.pipeline.trails import Cursor, Trail, beyond, left_of, name_of, write_note

#: How many windows a note allows for beyond those that were launched, of whichever partitions; as many names can be
#: asked for in one question. And how many offsets beyond those that were read.
WINDOWS_AHEAD, OFFSETS_AHEAD = 64, 1000

#: Commits offsets, each with a note; whether that was done. Of a partition without an offset the last one again.
Keep = Callable[[Mapping[Partition, int], Mapping[Partition, str]], Awaitable[bool]]


class _Launched(NamedTuple):
    """A window that was launched, by its number and its last offset of a partition."""

    number: int
    last: int


class WindowNames:
    """The windows of one agent, by name; `run` is what no other agent's windows are called.

    `cursors` are those with which the partitions were assigned that are this process's now.
    """

    def __init__(self, run: str, keep: Keep, cursors: Callable[[], Mapping[Partition, Cursor]]) -> None:
        self._run, self._keep, self._cursors = run, keep, cursors
        self._next = 0
        self._offsets: dict[Partition, int] = {}
        #: What was left by whoever read before, or by this agent before its partitions were shared out again.
        self._left: dict[Partition, list[Trail]] = {}
        #: Of each partition the windows that are not committed, in their order.
        self._launched: dict[Partition, deque[_Launched]] = {}
        #: What the brokers have acknowledged; and below which offsets notes allow for windows that are on their way.
        self._covered: dict[Partition, Trail] = {}
        self._below: dict[Partition, int] = {}

    def begin(self, partitions: Collection[Partition], unread: Collection[Partition]) -> dict[Partition, list[Trail]]:
        """Take over partitions, and let go of all others; what may have been done of each beyond its cursor.

        Of those that are `unread` nobody has done anything.
        """
        known = self._cursors()
        cursors = {key: known[key] for key in partitions}
        self._offsets = {key: cursor.offset for key, cursor in cursors.items()}
        self._left = {key: [] if key in unread else left_of(cursor) for key, cursor in cursors.items()}
        self._launched, self._covered, self._below = {key: deque() for key in cursors}, {}, {}
        return dict(self._left)

    def launch(self, ranges: Mapping[Partition, tuple[int, int]]) -> str:
        """The name of a window that is launched now, and is covered; by its first and last offset of each partition."""
        number, self._next = self._next, self._next + 1
        for key, (_, last) in ranges.items():
            self._launched.setdefault(key, deque()).append(_Launched(number, last))
        return name_of(self._run, number)

    def covers(self, ranges: Mapping[Partition, tuple[int, int]]) -> bool:
        """Whether a window may be launched."""
        return not self._uncovered(ranges)

    async def note_all(self) -> None:
        """Note what begins now, so that of no partition it is unknown for long. Raises as a commit does."""
        await self._have_noted({key: self._own(key, offset) for key, offset in self._offsets.items()}, {})

    async def cover(self, ranges: Mapping[Partition, tuple[int, int]]) -> bool:
        """Have it noted that a window of these ranges may be launched; whether it may. Raises as a commit does."""
        if not (due := self._uncovered(ranges)):
            return True
        await self._have_noted({key: self._own(key, ranges[key][1]) for key in due}, {})
        return self.covers(ranges)

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit offsets, with what may have been done beyond. Raises as a commit does."""
        for key, offset in offsets.items():
            self._offsets[key] = offset
            self._left[key] = beyond(offset, self._left.get(key, ()))
            launched = self._launched.setdefault(key, deque())
            while launched and launched[0].last < offset:
                launched.popleft()
        await self._have_noted({key: self._own(key, offset) for key, offset in offsets.items()}, offsets)

    async def _have_noted(self, own: Mapping[Partition, Trail], offsets: Mapping[Partition, int]) -> None:
        covered = self._covered  # of this assignment, whatever the next one begins with
        if own and await self._keep(offsets, {key: self._note(key, trail) for key, trail in own.items()}):
            covered.update(own)

    def _uncovered(self, ranges: Mapping[Partition, tuple[int, int]]) -> list[Partition]:
        return [key for key, (_, last) in ranges.items() if not self._allows(self._covered.get(key), last)]

    def _allows(self, trail: Trail | None, last: int) -> bool:
        return trail is not None and self._next < trail.end and last < trail.below

    def _own(self, key: Partition, last: int) -> Trail:
        """What this agent may have done beyond the cursor by the time of its next note."""
        launched = self._launched[key]
        first, read = (launched[0].number, launched[-1].last) if launched else (self._next, 0)
        # A window that an earlier note allows for may be launched before this one is acknowledged.
        self._below[key] = below = max(self._below.get(key, 0), max(read, last) + OFFSETS_AHEAD)
        return Trail(self._run, first, self._next + WINDOWS_AHEAD, below)

    def _note(self, key: Partition, own: Trail) -> str:
        return write_note(self._offsets[key], [*self._left[key], own])


class Tracing:
    """The names of an agent's windows, and what is asked of those whose partitions it takes over."""

    def __init__(self, names: WindowNames, look_back: LookBack) -> None:
        self.names, self._look_back = names, look_back
        self._asking: InflightWindow | None = None

    async def begin(
        self, partitions: Collection[Partition], unread: Collection[Partition], perform: Perform
    ) -> Collection[Partition]:
        """Take over partitions; those of which it is known by now what was done beyond their cursors.

        Raises:
            JobFailed: Infobip refuses the questions.

        """
        left = self.names.begin(partitions, unread)
        self._asking = InflightWindow(frozenset(), set())
        try:
            known = await self._asking.converse(self._look_back.ask(left), perform)
        finally:
            self._asking = None
        await self.names.note_all()
        return known

    @property
    def waits(self) -> bool:
        """Whether it is known what the questions wait for, while there are any."""
        return self._asking is not None and self._asking.waits
