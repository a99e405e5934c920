"""Records written to Kafka: idempotent, acknowledged by all replicas, each acknowledgement awaited."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from threading import Event, Thread
from typing import Any, Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from msgspec import Struct

from streams.calls.waiting import waiting_for
from streams.errors import JobFailed, StreamsError, WriterLost
from streams.kafka.lease import DELIVERY_SECONDS, Lease
from streams.kafka.refusals import WHERE, Asked, brokers_of
from streams.kafka.topics import MESSAGE_BYTES_MAX

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
CLOSE_SECONDS = 5.0
#: Between the end of a record's time and the library's word that it is over.
LATE_SECONDS = 2.0
#: Tries in vain before a line says so: half a minute.
NOTICE_EVERY = 6
#: No topic takes less; a record that is refused for its size even so ends its job.
BYTES_MIN = 256
#: In the words of the library.
PARTITION_OF_KEY = -1
UNKNOWN = frozenset({KafkaError._UNKNOWN_PARTITION, KafkaError.UNKNOWN_TOPIC_OR_PART})  # noqa: SLF001 - the library's own code
FRESH_TRIES = 30
TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE})


class OutgoingRecord(Struct, frozen=True):  # a tenth of what another class takes to make; there are many
    """One record to write; `partition` only where it is not the key's to choose.

    `shorten` makes it smaller, down to so many bytes, where its topic takes none so large; None where it cannot.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()
    shorten: "Callable[[OutgoingRecord, int], OutgoingRecord | None] | None" = None

    @property
    def weight(self) -> int:
        """How many bytes key and value take."""
        return len(self.key or b"") + len(self.value or b"")

    def shorter(self, most: int) -> "OutgoingRecord | None":
        """The record made smaller; None where that is impossible."""
        return None if self.shorten is None or most < BYTES_MIN else self.shorten(self, most)


class RecordWriter(Protocol):
    """Whoever writes records and knows when they are acknowledged."""

    async def write(self, records: Iterable[OutgoingRecord], /) -> None:
        """Write records, as `Writer.write` does."""


class Batch:
    """Records handed to the producer together, until the brokers' last word on each of them.

    What is told of records is taken in the thread that collects it, and the loop is woken once, when that is all. Of
    the two counts each has one thread that writes it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, brokers: str = "") -> None:
        self._loop, self._brokers = loop, brokers
        self.settled: asyncio.Future[None] = loop.create_future()
        #: Those that were not acknowledged in time.
        self.missed: list[OutgoingRecord] = []
        #: Those that a broker refused for their size.
        self.too_large: list[OutgoingRecord] = []
        self.failure: StreamsError | None = None
        self._given = self._answered = 0
        self._complete = False

    def add(self) -> None:
        """Wait for one record more."""
        self._given += 1

    def settle(self, record: OutgoingRecord, error: KafkaError | None, _: Message | None = None) -> None:
        """Take the word on one record, in the thread that collects them."""
        if error is not None:
            self._note(record, error)
        self._answered += 1
        # Whichever of the threads comes second sees what the other has written.
        if self._complete and self._answered == self._given:
            self._loop.call_soon_threadsafe(self._end)

    def complete(self) -> None:
        """Wait for no more records than there are: all are with the producer."""
        self._complete = True
        if self._answered == self._given:
            self._end()

    def fail(self, failure: StreamsError) -> None:
        """Wait for nothing more."""
        self.failure = failure
        self._end()

    def _note(self, record: OutgoingRecord, error: KafkaError) -> None:
        if error.code() == KafkaError._MSG_TIMED_OUT:  # noqa: SLF001 - the library's own code
            self.missed.append(record)
        elif error.code() in TOO_LARGE:
            self.too_large.append(record)
        elif self.failure is None:
            self.failure = _judged(record.topic, error, self._brokers)

    def _end(self) -> None:
        if not self.settled.done():
            self.settled.set_result(None)


class Writer:
    """The one idempotent producer of this process; a thread of its own collects the acknowledgements."""

    def __init__(self, settings: dict[str, Any]) -> None:
        # What is fatal reaches us as an exception; the library would write it to standard error, too.
        unsaid = logging.getLogger("librdkafka")
        unsaid.disabled = True
        self._producer = Producer(
            {
                **settings,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 2,
                "compression.type": "lz4",
                "message.max.bytes": MESSAGE_BYTES_MAX,
                # What is not acknowledged by then is dropped, and produced again by whoever waits for it, if they still
                # may: what a process has left with its producer must not come out when it wakes from a long sleep.
                "message.timeout.ms": int(DELIVERY_SECONDS * 1000),
            },
            logger=unsaid,
        )
        self._loop, self._brokers = asyncio.get_running_loop(), brokers_of(settings)
        self._batches: set[Batch] = set()
        #: Why nothing can be written any more, from when `lost` is set.
        self.failure: WriterLost | None = None
        self.lost = asyncio.Event()
        self._closing = Event()
        self._thread = Thread(target=self._collect, name="kafka-writer", daemon=True)
        self._thread.start()

    def under(self, lease: Lease) -> RecordWriter:
        """What writes records only while a lease holds."""
        return LeasedWriter(self, lease)

    async def write(self, records: Iterable[OutgoingRecord], lease: Lease | None = None) -> None:
        """Write records and return once every one is acknowledged, however long the broker is away.

        Under a lease, records are given to the producer only while it holds; and whoever is called off meanwhile waits
        until nothing of theirs is left with it. One that the broker refuses for its size is written again alone, for it
        may have been its company; then cut.

        Raises:
            JobFailed: the broker refused a record for good, naming the topic and the reason.
            WriterLost: nothing can be written any more.

        """
        left, tries = list(records), 0
        while left:
            batch = await self._try(left, lease)
            for record in batch.too_large:
                await self._write_smaller(record, lease)
            left = batch.missed
            if left:
                tries += 1
                if tries % NOTICE_EVERY == 0:
                    told = (len(left), self._brokers)
                    log.warning("kafka_write_waiting records=%d brokers=%s: they do not acknowledge", *told)

    async def _write_smaller(self, record: OutgoingRecord, lease: Lease | None) -> None:
        """Write a record that was refused for its size: as it is, then half as large, until the broker takes it."""
        smaller: OutgoingRecord | None = record
        most = record.weight
        while smaller is not None:
            batch = await self._try([smaller], lease)
            if batch.missed:
                continue
            if not batch.too_large:
                if smaller is not record:
                    log.warning("record_cut topic=%s bytes=%d of=%d", record.topic, smaller.weight, record.weight)
                return
            most //= 2
            smaller = record.shorter(most)
        raise refused(record.topic, KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))

    async def _try(self, records: Sequence[OutgoingRecord], lease: Lease | None) -> Batch:
        """Produce records and wait for what becomes of them: the batch holds those that are not written."""
        batch = Batch(self._loop, self._brokers)
        self._batches.add(batch)
        try:
            try:
                for record in records:
                    # Nearly always there is nothing to wait for.
                    if (lease is not None and not lease.holds) or not self._produced(record, batch):
                        await self._produce(record, batch, lease)
            finally:
                batch.complete()
            with waiting_for("the brokers' acknowledgement"):
                # Nobody but one under a lease waits for it once more.
                await (batch.settled if lease is None else asyncio.shield(batch.settled))
        except asyncio.CancelledError:
            if lease is not None:  # what is with the producer cannot be taken back: it is written in time, or never
                await asyncio.wait([batch.settled], timeout=DELIVERY_SECONDS + LATE_SECONDS)
            raise
        finally:
            self._batches.discard(batch)
        if batch.failure is not None:
            raise batch.failure
        return batch

    def _produced(self, record: OutgoingRecord, batch: Batch) -> bool:
        """Give a record to the producer, if it takes it at once; what stands in the way `_produce` tells apart."""
        if batch.failure is not None or self.failure is not None:
            return False
        try:
            self._give(record, batch)
        except (BufferError, KafkaException):
            return False
        return True

    def _give(self, record: OutgoingRecord, batch: Batch) -> None:
        place = PARTITION_OF_KEY if record.partition is None else record.partition
        told = partial(batch.settle, record)
        # Without names, which cost a quarter of the call.
        if record.headers:
            self._producer.produce(record.topic, record.value, record.key, place, told, headers=list(record.headers))
        else:
            self._producer.produce(record.topic, record.value, record.key, place, told)
        batch.add()

    async def _produce(self, record: OutgoingRecord, batch: Batch, lease: Lease | None) -> None:
        """Give a record to the producer, when that may be and there is room."""
        tries = 0
        while batch.failure is None:
            if self.failure is not None:
                batch.fail(self.failure)
                return
            if lease is not None:
                await lease.held()
            try:
                self._give(record, batch)
            except BufferError:
                with waiting_for("room among what the brokers have not acknowledged"):
                    await asyncio.sleep(POLL_SECONDS)
            except KafkaException as error:
                code = error.args[0].code()
                if code in UNKNOWN and tries < FRESH_TRIES:
                    # A partition that was added lately; its client learns of it when it asks.
                    tries += 1
                    await asyncio.to_thread(self._learn_of, record.topic)
                    continue
                if code in TOO_LARGE:
                    batch.too_large.append(record)
                else:
                    batch.failure = _judged(record.topic, error.args[0], self._brokers)
                return
            else:
                return

    def _learn_of(self, topic: str) -> None:
        with contextlib.suppress(KafkaException):  # the next try tells
            self._producer.list_topics(topic, timeout=DELIVERY_SECONDS)
        self._closing.wait(POLL_SECONDS)

    def _collect(self) -> None:
        """Have acknowledgements delivered until closing; what ends that before ends all writing."""
        try:
            while not self._closing.is_set():
                self._producer.poll(POLL_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody would hear of an acknowledgement any more
            told = f"nothing can be written: {_in_words(error)}{_for_whom(error, self._brokers)}"
            self._loop.call_soon_threadsafe(self._lose, WriterLost(told))

    def _lose(self, failure: WriterLost) -> None:
        self.failure = failure
        for batch in self._batches:
            batch.fail(failure)
        self.lost.set()

    async def aclose(self) -> None:
        """Wait for what is still on its way, for a bounded time."""
        self._closing.set()
        await asyncio.to_thread(self._thread.join)
        if self.failure is None:
            await asyncio.to_thread(self._producer.flush, CLOSE_SECONDS)


class LeasedWriter:
    """A writer as one job sees it whose partitions may be taken away."""

    def __init__(self, writer: Writer, lease: Lease) -> None:
        self._writer, self._lease = writer, lease

    async def write(self, records: Iterable[OutgoingRecord], /) -> None:
        """Write records while the lease holds, as `Writer.write` does."""
        await self._writer.write(records, self._lease)


def refused(topic: str, error: KafkaError, brokers: str = "") -> JobFailed:
    """Say that a broker refused a record for good."""
    if (refusal := Asked(brokers, "WRITE", topic=topic).refused(error)) is not None:
        return refusal
    return JobFailed(f"the broker refused a record for topic {topic}: {error.str()} ({error.name()})")


def _judged(topic: str, error: KafkaError, brokers: str) -> JobFailed | WriterLost:
    if error.fatal() or error.code() == KafkaError._FATAL:  # noqa: SLF001 - the library's own code
        return WriterLost(f"nothing can be written: {error.str()} ({error.name()})")
    return refused(topic, error, brokers)


def _for_whom(error: Exception, brokers: str) -> str:
    """What to do about a producer that the brokers give no id, which they ask of who may write no topic at all."""
    denied = any(words in str(error).lower() for words in ("cluster authorization", "cluster_authorization"))
    return f"; {brokers}: no ACL lets us WRITE any topic: grant it; {WHERE}" if denied else ""


def _in_words(error: Exception) -> str:
    """What ended a client; the library's own error may come wrapped in Python's."""
    told = error.__cause__ if isinstance(error, SystemError) else error
    if isinstance(told, KafkaException):
        return f"{told.args[0].str()} ({told.args[0].name()})"
    return " ".join(f"{type(error).__name__} {error}".split())
