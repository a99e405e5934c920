"""Which process works, where exactly one may: the owner of a topic's only partition, as the brokers' group says."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from threading import Event, Thread
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException

from streams.errors import InstanceTaken, JobFailed, Stalled
from streams.kafka.lease import HEARTBEAT_SECONDS, SESSION_SECONDS
from streams.kafka.refusals import Asked, brokers_of
from streams.kafka.retry import FATAL

log = logging.getLogger(__name__)

T = TypeVar("T")

POLL_SECONDS = 0.2
CLOSE_SECONDS = 10.0
#: What a fatal error says when another process has joined under this one's name: its code says only that it is fatal.
FENCED = KafkaError(KafkaError.FENCED_INSTANCE_ID).str()


class Leadership:
    """Membership in a group whose only use is that the brokers give one partition to one member.

    It keeps nobody from working who has lost the partition and does not know it yet: transactions do.
    """

    def __init__(self, settings: dict[str, Any], group_id: str, topic: str, instance_id: str | None) -> None:
        static = {} if instance_id is None else {"group.instance.id": instance_id}
        self._settings = {
            **settings,
            **static,
            "group.id": group_id,
            "enable.auto.commit": False,
            "auto.offset.reset": "latest",  # what is in the topic is not read here
            "session.timeout.ms": int(SESSION_SECONDS * 1000),
            "heartbeat.interval.ms": int(HEARTBEAT_SECONDS * 1000),
            # Others may come and go without the owner being asked to stop.
            "partition.assignment.strategy": "cooperative-sticky",
        }
        self._asked = Asked(brokers_of(settings), "READ", topic=topic, group=group_id)
        self._topic, self._instance_id = topic, instance_id or ""
        self._owned, self._lost = asyncio.Event(), asyncio.Event()
        self._closing, self._complaint = Event(), ""

    async def run_as_leader(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Wait for the partition, work while it is ours, and give what the work gives once it ends by itself.

        Raises:
            InstanceTaken: another running process has this one's instance id.
            JobFailed: the brokers do not allow the group.
            Stalled: the membership is lost.

        """
        loop = asyncio.get_running_loop()
        polling: asyncio.Future[None] = loop.create_future()
        # A thread of its own, because those that asyncio lends are few, and this one is kept.
        Thread(target=self._report, args=(loop, polling), name="ownership", daemon=True).start()
        try:
            while True:
                await self._unless_over(polling, self._owned.wait())
                working = asyncio.create_task(work())
                losing = asyncio.create_task(self._lost.wait())
                try:
                    await asyncio.wait({working, losing, polling}, return_when=asyncio.FIRST_COMPLETED)
                    if working.done():
                        return working.result()
                finally:
                    losing.cancel()
                    working.cancel()
                    await asyncio.gather(working, return_exceptions=True)
        finally:
            self._closing.set()
            # One that hangs is left behind: the brokers miss its member after a session.
            await asyncio.wait({polling}, timeout=CLOSE_SECONDS)

    async def _unless_over(self, polling: "asyncio.Future[None]", waiting: Coroutine[Any, Any, Any]) -> None:
        """Wait, unless the polling ends, which it does only by an error."""
        task = asyncio.ensure_future(waiting)
        try:
            await asyncio.wait({task, polling}, return_when=asyncio.FIRST_COMPLETED)
            if polling.done():
                polling.result()
        finally:
            task.cancel()

    def _report(self, loop: asyncio.AbstractEventLoop, polling: "asyncio.Future[None]") -> None:
        """Poll, and tell the loop how it ended."""
        failure: Exception | None = None
        try:
            self._poll(loop)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is raised where it is waited for
            failure = error

        def tell() -> None:
            if not polling.done():
                polling.set_result(None) if failure is None else polling.set_exception(failure)

        loop.call_soon_threadsafe(tell)

    def _poll(self, loop: asyncio.AbstractEventLoop) -> None:
        def tell(*, ours: bool) -> None:
            set_event, clear_event = (self._owned, self._lost) if ours else (self._lost, self._owned)
            clear_event.clear()
            set_event.set()

        def assigned(consumer: Consumer, partitions: list[Any]) -> None:
            consumer.incremental_assign(partitions)
            consumer.pause(partitions)  # who leads is all that is asked: nothing of it is read
            if partitions:
                loop.call_soon_threadsafe(lambda: tell(ours=True))

        def revoked(_: Consumer, partitions: list[Any]) -> None:
            if partitions:
                loop.call_soon_threadsafe(lambda: tell(ours=False))

        consumer = Consumer(self._settings)
        try:
            consumer.subscribe([self._topic], on_assign=assigned, on_revoke=revoked, on_lost=revoked)
            while not self._closing.is_set():
                message = consumer.poll(POLL_SECONDS)
                if message is not None and (error := message.error()) is not None:
                    self._judge(error)
                    self._complain(error.str())
        except KafkaException as error:
            self._judge(error.args[0])
            raise Stalled(f"the membership in the group is lost: {error.args[0].str()}") from error
        finally:
            consumer.close()

    def _complain(self, reason: str) -> None:
        """Say what keeps us from the partition, once as long as it is the same."""
        if reason != self._complaint:
            self._complaint = reason
            log.warning("ownership_awaited topic=%s reason=%s", self._topic, reason)

    def _judge(self, error: KafkaError) -> None:
        """Raise what ends a membership; anything else passes by itself."""
        if (refusal := self._asked.refused(error)) is not None:
            raise refusal
        if error.code() in FATAL:
            raise JobFailed(f"the brokers refuse the consumer: {error.str()} ({error.name()})")
        if FENCED in error.str():
            raise InstanceTaken(self._instance_id)
        if error.fatal() or error.code() == KafkaError._FATAL:  # noqa: SLF001 - the library's own code
            raise Stalled(f"the membership in the group is lost: {error.str()} ({error.name()})")
