"""Records written to Kafka: idempotent, acknowledged by all replicas, each acknowledgement awaited."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.errors import JobFailed

log = logging.getLogger(__name__)

#: Larger than any dead letter: an event of any size a broker took must fit in, written as base64 where need be.
MAX_MESSAGE_BYTES = 64_000_000
POLL_SECONDS = 0.1
NOTICE_SECONDS = 30.0
CLOSE_SECONDS = 5.0
#: No topic takes less; a record that is refused for its size even so ends its job.
LEAST_BYTES = 256
UNKNOWN = frozenset({KafkaError._UNKNOWN_PARTITION, KafkaError.UNKNOWN_TOPIC_OR_PART})  # noqa: SLF001 - the library's own code
FRESH_TRIES = 30
TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to write; `partition` only where it is not the key's to choose.

    `shorten` makes it smaller, down to so many bytes, where its topic takes none so large; None where it cannot.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()
    shorten: "Callable[[Outgoing, int], Outgoing | None] | None" = field(default=None, compare=False, repr=False)

    @property
    def weight(self) -> int:
        """How many bytes key and value take."""
        return len(self.key or b"") + len(self.value or b"")

    def shorter(self, most: int) -> "Outgoing | None":
        """The record made smaller; None where that is impossible."""
        return None if self.shorten is None or most < LEAST_BYTES else self.shorten(self, most)


class Writer:
    """The one idempotent producer of this process; a thread of its own collects the acknowledgements."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._producer = Producer(
            {
                **settings,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 2,
                "compression.type": "lz4",
                "message.max.bytes": MAX_MESSAGE_BYTES,
                # Never give up: what is not acknowledged is not committed, so waiting is all there is to do.
                "message.timeout.ms": 0,
            }
        )
        #: Writes that are not acknowledged yet.
        self.pending = 0
        self._closing = Event()
        self._thread = Thread(target=self._poll, name="kafka-writer", daemon=True)
        self._thread.start()

    async def write(self, records: Iterable[Outgoing]) -> None:
        """Write records and return once every one is acknowledged, however long the broker is away.

        One that the broker refuses for its size is written again alone, for it may have been its company; then cut.

        Raises:
            JobFailed: the broker refused a record for good, naming the topic and the reason.

        """
        batch = list(records)
        if not batch:
            return
        for record in await self._write(batch):
            await self._write_smaller(record)

    async def _write_smaller(self, record: Outgoing) -> None:
        """Write a record that was refused for its size: as it is, then half as large, until the broker takes it."""
        smaller: Outgoing | None = record
        most = record.weight
        while smaller is not None:
            if not await self._write([smaller]):
                if smaller is not record:
                    log.warning("record_cut topic=%s bytes=%d of=%d", record.topic, smaller.weight, record.weight)
                return
            most //= 2
            smaller = record.shorter(most)
        raise refused(record.topic, KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))

    async def _write(self, batch: Sequence[Outgoing]) -> list[Outgoing]:
        """Write records; those that were refused for their size are returned. Raises as `write` does."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[None] = loop.create_future()
        waiting = len(batch)
        too_large: list[Outgoing] = []

        def settle(record: Outgoing, error: KafkaError | None) -> None:
            nonlocal waiting
            waiting -= 1
            if error is not None and error.code() in TOO_LARGE:
                too_large.append(record)
            if answered.done():
                return
            if error is not None and error.code() not in TOO_LARGE:
                answered.set_exception(refused(record.topic, error))
            elif waiting == 0:
                answered.set_result(None)

        def acknowledged(record: Outgoing, error: KafkaError | None, _: Message | None) -> None:
            loop.call_soon_threadsafe(settle, record, error)

        self.pending += 1
        try:
            for record in batch:
                await self._produce(record, partial(acknowledged, record))
            while not answered.done():
                await asyncio.wait([answered], timeout=NOTICE_SECONDS)
                if not answered.done():
                    log.warning("kafka_write_waiting records=%d: the brokers do not acknowledge", waiting)
            answered.result()
        finally:
            self.pending -= 1
        return too_large

    async def _produce(self, record: Outgoing, acknowledged: Any) -> None:
        partition = {} if record.partition is None else {"partition": record.partition}
        tries = 0
        while True:
            try:
                self._producer.produce(
                    record.topic,
                    key=record.key,
                    value=record.value,
                    headers=list(record.headers),
                    on_delivery=acknowledged,
                    **partition,
                )
            except BufferError:
                await asyncio.sleep(POLL_SECONDS)
                continue
            except KafkaException as error:
                if error.args[0].code() in UNKNOWN and tries < FRESH_TRIES:
                    # A partition that was added lately; its client learns of it when it asks.
                    tries += 1
                    await asyncio.to_thread(self._learn_of, record.topic)
                    continue
                if error.args[0].code() not in TOO_LARGE:
                    raise refused(record.topic, error.args[0]) from error
                acknowledged(error.args[0], None)
            return

    def _learn_of(self, topic: str) -> None:
        with contextlib.suppress(KafkaException):  # the next try tells
            self._producer.list_topics(topic, timeout=NOTICE_SECONDS)
        self._closing.wait(POLL_SECONDS)

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(POLL_SECONDS)

    async def aclose(self) -> None:
        """Wait for what is still on its way, for a bounded time."""
        self._closing.set()
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._producer.flush, CLOSE_SECONDS)


def refused(topic: str, error: KafkaError) -> JobFailed:
    """Say that a broker refused a record for good."""
    return JobFailed(f"the broker refused a record for topic {topic}: {error.str()} ({error.name()})")
