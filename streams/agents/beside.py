"""Work that a job does beside its events, in order with them: windows that no records asked for.

Such a window is sent off at a point between the records of partitions. Windows of events that share a key with it and
were cut before come first; those that are cut later come behind it. It moves no offsets: who wants it carried out
notes by itself that it was, and has it carried out again where that note is missing.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Protocol

from streams.agents.inflight import Inflight, InflightWindow
from streams.agents.pauses import PauseSwitch
from streams.agents.window_told import Done, WindowsTold
from streams.calls.call import Call, Reply
from streams.calls.pacing import Perform
from streams.kafka.producer import OutgoingRecord, RecordWriter
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)


class Work(Protocol):
    """What is to be carried out."""

    @property
    def keys(self) -> AbstractSet[str]:
        """Profiles and addresses it is about: as those of windows of events."""

    def deliver(self, held_up: AbstractSet[str], /) -> Generator[list[Call], list[Reply], Done]:
        """Yield calls, be sent their replies, and return what became of it.

        Events about the keys that are `held_up` are still under way, and may be for long. Raises as a processor's.
        """


class Beside:
    """The door of one job's agent to whoever works beside its events; everything happens in the agent's loop."""

    def __init__(
        self, inflight: Inflight, pause: PauseSwitch, perform: Perform, writer: RecordWriter, told: WindowsTold
    ) -> None:
        self._inflight, self._pause, self._perform, self._writer, self._told = inflight, pause, perform, writer, told
        #: The partitions that are read now; none while they are being shared out.
        self.partitions: frozenset[Partition] = frozenset()
        #: By partition, the next record that is not in a window yet, open or in flight; nothing before the first.
        self._next: dict[Partition, int] = {}
        self._holds: dict[Partition, int] = {}
        self._change = asyncio.Event()
        #: Called when a partition is not held any more.
        self.let_go: Callable[[], None] = lambda: None

    # --- for the agent --------------------------------------------------------------------------------------------

    def begin(self, partitions: Collection[Partition]) -> None:
        """Note that these partitions are read from now on."""
        self._changed(frozenset(partitions))

    def end(self) -> None:
        """Note that nothing is read for now; windows in flight are the agent's to end."""
        if self.partitions:
            self._changed(frozenset())

    def taken(self, partition: Partition, last: int) -> None:
        """Note that the records of a partition up to this one are in windows."""
        self._next[partition] = last + 1

    def holds(self, partition: Partition) -> bool:
        """Whether no record of a partition may be taken for now."""
        return partition in self._holds

    def _changed(self, partitions: frozenset[Partition]) -> None:
        self.partitions, self._next = partitions, {}
        change, self._change = self._change, asyncio.Event()
        change.set()

    # --- for whoever works beside ---------------------------------------------------------------------------------

    @property
    def topic_ids(self) -> Mapping[str, str]:
        """What the brokers call each topic that is read."""
        return self._told.topic_ids

    async def changed(self, known: frozenset[Partition]) -> None:
        """Return as soon as `partitions` are not these, or were shared out anew."""
        while self.partitions is known:
            await self._change.wait()

    async def resumed(self) -> None:
        """Return at once, or as soon as the job is not paused any more."""
        await self._pause.resumed()

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        """Write records as long as the partitions are ours; returns once the brokers have them."""
        await self._writer.write(records)

    @contextmanager
    def hold(self, partitions: Iterable[Partition]) -> Iterator[None]:
        """Have no records of these partitions taken while the block runs; keep it short, all others may wait, too."""
        held = list(partitions)
        for partition in held:
            self._holds[partition] = self._holds.get(partition, 0) + 1
        try:
            yield
        finally:
            for partition in held:
                self._holds[partition] -= 1
                if not self._holds[partition]:
                    del self._holds[partition]
            self.let_go()

    def send_off(self, work: Work, read_to: Mapping[Partition, int]) -> "asyncio.Task[Done] | None":
        """Send work off, if it may be now; None: it may not.

        `read_to` says up to which offset whoever made the work knows the records of each partition that it is about.
        It may not where one of them is not this process's, or where records from there on are in windows already; or
        while the job is paused.
        """
        if self._pause.paused or not self.partitions.issuperset(read_to):
            return None
        if any(self._next.get(partition, 0) > end for partition, end in read_to.items()):
            return None
        began_at, done = time.monotonic(), asyncio.get_running_loop().create_future()

        async def carry(window: InflightWindow) -> None:
            held_up = await window.wait_for_turn()
            found = await window.converse(work.deliver(held_up), self._perform)
            await self._told.tell_of_work(window, found, began_at)
            done.set_result(found)

        task = self._inflight.start(work.keys, carry)
        return asyncio.create_task(_result(task, done))


async def _result(task: "asyncio.Task[None]", done: "asyncio.Future[Done]") -> Done:
    """What became of work; cancelled where it was not carried out, for whatever reason."""
    await asyncio.wait({task})
    if not done.done():
        raise asyncio.CancelledError
    return done.result()
