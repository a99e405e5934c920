"""Records that are all there or none of them: written in transactions, by one process at a time.

Faust's exactly_once leaves topics that an app does not read outside its transactions, so this is a door of its own.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from threading import Event, Lock
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.calls.waiting import alive
from streams.errors import JobFailed, Stalled
from streams.kafka.producer import PARTITION_OF_KEY, TOO_LARGE, OutgoingRecord, refused
from streams.kafka.refusals import Asked, brokers_of
from streams.kafka.retry import NOTICE_EVERY, WAIT_SECONDS
from streams.kafka.threads import in_own_thread
from streams.kafka.topics import MESSAGE_BYTES_MAX

log = logging.getLogger(__name__)

T = TypeVar("T")

#: The brokers give up a transaction whose process was killed after so long, unless its successor comes before. Until
#: then, consumers that read committed records only wait at its first record.
TRANSACTION_MS = 20_000
CLOSE_SECONDS = 2.0
#: For what is under way to see that it is called off, and for calling off.
ABANDON_SECONDS = 10.0
BUFFER_SECONDS = 0.1
#: What no repetition of the same records would change.
REFUSED = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_RECORD,
        KafkaError.POLICY_VIOLATION,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.INVALID_TRANSACTION_TIMEOUT,
    }
)


class TransactionalProducer:
    """The transactions under one name: whoever opens it last fences all who opened it before.

    `follows` is a topic of one partition's records, of which `last_offset` is kept.
    """

    def __init__(self, settings: dict[str, Any], name: str, *, follows: str = "") -> None:
        self._name, self._brokers, self._follows = name, brokers_of(settings), follows
        #: The highest offset that a record of ours was given in the topic that is followed.
        self.last_offset = -1
        # Fatal errors reach us as exceptions; the library would write them to standard error, too.
        unsaid = logging.getLogger("librdkafka")
        unsaid.disabled = True
        self._producer = Producer(
            {
                **settings,
                "transactional.id": name,
                "transaction.timeout.ms": TRANSACTION_MS,
                "linger.ms": 2,
                "compression.type": "lz4",
                "message.max.bytes": MESSAGE_BYTES_MAX,
                # Whose offsets nobody asks for is heard of only where something is wrong.
                "delivery.report.only.error": not follows,
            },
            logger=unsaid,
        )
        self._told = self._delivered  # bound once, and not for every record
        self._closing, self._using = Event(), Lock()
        self._refusal: JobFailed | None = None
        #: Whether a record, or all that travelled with it, was refused for its size; which one was written last.
        self._too_large, self._at = False, 0
        self._under_way = False

    async def open(self) -> None:
        """Take the name over: what its last owner had not committed is gone for good.

        Raises:
            JobFailed: the brokers do not allow it.
            Stalled: somebody else has taken it at the same time.

        """
        await in_own_thread(lambda: self._in_turn(lambda: self._insist(self._producer.init_transactions)), self._name)

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        """Write all of these records or none, and return once they are committed.

        One that the brokers refuse for its size is cut, and all are written again.

        Raises:
            JobFailed: the brokers refuse one of them for good; none is written.
            Stalled: somebody else has taken the name, or it is not known whether they are written.

        """
        batch = list(records)
        await in_own_thread(lambda: self._in_turn(lambda: self._write(batch)), self._name)

    async def aclose(self) -> None:
        """Call off what is under way, so that nobody waits for it, and let go of everything; of what hangs, too."""
        self._closing.set()
        try:
            await asyncio.wait_for(in_own_thread(self._abandon, self._name), ABANDON_SECONDS)
        except TimeoutError:
            log.warning("transaction_left name=%s reason=it hangs", self._name)

    def _in_turn(self, step: Callable[[], None]) -> None:
        with self._using:
            try:
                step()
            except KafkaException as error:
                raise self._judged(error.args[0]) from error

    def _judged(self, error: KafkaError) -> JobFailed | Stalled:
        if (refusal := Asked(self._brokers, "WRITE", name=self._name).refused(error)) is not None:
            return refusal
        if error.code() in REFUSED:
            return JobFailed(f"the brokers refuse transactions as {self._name}: {error.str()} ({error.name()})")
        return Stalled(f"transactions as {self._name} ended: {error.str()} ({error.name()})")

    def _write(self, wholes: Sequence[OutgoingRecord]) -> None:
        batch, alone = list(wholes), False
        while True:
            try:
                self._try(batch, alone=alone)
            except KafkaException as error:
                reason = error.args[0]
                # A transaction that has failed takes no more records; why, is heard when each is waited for.
                if not reason.txn_requires_abort() and reason.code() != KafkaError._STATE and self._refusal is None:  # noqa: SLF001 - the library's own code
                    raise
                self._call_off()
                unheard = reason.code() == KafkaError._STATE and not alone  # noqa: SLF001
                if unheard or (self._too_large and (not alone or self._shortened(batch, wholes[self._at]))):
                    alone = True
                    continue
                if self._refusal is not None:
                    raise self._refusal from error
                alive()
                log.warning("transaction_repeated name=%s reason=%s", self._name, reason.str())
                self._closing.wait(WAIT_SECONDS)
            else:
                return

    def _call_off(self) -> None:
        """Have the brokers forget what was written."""
        try:
            self._insist(self._producer.abort_transaction)
        except KafkaException as error:
            # Where the brokers refused a topic the transaction has not begun for them, and cannot be ended either.
            if self._refusal is None or self._too_large:
                raise
            self._under_way = False
            raise self._refusal from error
        self._under_way = False

    def _shortened(self, batch: list[OutgoingRecord], whole: OutgoingRecord) -> bool:
        """Put a smaller record in the place of the one that is too large; whether there is one."""
        smaller = whole.shorter(batch[self._at].weight // 2)
        if smaller is None:
            return False
        log.warning("record_cut topic=%s bytes=%d of=%d", whole.topic, smaller.weight, whole.weight)
        batch[self._at] = smaller
        return True

    def _try(self, batch: Sequence[OutgoingRecord], *, alone: bool) -> None:
        """Write a batch in one transaction; `alone`: one record after the other, so that a refusal tells which."""
        self._refusal, self._too_large = None, False
        self._unless_closing()
        self._producer.begin_transaction()
        self._under_way = True
        for self._at, record in enumerate(batch):
            self._produce(record)
            if alone:
                self._flush()
        self._flush()
        self._insist(self._producer.commit_transaction)
        self._under_way = False

    def _flush(self) -> None:
        """Wait until all that was written is acknowledged or refused; a refusal for size is raised."""
        tries = 0
        while waiting := _clearly(self._producer.flush, WAIT_SECONDS):
            tries += 1
            alive()
            self._notice(tries, f"{waiting} records are not acknowledged")
            self._unless_closing()
        self._unless_closing()
        if self._too_large:
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))

    def _unless_closing(self) -> None:
        """Raise rather than go on with a part: what is not committed whole is not committed."""
        if self._closing.is_set():
            raise Stalled(f"transactions as {self._name} were called off")

    def _produce(self, record: OutgoingRecord) -> None:
        place = PARTITION_OF_KEY if record.partition is None else record.partition
        while True:
            try:
                # Without names, which cost a quarter of the call.
                if record.headers:
                    headers = list(record.headers)
                    self._producer.produce(record.topic, record.value, record.key, place, self._told, headers=headers)
                else:
                    self._producer.produce(record.topic, record.value, record.key, place, self._told)
            except BufferError:
                self._unless_closing()
                alive()
                _clearly(self._producer.poll, BUFFER_SECONDS)
            except KafkaException as error:
                self._refuse(record.topic, error.args[0])
                raise
            else:
                return

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._refuse(message.topic() or "", error)
        elif message.topic() == self._follows:
            self.last_offset = max(self.last_offset, message.offset() or 0)

    def _refuse(self, topic: str, error: KafkaError) -> None:
        if error.code() in REFUSED:
            self._refusal = refused(topic, error, self._brokers)
            self._too_large |= error.code() in TOO_LARGE

    def _insist(self, step: Callable[[float], Any]) -> None:
        """Take a step of the protocol, again while the brokers do not answer, unless we are closing."""
        tries = 0
        while True:
            try:
                _clearly(step, WAIT_SECONDS)
            except KafkaException as error:
                if not error.args[0].retriable() or self._closing.is_set():
                    raise
                tries += 1
                alive()
                self._notice(tries, error.args[0].str())
                self._closing.wait(BUFFER_SECONDS)
            else:
                return

    def _notice(self, tries: int, reason: str) -> None:
        if tries % NOTICE_EVERY == 0:
            log.warning("brokers_awaited name=%s reason=%s: %s", self._name, self._brokers, reason)

    def _abandon(self) -> None:
        with self._using:
            try:
                if self._under_way:
                    _clearly(self._producer.abort_transaction, CLOSE_SECONDS)
            except KafkaException as error:
                # The brokers do it after TRANSACTION_MS; closing would wait for them.
                log.warning("transaction_left name=%s reason=%s", self._name, error.args[0].str())
                return
            try:
                self._producer.close()
            except KafkaException as error:
                # A fatal error is raised once more, after it has been told where it struck.
                log.debug("transaction_closed name=%s reason=%s", self._name, error.args[0].str())


def _clearly(step: Callable[[float], T], seconds: float) -> T:
    """Take a step; a fatal error that strikes while callbacks are due comes wrapped in Python's own."""
    try:
        return step(seconds)
    except SystemError as error:
        if isinstance(error.__cause__, KafkaException):
            raise error.__cause__ from None
        raise
