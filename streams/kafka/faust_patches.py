"""What we reach into Faust and aiokafka for: everything of theirs that is not public is touched here, and only here.

A consumer of theirs leaves three things to chance that this service must not: where it begins (the broker's reset),
whose offset it commits (one retried over a rebalance goes out as the next generation's), and whether somebody else
has taken its name. Each is decided here instead, in the consumer's own thread.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

import aiokafka.client
import aiokafka.consumer.fetcher
from aiokafka import TopicPartition
from aiokafka import errors as aiokafka_errors
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.protocol.admin import DescribeGroupsRequest
from aiokafka.structs import OffsetAndMetadata
from faust.tables.manager import TableManager

from streams.kafka.assignors import Assignor, TogetherAssignor
from streams.kafka.fetched import FetchedRecords
from streams.kafka.group_probe import Group, Member
from streams.kafka.lease import Lease
from streams.kafka.member import await_brokers, listen, seek_to_the_first_offset_too
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)

T = TypeVar("T")

#: While its queue is full Faust looks for room once a second: with one partition at full speed, that is nearly always.
FULL_SECONDS, ROOM_SECONDS = 1, 0.02
#: A fetch that waits for new records of some partitions holds up those of all others of its broker; Faust lets it wait
#: for a second and a half. Much shorter, and idle jobs would ask without end.
FETCH_WAIT_MS = 200
#: A broker that has nothing new answers at the end of that wait. Some that only speak Kafka's protocol answer at once,
#: and would be asked thousands of times a second.
EMPTY_SECONDS = 0.02
AGAIN_SECONDS = 0.2
NO_NOTES: Mapping[Partition, str] = MappingProxyType({})

#: The offsets that the group has committed (None: none) in a generation, to where reading begins.
Begin = Callable[[int, Mapping[Partition, int | None]], Awaitable[Mapping[Partition, int]]]
#: Told that what a generation begins with is committed.
Begun = Callable[[int], Awaitable[None]]


class ConsumerInternals:
    """Our hold on a Faust app's consumer.

    `begin` and `begun` are awaited in the app's loop; `expired` and `too_short` are called there, with partitions out
    of whose range the reading has run, and so is `taken` when another process has taken this one's instance id.
    Partitions go `together` with those of a topic, see `TogetherAssignor`; None spreads them evenly. Who `keeps_notes`
    is told of those that others have left beside offsets; who does not takes them away before anything is read, for
    they say nothing of what is done from then on.
    """

    def __init__(
        self,
        begin: Begin,
        begun: Begun,
        expired: Callable[[Partition, int, int], None],
        too_short: Callable[[Partition], None],
        lease: Lease,
        *,
        taken: Callable[[], None],
        instance: str | None = None,
        together: str | None = None,
        keeps_notes: bool = False,
    ) -> None:
        self._begin, self._begun, self._keeps_notes = begin, begun, keeps_notes
        self._expired, self._too_short, self._lease = expired, too_short, lease
        self._instance, self._taken = instance, taken
        self._assignor = Assignor() if together is None else TogetherAssignor(together)
        self._main: Any = None
        self._thread: Any = None
        self._coordinator: Any = None
        self._consumer: Any = None
        #: The generation that the current assignment belongs to.
        self._generation = -1
        self._begun_for: Any = None
        self._at: dict[Partition, int] = {}
        self._notes: Mapping[Partition, str] = NO_NOTES
        self._beginning = asyncio.Lock()
        #: The member id under which the brokers do not know us any more.
        self._expelled = ""
        #: By partition: behind the last record handed out, and where the next fetch begins.
        self._reached: dict[Partition, tuple[int, int]] = {}

    # --- taking hold ----------------------------------------------------------------------------------------------

    def take(self, consumer: Any) -> None:
        """Take hold of Faust's consumer, which must not be started yet. Called in the app's loop."""
        self._main = asyncio.get_running_loop()
        self._thread = thread = consumer._thread  # noqa: SLF001
        create, sleep = thread._create_worker_consumer, consumer.sleep  # noqa: SLF001
        fetch = thread._fetch_records  # noqa: SLF001
        # A consumer's question what a topic is like must not make a topic that somebody has just deleted.
        aiokafka.client.MetadataRequest = partial(
            aiokafka.protocol.metadata.MetadataRequest, allow_auto_topic_creation=False
        )
        aiokafka.consumer.fetcher.PartitionRecords = FetchedRecords

        async def sleep_less(seconds: float) -> None:
            await sleep(ROOM_SECONDS if seconds == FULL_SECONDS else seconds)

        def create_ours(transport: Any) -> Any:
            made = create(transport)
            made._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001
            made._isolation_level = "read_committed"  # noqa: SLF001
            made._partition_assignment_strategy = [self._assignor]  # noqa: SLF001
            made.start = partial(self._start, made, made.start)
            listen(made._client, self._lease)  # noqa: SLF001
            await_brokers(made._client)  # noqa: SLF001
            seek_to_the_first_offset_too(made)
            return made

        consumer.sleep = sleep_less
        thread._create_worker_consumer = create_ours  # noqa: SLF001
        thread._fetch_records = partial(self._fetch, fetch)  # noqa: SLF001

    async def _start(self, consumer: Any, start: Callable[[], Awaitable[None]]) -> None:
        await start()
        fetcher = consumer._fetcher  # noqa: SLF001
        fetcher._proc_fetch_request = partial(unhurried, fetcher._proc_fetch_request)  # noqa: SLF001
        # Nothing is subscribed to yet, so the coordinator has done nothing.
        self._consumer, self._coordinator = consumer, consumer._coordinator  # noqa: SLF001
        for name in (
            "_do_fetch_commit_offsets",
            "_do_commit_offsets",
            "_on_join_complete",
            "ensure_active_group",
            "reset_generation",
        ):
            setattr(self._coordinator, name, partial(getattr(self, name), getattr(self._coordinator, name)))

    # --- where it begins ------------------------------------------------------------------------------------------

    async def _do_fetch_commit_offsets(self, fetch: Any, partitions: Any) -> dict[Any, Any]:
        """Answer where to begin, when aiokafka asks what is committed; so nothing is left to a reset."""
        async with self._beginning:
            assignment = self._assignment()
            while assignment is not None and self._begun_for is not assignment:
                await self._begin_assignment(fetch, assignment)
                assignment = self._assignment()
        known = {TopicPartition(*partition): offset for partition, offset in self._at.items()}
        return {tp: OffsetAndMetadata(known[tp], "") for tp in partitions if tp in known}

    async def _begin_assignment(self, fetch: Any, assignment: Any) -> None:
        generation, self._reached = self._generation, {}
        told = await fetch(list(assignment.tps))
        committed = {_key(tp): told[tp].offset if tp in told else None for tp in assignment.tps}
        at = await self._in_main(self._begin(generation, committed))
        notes = {_key(tp): one.metadata or "" for tp, one in told.items()}
        stale = {key for key, note in notes.items() if note and not self._keeps_notes}
        changed = {key: offset for key, offset in at.items() if committed[key] != offset or key in stale}
        self._notes = {key: note for key, note in notes.items() if key not in changed}
        while changed and not await self._commit(generation, changed):
            if self._is_over(assignment, generation):
                # The partitions are being shared out again, and begun again then. Until then nothing is acted upon.
                log.info("start_fenced partitions=%d", len(changed))
                break
            await asyncio.sleep(AGAIN_SECONDS)  # the brokers do not know a new partition everywhere at once
        else:
            await self._in_main(self._begun(generation))
        self._begun_for, self._at = assignment, dict(at)

    def _is_over(self, assignment: Any, generation: int) -> bool:
        """Whether the group has gone on, or is about to."""
        coordinator = self._coordinator
        ours = assignment.active and coordinator.generation == generation
        return not ours or bool(coordinator._rejoin_needed_fut.done())  # noqa: SLF001

    def _assignment(self) -> Any:
        subscription = self._coordinator._subscription.subscription  # noqa: SLF001
        return None if subscription is None else subscription.assignment

    async def _in_main(self, work: Awaitable[T]) -> T:
        """Await something in the app's loop."""

        async def run() -> T:
            return await work

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), self._main))

    # --- how far it has come --------------------------------------------------------------------------------------

    async def _fetch(self, fetch: Any, consumer: Any, wanted: Collection[Any], **named: Any) -> Any:
        """Fetch, and note how far that went: behind the last record there may be markers, which nobody is handed.

        Partitions whose queue is full are not wanted. There may be room in a moment, so others are not waited for long:
        Faust waits for a second, and one busy partition among quiet ones would come by a queue a second.
        """
        if len(wanted) < len(consumer.assignment()):
            named["timeout"] = min(named["timeout"], ROOM_SECONDS)
        try:
            records = await fetch(consumer, wanted, **named)
        except aiokafka_errors.OffsetOutOfRangeError as error:
            await self._out_of_range(consumer, dict(error.args[0]))
            return {}
        assignment = self._assignment()
        if assignment is not None and assignment is self._begun_for:
            for tp in assignment.tps:
                state, key = assignment.state_value(tp), _key(tp)
                if state.has_valid_position:
                    behind = records[tp][-1].offset + 1 if records.get(tp) else self._reached.get(key, (None,))[0]
                    self._reached[key] = (self._at[key] if behind is None else behind, state.position)
        return records

    async def _out_of_range(self, consumer: Any, offsets: Mapping[Any, int]) -> None:
        """Go on behind what was deleted unread; where the log is too short instead, say so, and read no further."""
        lows = await consumer.beginning_offsets(list(offsets))
        for tp, offset in offsets.items():
            if offset < lows[tp]:
                consumer.seek(tp, lows[tp])
                self._main.call_soon_threadsafe(self._expired, _key(tp), offset, lows[tp])
            else:
                consumer.pause(tp)
                self._main.call_soon_threadsafe(self._too_short, _key(tp))

    @property
    def notes(self) -> Mapping[Partition, str]:
        """What is noted beside the offsets with which the assignment began, of those that somebody had committed."""
        return self._notes

    @property
    def reached(self) -> dict[Partition, tuple[int, int]]:
        """By partition: behind the last record handed out, and where the next fetch begins."""
        return dict(self._reached)

    # --- whose offset it commits ----------------------------------------------------------------------------------

    async def commit(
        self, generation: int, offsets: Mapping[Partition, int], notes: Mapping[Partition, str] = NO_NOTES
    ) -> bool:
        """Commit for a generation, with notes; whether that was done. A later generation's offsets are left alone.

        Raises:
            KafkaError: the brokers refuse it.

        """
        done: bool = await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self._commit(generation, offsets, notes), self._thread.thread_loop)
        )
        return done

    async def _commit(
        self, generation: int, offsets: Mapping[Partition, int], notes: Mapping[Partition, str] = NO_NOTES
    ) -> bool:
        assignment = self._assignment()
        if assignment is None or generation != self._generation:
            return False
        ours = {TopicPartition(*key): OffsetAndMetadata(offset, notes.get(key, "")) for key, offset in offsets.items()}
        ours = {tp: offset for tp, offset in ours.items() if tp in assignment.tps}
        if not ours:
            return False
        try:
            await self._coordinator.commit_offsets(assignment, ours)
        except (aiokafka_errors.CommitFailedError, aiokafka_errors.UnknownTopicOrPartitionError):
            return False
        return True

    async def _do_commit_offsets(self, commit: Any, assignment: Any, offsets: Any) -> None:
        """Commit once, if the assignment is still the group's: what aiokafka retries may have outlived it."""
        if not assignment.active or self._generation != self._coordinator.generation:
            raise aiokafka_errors.IllegalGenerationError(self._coordinator.group_id)
        try:
            await commit(assignment, offsets)
        except aiokafka_errors.UnknownTopicOrPartitionError as error:
            # aiokafka would retry it for as long as the topic is gone, and then commit it to one of the same name.
            raise aiokafka_errors.IllegalGenerationError(self._coordinator.group_id) from error

    async def _on_join_complete(self, complete: Any, generation: int, *arguments: Any) -> None:
        self._generation = generation
        await complete(generation, *arguments)

    # --- who it is ------------------------------------------------------------------------------------------------

    def reset_generation(self, reset: Any) -> None:
        """Note that the brokers do not know the member any more."""
        coordinator = self._coordinator
        if coordinator.generation > 0:
            self._expelled = coordinator.member_id
        reset()

    async def ensure_active_group(self, ensure: Any, *arguments: Any) -> Any:
        """Join the group, unless another running process has taken this one's instance id: it would be taken back."""
        expelled, self._expelled = self._expelled, ""
        if expelled and await self._is_taken(expelled):
            return None
        before = str(self._coordinator.member_id)
        try:
            return await ensure(*arguments)
        except aiokafka_errors.KafkaError:
            # A name taken in the middle of a rebalance is refused with a code that aiokafka does not know.
            if before and await self._is_taken(before):
                return None
            raise

    async def _is_taken(self, member: str) -> bool:
        """Whether another process has this one's name; returns only once the consumer is stopped if so."""
        if self._instance is None:
            return False
        # The brokers make a static member's id of its instance id, and of sixteen bytes in hexadecimal.
        ours = re.compile(re.escape(self._instance) + "-[0-9a-f-]{36}")
        if not any(ours.fullmatch(one.id) and one.id != member for one in (await self._group()).members):
            return False
        self._main.call_soon_threadsafe(self._taken)
        await self._coordinator._closing  # noqa: SLF001
        return True

    async def group(self) -> Group:
        """The group as its coordinator knows it. Raises KafkaError where that does not answer."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._group(), self._thread.thread_loop))

    async def _group(self) -> Group:
        coordinator = self._coordinator
        await coordinator.ensure_coordinator_known()
        response = await coordinator._send_req(DescribeGroupsRequest([coordinator.group_id]))  # noqa: SLF001
        code, _, state, _, _, members, *_ = response.groups[0]
        if code:
            raise aiokafka_errors.for_code(code)
        return Group(state == "Stable", [Member(one[0], _owned(one[4])) for one in members])

    def rejoin(self) -> None:
        """Have the partitions shared out again, among all members."""

        def again() -> None:
            self._assignor.said = str(time.time_ns()).encode()
            self._coordinator.request_rejoin()

        self._thread.thread_loop.call_soon_threadsafe(again)


class NoTables(TableManager):  # type: ignore[misc] # Faust is untyped here
    """The manager of no tables. Faust's waits a second at every start, for tables that may still be named."""

    #: Its lines are Faust's and not ours.
    logger = logging.getLogger("faust.tables")

    async def on_start(self) -> None:
        """Begin at once."""
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()


def _owned(assignment: bytes) -> frozenset[Partition]:
    if not assignment:
        return frozenset()
    told = ConsumerProtocolMemberAssignment.decode(assignment).assignment
    return frozenset((topic, number) for topic, numbers in told for number in numbers)


def _key(tp: Any) -> Partition:
    return tp.topic, tp.partition


async def unhurried(fetch: Callable[..., Awaitable[bool]], *request: Any) -> bool:
    """Fetch; where nothing came, a little time has passed before the next fetch. Called off, it ends as aiokafka's."""
    began = asyncio.get_running_loop().time()
    if await fetch(*request):
        return True
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(began + EMPTY_SECONDS - asyncio.get_running_loop().time())
    return False
