"""One Faust app for one job: it fetches and balances partitions; reading, waiting and committing are the agent's."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from threading import enumerate as enumerate_threads
from typing import Any

import faust
from aiokafka import errors as aiokafka_errors
from faust.types import TP
from mode.threads import WorkerThread

from schemas.jobs import AudienceJob, KafkaSettings
from streams.agents.chunks import ChunkScheduler
from streams.agents.cursor import Partition
from streams.agents.kafka import HEARTBEAT_SECONDS, SESSION_SECONDS, faust_brokers, faust_credentials
from streams.agents.lease import Lease
from streams.agents.member import listen, seek_to_the_first_offset_too
from streams.agents.membership import MembershipAgent
from streams.errors import JobFailed, Stalled

log = logging.getLogger(__name__)

#: While Infobip is down every partition may be paused for hours; that must not look like a dead member.
POLL_INTERVAL_SECONDS = 7 * 24 * 3600.0
#: Chunks waiting in Faust's queue, and bytes fetched ahead from each partition: with what is in the air, all the
#: memory that a backlog may take.
QUEUED_CHUNKS = 8
FETCH_BYTES = 262_144
#: While its queue is full Faust looks for room once a second: with one partition at full speed, that is nearly always.
FULL_SECONDS, ROOM_SECONDS = 1, 0.02
#: A fetch that waits for new records of some partitions holds up those of all others of its broker; Faust lets it wait
#: for a second and a half. Much shorter, and idle jobs would ask without end.
FETCH_WAIT_MS = 200
STOP_SECONDS = 5.0
#: What the brokers answer when starting the consumer anew would change nothing.
NOT_ALLOWED = (
    aiokafka_errors.TopicAuthorizationFailedError,
    aiokafka_errors.GroupAuthorizationFailedError,
    aiokafka_errors.ClusterAuthorizationFailedError,
    aiokafka_errors.SaslAuthenticationFailed,
    aiokafka_errors.AuthenticationFailedError,
)


class JobApp(faust.App):  # type: ignore[misc] # Faust is untyped here
    """A Faust app without tables, and so without directories."""

    #: Its own lines are Faust's and not ours: they are shown from warnings on.
    logger = logging.getLogger("faust.app")

    async def on_first_start(self) -> None:
        """Make no directories: this app keeps nothing on disk."""


class Consuming:
    """A job's Faust app, started and stopped around its agent."""

    def __init__(self, job: AudienceJob, kafka: KafkaSettings, lease: Lease) -> None:
        self._lease = lease
        self.app = JobApp(
            job.group_id,
            version=1,  # the group is the id itself
            broker=faust_brokers(kafka),
            broker_credentials=faust_credentials(kafka),
            broker_session_timeout=SESSION_SECONDS,
            broker_heartbeat_interval=HEARTBEAT_SECONDS,
            broker_max_poll_interval=POLL_INTERVAL_SECONDS,
            consumer_auto_offset_reset="earliest",
            consumer_max_fetch_size=FETCH_BYTES,
            consumer_group_instance_id=f"{kafka.instance_id}.{job.name}" if kafka.instance_id else None,
            stream_buffer_maxsize=QUEUED_CHUNKS,
            stream_wait_empty=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            reply_create_topic=False,
            web_enabled=False,
            autodiscover=False,
        )
        self.app.conf.ConsumerScheduler = ChunkScheduler
        self._topics = frozenset(job.topics)
        #: What this process reads; None while the partitions are being shared out.
        self.partitions: frozenset[Partition] | None = None
        self._preparing: asyncio.Task[None] | None = None

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit the next offsets to read; one that a rebalance has fenced is left to the next owner.

        It calls a method of Faust's consumer which is not public (only `hurry` does so, too): the public way commits
        from acknowledgements of single events, and past work in flight when they come out of order.
        """
        done = await self.app.consumer._commit(  # noqa: SLF001
            {TP(topic, partition): offset for (topic, partition), offset in offsets.items()}
        )
        if not done:
            log.info("commit_fenced job=%s partitions=%d", self.app.conf.id, len(offsets))

    def attach(self, agent: MembershipAgent, assigned: Any) -> None:
        """Give the app its agent; `assigned` is told the number of partitions after each rebalance."""
        app = self.app
        topic = app.topic(*self._topics, value_serializer="raw", key_serializer="raw", acks=False)

        async def read(stream: Any) -> None:
            async for event in stream.events():
                try:
                    await agent.read(event.value, partial(self._is_current, event.message.generation_id))
                except Exception as error:
                    # Faust would restart the agent behind this chunk, and skip it: the job must stop instead.
                    await app.crash(error)
                    raise

        app.agent(topic, name="membership")(read)

        async def on_assigned(_: Any, partitions: set[Any], **__: Any) -> None:
            ours = frozenset((tp.topic, tp.partition) for tp in partitions if tp.topic in self._topics)
            self.partitions = ours
            assigned(len(ours))
            agent.suspend()
            self._preparing = asyncio.create_task(self._prepare(agent, ours))

        async def on_revoked(_: Any, partitions: set[Any], **__: Any) -> None:
            self.partitions = None
            if self._preparing is not None:
                self._preparing.cancel()
            if partitions:
                log.info("partitions_revoked job=%s partitions=%d", self.app.conf.id, len(partitions))
                await agent.revoked(lost=not self._lease.holds)

        app.on_partitions_assigned.connect(on_assigned, weak=False)
        app.on_partitions_revoked.connect(on_revoked, weak=False)

    def _is_current(self, generation: int) -> bool:
        return bool(generation == self.app.consumer_generation_id)

    async def _prepare(self, agent: MembershipAgent, partitions: frozenset[Partition]) -> None:
        # In a task of its own, because reading state back may outlast what a rebalance may take.
        try:
            await agent.assigned(partitions)
        except Exception as error:  # noqa: BLE001 - whatever it was, the job must not go on without its state
            await self.app.crash(error)

    async def run(self) -> None:
        """Start the app and wait until it ends; raises what crashed it.

        Raises:
            JobFailed: the brokers do not let this job read.
            Stalled: the consumer is lost for another reason of the brokers'.

        """
        hurry(self.app.consumer, self._lease)
        try:
            await self.app.start()
            await self.app.wait_until_stopped()
            if self.app.crashed:
                raise self.app.crash_reason or RuntimeError("the consumer crashed")
        except NOT_ALLOWED as error:
            raise JobFailed(f"the brokers refuse the consumer: {_in_words(error)}") from error
        except aiokafka_errors.KafkaError as error:
            raise Stalled(f"the consumer is lost: {_in_words(error)}") from error

    async def stop(self) -> None:
        """Leave the group. A consumer that hangs is left behind."""
        try:
            await asyncio.wait_for(self.app.stop(), STOP_SECONDS)
        except TimeoutError:
            log.warning("consumer_left_behind job=%s seconds=%.0f", self.app.conf.id, STOP_SECONDS)


def hurry(consumer: Any, lease: Lease) -> None:
    """Shorten two waits of a consumer that is not started yet, which Faust has no settings for; and listen to it."""
    sleep, thread = consumer.sleep, consumer._thread  # noqa: SLF001
    create = thread._create_worker_consumer  # noqa: SLF001

    async def sleep_less(seconds: float) -> None:
        await sleep(ROOM_SECONDS if seconds == FULL_SECONDS else seconds)

    def create_prompt(transport: Any) -> Any:
        made = create(transport)
        made._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001
        listen(made._client, lease)  # noqa: SLF001
        seek_to_the_first_offset_too(made)
        return made

    consumer.sleep = sleep_less
    thread._create_worker_consumer = create_prompt  # noqa: SLF001


def left_behind() -> bool:
    """Whether the thread of a stopped consumer lives on: it hangs, and keeps the process from ending."""
    return any(isinstance(thread, WorkerThread) for thread in enumerate_threads())


def _in_words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__} {error}".split())
