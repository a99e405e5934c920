"""How brokers are asked: again for a while, or for as long as they are away."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException

from schemas.config.kafka import KafkaSettings
from streams.errors import NotAllowed
from streams.kafka.complaints import complaints_of
from streams.kafka.refusals import Why, why
from streams.kafka.threads import in_own_thread

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Short, because a process that is told to stop waits for the question it has just asked.
REQUEST_SECONDS = 5.0
#: Brokers answer so, or not at all, while they start, move leaders or are away: the question is good, only early.
EARLY = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.NOT_CONTROLLER,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.PREFERRED_LEADER_NOT_AVAILABLE,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.UNKNOWN_TOPIC_ID,
        KafkaError.INCONSISTENT_TOPIC_ID,
        KafkaError.STALE_BROKER_EPOCH,
        KafkaError.STALE_CTRL_EPOCH,
        KafkaError.ELIGIBLE_LEADERS_NOT_AVAILABLE,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
        KafkaError.THROTTLING_QUOTA_EXCEEDED,
        KafkaError._TRANSPORT,  # noqa: SLF001 - the client library's own codes begin with an underscore
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001 - its metadata are older than the partition
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._RESOLVE,  # noqa: SLF001 - names come and go with the brokers that bear them
        KafkaError._WAIT_COORD,  # noqa: SLF001
    }
)
#: What no patience mends.
FATAL = frozenset(
    {
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError._AUTHENTICATION,  # noqa: SLF001
    }
)
EARLY_SECONDS = 30.0
#: Between two tries: a topic that was made just now is known everywhere in a moment, brokers that start are not.
FIRST_PAUSE_SECONDS, PAUSE_SECONDS = 0.02, 0.2
WAIT_SECONDS = 2.0
NOTICE_EVERY = 15
#: A login or a certificate is refused for good when it was so often in a row: brokers that start may do so once.
REFUSALS = 3


def is_retriable(error: KafkaException) -> bool:
    """Whether the same question may be answered later."""
    return error.args[0].code() in EARLY


def is_time_out(error: KafkaException) -> bool:
    """Whether nobody answered in time."""
    return bool(error.args[0].code() == KafkaError._TIMED_OUT)  # noqa: SLF001 - the library's own code


def always() -> bool:
    """Stand in for a question that nobody calls off."""
    return True


def retry_for_a_while(ask: Callable[[], T], wanted: Callable[[], bool] = always) -> T:
    """Ask a broker, and again for a while where the question came too early and the answer is still wanted."""
    deadline, pause = time.monotonic() + EARLY_SECONDS, FIRST_PAUSE_SECONDS
    while True:
        try:
            return ask()
        except KafkaException as error:
            if not is_retriable(error) or time.monotonic() > deadline or not wanted():
                raise
        time.sleep(pause)
        pause = min(2 * pause, PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf brokers are asked, and which."""

    job: str
    kafka: KafkaSettings
    settings: Mapping[str, Any]

    def why(self, error: KafkaError, since: float) -> Why:
        """Why a question that began then had no answer; blocks for some seconds."""
        return why(self.kafka, complaints_of(self.settings), error, since)


#: Who asks in this task, and in those that it starts.
ASKER: ContextVar[Asker | None] = ContextVar("ASKER", default=None)


async def retry_until_available(ask: Callable[[], T]) -> T:
    """Ask a broker in a thread, and again for as long as the brokers are away; now and then a line says so.

    Raises:
        NotAllowed: the brokers are there, and refuse us time and again.
        KafkaException: any other answer that waiting does not change.

    """
    asker, tries, refusals = ASKER.get(), 0, 0
    while True:
        began = time.monotonic()
        try:
            return await in_own_thread(ask, "brokers")
        except KafkaException as error:
            if not is_retriable(error):
                raise
            reason = error.args[0]
        if tries % NOTICE_EVERY == 0 or refusals:
            told = Why(reason.str(), final=False)
            if asker is not None:
                told = await in_own_thread(partial(asker.why, reason, began), "knock")
            refusals = refusals + 1 if told.final else 0
            if refusals == REFUSALS:
                raise NotAllowed(told.text)
            if tries % NOTICE_EVERY == 0:
                log.warning("brokers_awaited %sreason=%s", "" if asker is None else f"job={asker.job} ", told.text)
        tries += 1
        await asyncio.sleep(WAIT_SECONDS)
