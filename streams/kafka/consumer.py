"""One Faust app for one job: it fetches and balances partitions; reading, waiting and committing are the agent's."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import enumerate as enumerate_threads
from typing import Any

import faust
from aiokafka import errors as aiokafka_errors
from mode.threads import WorkerThread

from schemas.config.kafka import KafkaSettings
from streams.errors import InstanceTaken, Stalled, StreamsError
from streams.kafka.async_clients import faust_brokers, faust_credentials
from streams.kafka.chunks import ChunkScheduler
from streams.kafka.commits import Commits, lost
from streams.kafka.consumer_thread import FetchingConsumer
from streams.kafka.faust_patches import ConsumerInternals, NoTables
from streams.kafka.group_probe import Group, Topic
from streams.kafka.handler import Handler, Start, StartPositions, Subscriber
from streams.kafka.lease import HEARTBEAT_SECONDS, SESSION_SECONDS, Lease
from streams.kafka.partition_position import PartitionPosition
from streams.kafka.refusals import Asked
from streams.pipeline.decode import Record
from streams.pipeline.offsets import Partition
from streams.pipeline.trails import Cursor

log = logging.getLogger(__name__)

#: While Infobip is down every partition may be paused for hours; that must not look like a dead member.
POLL_INTERVAL_SECONDS = 7 * 24 * 3600.0
#: Chunks waiting in Faust's queue, and bytes fetched ahead from each partition: with what is in the air and in lanes,
#: all the memory that a backlog may take.
QUEUED_CHUNKS = 8
FETCH_BYTES = 262_144
#: New partitions, and topics that are made anew, are noticed after so long.
METADATA_MS = 10_000
STOP_SECONDS, FINISH_SECONDS = 5.0, 3.0
#: How soon a marker at a partition's end is committed, and how often positions that moved are kept.
FOLLOW_SECONDS, KEEP_SECONDS = 0.5, 20.0


@dataclass(frozen=True, slots=True)
class _Nothing:
    """What is known of topics before anything is assigned."""

    offsets: Mapping[Partition, int]
    topics: Mapping[str, Topic]
    ends: Mapping[Partition, int] = field(default_factory=dict)
    unread: frozenset[Partition] = frozenset()
    total: int = 0


NOTHING: Start = _Nothing({}, {})


class JobApp(faust.App):  # type: ignore[misc] # Faust is untyped here
    """A Faust app without tables, and so without directories."""

    #: Its own lines are Faust's and not ours: they are shown from warnings on.
    logger = logging.getLogger("faust.app")

    async def on_first_start(self) -> None:
        """Make no directories: this app keeps nothing on disk."""


class JobConsumer:
    """A job's Faust app, started and stopped around its agent; `positions` say where it begins.

    Partitions of all topics go `together` with those of one of them, where it is named. `noted` is told of every chunk
    of records before the agent is. Who `keeps_notes` commits by `keep`.
    """

    def __init__(
        self,
        job: Subscriber,
        kafka: KafkaSettings,
        positions: StartPositions[Any],
        lease: Lease,
        *,
        together: str | None = None,
        keeps_notes: bool = False,
        noted: Callable[[Sequence[Record]], None] = lambda _: None,
    ) -> None:
        instance = f"{kafka.instance_id}.{job.name}" if kafka.instance_id else None
        self._lease = lease
        self.app = JobApp(
            job.group_id,
            version=1,  # the group is the id itself
            broker=faust_brokers(kafka),
            broker_client_id=kafka.client_id,
            broker_credentials=faust_credentials(kafka),
            broker_session_timeout=SESSION_SECONDS,
            broker_heartbeat_interval=HEARTBEAT_SECONDS,
            broker_max_poll_interval=POLL_INTERVAL_SECONDS,
            consumer_auto_offset_reset="none",  # an error: where to begin is never the brokers' choice
            consumer_metadata_max_age_ms=METADATA_MS,
            consumer_max_fetch_size=FETCH_BYTES,
            consumer_group_instance_id=instance,
            stream_buffer_maxsize=QUEUED_CHUNKS,
            stream_wait_empty=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            reply_create_topic=False,
            web_enabled=False,
            autodiscover=False,
        )
        self.app.conf.ConsumerScheduler, self.app.conf.TableManager = ChunkScheduler, NoTables
        self.app.transport.Consumer = FetchingConsumer
        self._job, self._topics, self._positions = job.name, frozenset(job.topics), positions
        self._noted = noted
        self._instance = instance or ""
        #: What this process reads; None while the partitions are being shared out.
        self.partitions: frozenset[Partition] | None = None
        self._preparing: asyncio.Task[None] | None = None
        self.inside = ConsumerInternals(
            self._begin,
            self._begun,
            positions.expired,
            self._too_short,
            lease,
            taken=self._taken_over,
            instance=instance,
            together=together,
            keeps_notes=keeps_notes,
        )
        self._generation, self._found = -1, NOTHING
        #: The generation whose beginnings are committed; it may be known before its partitions are handed to the agent.
        self._ready_for, self._ready = -1, asyncio.Event()
        self._asked = Asked(",".join(kafka.brokers), "READ", topic=", ".join(job.topics), group=job.group_id)
        self._commits = Commits(job.name, self.inside, positions, lease, self._asked)
        #: Why it must end, if it must.
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # --- where it begins ------------------------------------------------------------------------------------------

    async def _begin(self, generation: int, committed: Mapping[Partition, int | None]) -> Mapping[Partition, int]:
        try:
            self._found = await self._positions.begin(committed)
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing is read from where nobody has chosen
            log.debug("no_beginning job=%s generation=%d", self._job, generation)
            self._end(error)
            raise asyncio.CancelledError from None
        return self._found.offsets

    async def _begun(self, generation: int) -> None:
        """What the generation begins with is committed: keep it, and let the agent begin."""
        await self._positions.begun(self._found)
        self._commits.begin(self._found.offsets, self.inside.notes)
        self._ready_for = generation
        self._ready.set()

    def _too_short(self, partition: Partition) -> None:
        self._positions.too_short(partition)
        self._end(
            Stalled(f"the log of partition {partition[1]} of {partition[0]} ends before what was to be read next")
        )

    def _taken_over(self) -> None:
        self._end(InstanceTaken(self._instance))

    def _end(self, reason: Exception) -> None:
        """End the consumer; an error raised in its own threads would come with three tracebacks of theirs."""
        if not self._ended.done():
            self._ended.set_exception(reason)

    # --- how far it has come --------------------------------------------------------------------------------------

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit the next offsets to read; one that a rebalance has fenced is left to the next owner.

        Raises:
            JobFailed: the brokers do not let this job commit.
            Stalled: the consumer is lost for another reason of the brokers'.

        """
        await self._commits.commit(self._generation, offsets)

    async def keep(self, offsets: Mapping[Partition, int], notes: Mapping[Partition, str]) -> bool:
        """Commit with notes, or notes alone, beside the last offsets; whether that was done. Raises as `commit`."""
        if offsets:
            return await self._commits.commit(self._generation, offsets, notes)
        return await self._commits.note(self._generation, notes)

    @property
    def cursors(self) -> Mapping[Partition, Cursor]:
        """Where this process began on its partitions, as they were assigned."""
        found, notes = self._found, self.inside.notes
        return {key: Cursor(offset, notes.get(key, ""), found.ends[key]) for key, offset in found.offsets.items()}

    @property
    def _has_begun(self) -> bool:
        return bool(self.partitions) and self._ready_for == self._generation

    async def follow(self) -> None:
        """Commit past the markers at the ends of partitions, and keep positions, until cancelled.

        Raises as `commit` does, and JobFailed where positions cannot be written.
        """
        kept = time.monotonic()
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            due = time.monotonic() > kept + KEEP_SECONDS
            if self._has_begun:
                await self._commits.catch_up(self._generation, keep=due)
            kept = time.monotonic() if due else kept

    async def finish(self) -> None:
        """Commit and keep what is left to be, once the agent is done; not for long, because what is not is harmless."""
        if self._has_begun:
            try:
                await asyncio.wait_for(self._commits.catch_up(self._generation, keep=True), FINISH_SECONDS)
            except (TimeoutError, StreamsError) as error:
                log.warning("positions_not_kept job=%s reason=%s", self._job, type(error).__name__)

    # --- what the lookout needs -----------------------------------------------------------------------------------

    @property
    def topics(self) -> Mapping[str, Topic]:
        """The topics as they were when reading began."""
        return self._found.topics

    def expired(self, place: PartitionPosition) -> None:
        """Tell what was deleted behind where this process reads."""
        reached = self.inside.reached.get(place.key)
        if reached is not None:
            self._positions.expired(place.key, reached[1], place.low)

    async def group(self) -> Group:
        """The job's group as its coordinator knows it. Raises KafkaError where that does not answer."""
        return await self.inside.group()

    def rejoin(self) -> None:
        """Have the partitions shared out again."""
        self.inside.rejoin()

    # --- its app --------------------------------------------------------------------------------------------------

    def attach(self, agent: Handler, assigned: Any) -> None:
        """Give the app its agent; `assigned` is told how many partitions are this process's, and of how many."""
        app = self.app
        topic = app.topic(*self._topics, value_serializer="raw", key_serializer="raw", acks=False)

        async def read(stream: Any) -> None:
            async for event in stream.events():
                try:
                    self._noted(event.value)
                    await agent.read(event.value, partial(self._is_current, event.message.generation_id))
                    self._positions.read(event.value)
                except Exception as error:
                    # Faust would restart the agent behind this chunk, and skip it: the job must stop instead.
                    await app.crash(error)
                    raise

        app.agent(topic, name="membership")(read)

        async def on_assigned(_: Any, partitions: set[Any], **__: Any) -> None:
            ours = frozenset((tp.topic, tp.partition) for tp in partitions if tp.topic in self._topics)
            self.partitions, self._generation = ours, app.consumer_generation_id
            agent.suspend()
            self._preparing = asyncio.create_task(self._prepare(agent, ours, assigned))

        async def on_revoked(_: Any, partitions: set[Any], **__: Any) -> None:
            self.partitions, self._ready_for = None, -1
            if self._preparing is not None:
                self._preparing.cancel()
            if partitions:
                log.info("partitions_revoked job=%s partitions=%d", self._job, len(partitions))
                await agent.revoked(lost=not self._lease.holds)

        app.on_partitions_assigned.connect(on_assigned, weak=False)
        app.on_partitions_revoked.connect(on_revoked, weak=False)

    def _is_current(self, generation: int) -> bool:
        return bool(generation == self.app.consumer_generation_id)

    async def _prepare(self, agent: Handler, partitions: frozenset[Partition], assigned: Any) -> None:
        # In a task of its own, because reading state back may outlast what a rebalance may take.
        try:
            generation = self._generation
            while partitions and self._ready_for != generation:
                self._ready.clear()
                await self._ready.wait()
            assigned(len(partitions), self._found.total)
            agent.topic_ids = {name: topic.id for name, topic in self._found.topics.items()}
            await agent.assigned(partitions, self._found.unread)
        except Exception as error:  # noqa: BLE001 - whatever it was, the job must not go on without its state
            await self.app.crash(error)

    async def run(self) -> None:
        """Start the app and wait until it ends; raises what crashed it.

        Raises:
            InstanceTaken: another running process has this one's instance id.
            JobFailed: the brokers do not let this job read.
            Stalled: the consumer is lost for another reason of the brokers'.

        """
        self.inside.take(self.app.consumer)
        try:
            await self.app.start()
            stopped = asyncio.ensure_future(self.app.wait_until_stopped())
            try:
                await asyncio.wait([stopped, self._ended], return_when=asyncio.FIRST_COMPLETED)
                if self._ended.done():
                    self._ended.result()
                await stopped
            finally:
                stopped.cancel()
            if self.app.crashed:
                raise self.app.crash_reason or RuntimeError("the consumer crashed")
        except aiokafka_errors.KafkaError as error:
            raise lost(error, self._asked) from error

    async def stop(self) -> None:
        """Leave the group. A consumer that hangs is left behind."""
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.gather(self._preparing, return_exceptions=True)
        try:
            await asyncio.wait_for(self.app.stop(), STOP_SECONDS)
        except TimeoutError:
            log.warning("consumer_left_behind job=%s seconds=%.0f", self._job, STOP_SECONDS)


def has_stuck_thread() -> bool:
    """Whether the thread of a stopped consumer lives on: it hangs, and keeps the process from ending."""
    return any(isinstance(thread, WorkerThread) for thread in enumerate_threads())
