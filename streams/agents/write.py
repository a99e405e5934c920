"""Records written to Kafka: idempotent, acknowledged by all replicas, each acknowledgement awaited."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to write; `partition` only where it is not the key's to choose."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()


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

        Raises:
            JobFailed: the broker refused a record for good, naming the topic and the reason.

        """
        batch = list(records)
        if not batch:
            return
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[None] = loop.create_future()
        waiting = len(batch)

        def settle(refusal: JobFailed | None) -> None:
            nonlocal waiting
            waiting -= 1
            if answered.done():
                return
            if refusal is not None:
                answered.set_exception(refusal)
            elif waiting == 0:
                answered.set_result(None)

        def acknowledged(error: KafkaError | None, message: Message) -> None:
            refusal = None if error is None else refused(message.topic() or "?", error)
            loop.call_soon_threadsafe(settle, refusal)

        self.pending += 1
        try:
            for record in batch:
                await self._produce(record, acknowledged)
            while not answered.done():
                await asyncio.wait([answered], timeout=NOTICE_SECONDS)
                if not answered.done():
                    log.warning("kafka_write_waiting records=%d: the brokers do not acknowledge", waiting)
            answered.result()
        finally:
            self.pending -= 1

    async def _produce(self, record: Outgoing, acknowledged: Any) -> None:
        partition = {} if record.partition is None else {"partition": record.partition}
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
            except KafkaException as error:
                raise refused(record.topic, error.args[0]) from error
            else:
                return

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
