"""Records and what becomes of them, with a producer that acknowledges when the test says so."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.errors import JobFailed, WriterLost
from streams.kafka import producer as write
from streams.kafka.lease import DELIVERY_SECONDS, LEASE_SECONDS, Lease
from streams.kafka.producer import OutgoingRecord, Writer
from tests.fakes.clock import Clock
from tests.waiting import until

TIMED_OUT = KafkaError(KafkaError._MSG_TIMED_OUT)
FATAL = KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED, "Cluster authorization failed", fatal=True)


class FakeProducer:
    """Keeps what it is given until the test says what becomes of it."""

    made: "FakeProducer"

    def __init__(self, settings: dict[str, Any], **_: Any) -> None:
        FakeProducer.made = self
        self.settings = settings
        self.kept: list[tuple[bytes, Callable[[KafkaError | None, Any], None]]] = []
        self.given: list[bytes] = []
        self.refusal: Exception | None = None
        self.fault: BaseException | None = None
        self.full = False
        self.room = 1_000_000

    def produce(self, _: str, value: bytes, __: bytes | None, ___: int, on_delivery: Any) -> None:
        if self.full or len(self.given) >= self.room:
            raise BufferError
        if self.refusal is not None:
            raise self.refusal
        self.given.append(value)
        self.kept.append((value, on_delivery))

    def poll(self, seconds: float) -> None:
        threading.Event().wait(min(seconds, 0.005))
        if self.fault is not None:
            raise self.fault

    def flush(self, _: float) -> int:
        return 0

    def answer(self, error: KafkaError | None = None, *values: bytes) -> None:
        """Say what became of these records, or of all."""
        kept, self.kept = self.kept, []
        for value, delivered in kept:
            if values and value not in values:
                self.kept.append((value, delivered))
            else:
                delivered(error, None)


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "Producer", FakeProducer)


def records(*values: bytes) -> list[OutgoingRecord]:
    return [OutgoingRecord("infobip_flushes", None, value) for value in values]


def play(scene: Callable[[Writer, FakeProducer], Awaitable[None]]) -> None:
    async def run() -> None:
        writer = Writer({})
        try:
            async with asyncio.timeout(10):
                await scene(writer, FakeProducer.made)
        finally:
            await writer.aclose()

    asyncio.run(run())


def test_records_are_dropped_that_are_not_acknowledged_in_time() -> None:
    async def scene(_: Writer, producer: FakeProducer) -> None:
        assert producer.settings["message.timeout.ms"] == DELIVERY_SECONDS * 1000
        assert producer.settings["enable.idempotence"] is True

    play(scene)


def test_those_and_only_those_are_produced_again_until_they_are_acknowledged() -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        writing = asyncio.create_task(writer.write(records(b"a", b"b", b"c")))
        await until(lambda: len(producer.kept) == 3)
        producer.answer(TIMED_OUT, b"a", b"c")
        await asyncio.sleep(0.01)
        assert producer.given == [b"a", b"b", b"c"]  # one is still on its way
        producer.answer(None, b"b")
        await until(lambda: producer.given == [b"a", b"b", b"c", b"a", b"c"])
        assert not writing.done()
        producer.answer()
        await writing

    play(scene)


def test_under_a_lease_nothing_is_produced_while_it_does_not_hold() -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        clock = Clock()
        lease = Lease("vip", lambda: clock.moment)
        writing = asyncio.create_task(writer.under(lease).write(records(b"a")))
        await asyncio.sleep(0.05)
        assert producer.given == []
        lease.renew(lease.now())
        await until(lambda: producer.given == [b"a"])
        clock.move(LEASE_SECONDS)
        producer.answer(TIMED_OUT)  # the brokers, or we, were away
        await asyncio.sleep(0.05)
        assert producer.given == [b"a"]
        lease.renew(lease.now())
        await until(lambda: producer.given == [b"a", b"a"])
        producer.answer()
        await writing

    play(scene)


def test_a_record_that_waits_for_room_asks_again_before_it_is_produced() -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        clock = Clock()
        lease = Lease("vip", lambda: clock.moment)
        lease.renew(lease.now())
        producer.full = True
        writing = asyncio.create_task(writer.under(lease).write(records(b"a")))
        await asyncio.sleep(0)
        clock.move(LEASE_SECONDS)
        producer.full = False
        await asyncio.sleep(0.2)
        assert producer.given == []
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing

    play(scene)


def test_whoever_is_called_off_under_a_lease_waits_for_what_is_with_the_producer() -> None:
    """Who gives up partitions must know that nothing of theirs is written afterwards."""

    async def scene(writer: Writer, producer: FakeProducer) -> None:
        lease = Lease("vip")
        lease.renew(lease.now())
        writing = asyncio.create_task(writer.under(lease).write(records(b"a", b"b")))
        await until(lambda: len(producer.kept) == 2)
        writing.cancel()
        await asyncio.sleep(0.05)
        assert not writing.done()
        producer.answer(None, b"a")
        producer.answer(TIMED_OUT, b"b")
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert producer.given == [b"a", b"b"]

    play(scene)


def test_whoever_is_called_off_without_one_does_not() -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        writing = asyncio.create_task(writer.write(records(b"a")))
        await until(lambda: len(producer.kept) == 1)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing

    play(scene)


def test_a_record_that_the_broker_refuses_fails_the_job_once_the_others_are_settled() -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        writing = asyncio.create_task(writer.write(records(b"a", b"b")))
        await until(lambda: len(producer.kept) == 2)
        producer.answer(KafkaError(KafkaError.INVALID_RECORD), b"a")
        await asyncio.sleep(0.01)
        assert not writing.done()
        producer.answer(None, b"b")
        with pytest.raises(JobFailed, match=r"refused a record for topic infobip_flushes: .*INVALID_RECORD"):
            await writing

    play(scene)


def test_a_record_that_the_producer_refuses_fails_the_job() -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        producer.refusal = KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
        with pytest.raises(JobFailed, match="refused a record for topic infobip_flushes"):
            await writer.write(records(b"a"))

    play(scene)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(KafkaException(FATAL), id="fatal"),
        pytest.param(SystemError("<method 'poll'> returned a result with an exception set"), id="wrapped"),
        pytest.param(MemoryError(), id="anything"),
    ],
)
def test_a_producer_that_ends_fails_all_writes_under_way_and_to_come(fault: Exception) -> None:
    if isinstance(fault, SystemError):
        fault.__cause__ = KafkaException(FATAL)

    async def scene(writer: Writer, producer: FakeProducer) -> None:
        lease = Lease("vip")
        lease.renew(lease.now())
        writing = [asyncio.create_task(each.write(records(b"a"))) for each in (writer, writer.under(lease))]
        await until(lambda: len(producer.kept) == 2)
        producer.fault = fault
        await writer.lost.wait()
        for task in writing:
            with pytest.raises(WriterLost, match="nothing can be written"):
                await task
        with pytest.raises(WriterLost, match="nothing can be written"):
            await writer.write(records(b"b"))
        assert producer.given == [b"a", b"a"]
        assert isinstance(fault, MemoryError) or "Cluster authorization failed" in str(writer.failure)

    play(scene)


def one_by_one(producer: FakeProducer, values: list[bytes]) -> None:
    for value in values:
        producer.answer(None, value)


def test_every_word_of_the_brokers_arrives_while_the_loop_takes_others() -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        for _ in range(20):
            values = [b"%d" % number for number in range(200)]
            writing = asyncio.create_task(writer.write(records(*values)))
            await until(lambda: len(producer.kept) == 200)
            await asyncio.to_thread(one_by_one, producer, values)
            await writing
        assert len(producer.given) == 4000

    play(scene)


def test_the_loop_is_woken_once_for_records_that_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        woken: list[Any] = []
        loop: Any = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe
        monkeypatch.setattr(writer, "_loop", Waking(loop, woken, wake))
        values = [b"%d" % number for number in range(200)]
        writing = asyncio.create_task(writer.write(records(*values)))
        await until(lambda: len(producer.kept) == 200)
        collecting = threading.Thread(target=one_by_one, args=(producer, values))
        collecting.start()
        await writing
        collecting.join()
        assert len(woken) == 1

    play(scene)


class Waking:
    """A loop that notes who wakes it."""

    def __init__(self, loop: Any, woken: list[Any], wake: Callable[..., Any]) -> None:
        self._woken, self._wake = woken, wake
        self.create_future = loop.create_future

    def call_soon_threadsafe(self, *call: Any) -> None:
        self._woken.append(call)
        self._wake(*call)


def test_what_is_acknowledged_while_others_wait_for_room_is_not_waited_for_again() -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        producer.room = 2
        writing = asyncio.create_task(writer.write(records(b"a", b"b", b"c")))
        await until(lambda: producer.given == [b"a", b"b"])
        await asyncio.to_thread(producer.answer)
        await asyncio.sleep(0.01)
        assert not writing.done()
        producer.room = 3
        await until(lambda: producer.given == [b"a", b"b", b"c"])
        await asyncio.to_thread(producer.answer)
        await writing
        assert producer.given == [b"a", b"b", b"c"]

    play(scene)


def test_whoever_is_called_off_without_a_lease_leaves_the_others_alone() -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        gone, stays = (asyncio.create_task(writer.write(records(value))) for value in (b"a", b"b"))
        await until(lambda: len(producer.kept) == 2)
        gone.cancel()
        producer.answer()
        await stays
        assert gone.cancelled()

    play(scene)


def test_a_fatal_answer_to_a_record_is_no_refusal_of_that_record() -> None:
    async def scene(writer: Writer, producer: FakeProducer) -> None:
        writing = asyncio.create_task(writer.write(records(b"a")))
        await until(lambda: len(producer.kept) == 1)
        producer.answer(FATAL)
        with pytest.raises(WriterLost, match="Cluster authorization failed"):
            await writing

    play(scene)
