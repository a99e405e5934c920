"""What the brokers would let us do, asked without doing it.

Brokers look at permissions before anything else. So each question is the one that a run asks, about something that
cannot be there: a record for a partition of the highest number, a fetch from it, the heartbeat of a member that nobody
knows, the end of a transaction of a producer that nobody is. Whoever may ask is told that it is not there.
"""

import asyncio
import logging
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from aiokafka import errors as aiokafka_errors
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import EndTxnRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from schemas.config.kafka import KafkaSettings
from streams.kafka.async_clients import aiokafka_settings
from streams.kafka.refusals import not_allowed

log = logging.getLogger(__name__)

Resource = Literal["topic", "group", "transactional id"]
#: When a permission is needed: by every run; by the commands that show how it goes; by runs that find topics missing,
#: or fewer partitions than the input has; by `pause` and `resume` alone; by `dead-letters replay` alone; by `erase`
#: alone; by `repair`, and jobs that carry it out, alone; never, but without it nobody looks whether policies and limits
#: are right.
When = Literal["run", "commands", "missing", "grown", "pause", "replay", "erase", "repair", "looked at"]


@dataclass(frozen=True, slots=True)
class Need:
    """One permission, and what for; where `begins`, for all whose names begin so."""

    resource: Resource
    name: str
    operation: str
    why: str
    when: When = "run"
    begins: bool = False

    @property
    def what(self) -> str:
        """Its resource, in words."""
        return f"{self.resource} {self.name}{'*' if self.begins else ''}"


#: A partition that no topic has, a member and a producer that nobody is.
NO_PARTITION, NO_MEMBER, NO_PRODUCER = 2**31 - 1, "nobody", 2**62
GROUP, TRANSACTION = 0, 1
REQUEST_MS, WAIT_MS = 5_000, 100
TRIES, PAUSE_SECONDS = 10, 0.5
DENIED = (
    aiokafka_errors.TopicAuthorizationFailedError,
    aiokafka_errors.GroupAuthorizationFailedError,
    aiokafka_errors.TransactionalIdAuthorizationFailed,
    aiokafka_errors.ClusterAuthorizationFailedError,
)
#: A coordinator that is not ready yet: brokers make it up when they are first asked for one.
EARLY = (
    aiokafka_errors.GroupCoordinatorNotAvailableError,
    aiokafka_errors.GroupLoadInProgressError,
    aiokafka_errors.NotCoordinatorForGroupError,
)


class Unasked(Exception):
    """The brokers did not answer; the message says which question."""


class Asking(NamedTuple):
    """A client that asks, and the broker it asks what any may answer."""

    client: Any
    node: Any


async def see_what_is_allowed(job: str, kafka: KafkaSettings, needs: Iterable[Need]) -> None:
    """See that the brokers let a job do all that it will do by its needs, before it does anything.

    Where they do not say, it will show.

    Raises:
        NotAllowed: they do not; it names all that is missing.

    """
    try:
        missing = await denied(kafka, [need for need in needs if need.when == "run"])
    except Unasked as error:
        log.info("permissions_unasked job=%s reason=%s", job, error)
        return
    if missing:
        raise not_allowed(",".join(kafka.brokers), "; ".join(f"{need.operation} {need.what}" for need in missing))


async def denied(kafka: KafkaSettings, needs: Iterable[Need]) -> list[Need]:
    """Those of the permissions that are missing; the brokers must have answered other clients before.

    Raises:
        Unasked: they do not answer.

    """
    client = AIOKafkaClient(**aiokafka_settings(kafka), request_timeout_ms=REQUEST_MS)
    try:
        asking = await _asking(client)
        return [need for need in needs if not await _allowed(asking, need)]
    except (aiokafka_errors.KafkaError, OSError, TimeoutError, struct.error) as error:
        raise Unasked(" ".join(f"{type(error).__name__} {error}".split())) from error
    finally:
        await client.close()


async def _asking(client: AIOKafkaClient) -> Asking:
    """Find whom to ask: brokers that have just begun, or were out of touch, tell of none of them for a moment."""
    for _ in range(TRIES):
        await client.bootstrap()
        if (node := client.get_random_node()) is not None:
            return Asking(client, node)
        await asyncio.sleep(PAUSE_SECONDS)
    raise Unasked("the brokers tell of no broker")


async def _allowed(asking: Asking, need: Need) -> bool:
    match need.resource, need.operation:
        case "topic", "READ":
            code = await _read(asking, need.name)
        case "topic", "WRITE":
            code = await _write(asking, need.name)
        case "group", _:
            code = await _coordinated(asking, GROUP, need.name, HeartbeatRequest(need.name, 0, NO_MEMBER))
        case "transactional id", _:
            request = EndTxnRequest(need.name, NO_PRODUCER, 0, transaction_result=False)
            code = await _coordinated(asking, TRANSACTION, need.name, request)
        case _:  # asked elsewhere, with the settings that the topic is to have
            return True
    return aiokafka_errors.for_code(code) not in DENIED


async def _read(asking: Asking, topic: str) -> int:
    wanted = [(topic, [(NO_PARTITION, 0, 1)])]
    answer = await asking.client.send(asking.node, FetchRequest(WAIT_MS, 0, 1, 0, wanted))
    return next((one[1] for _, partitions in answer.topics for one in partitions), 0)


async def _write(asking: Asking, topic: str) -> int:
    record = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1024)
    record.append(0, 0, b"", b"", [])
    wanted = [(topic, [(NO_PARTITION, bytes(record.build()))])]
    answer = await asking.client.send(asking.node, ProduceRequest(None, 1, REQUEST_MS, wanted))
    return next((one[1] for _, partitions in answer.topics for one in partitions), 0)


async def _coordinated(asking: Asking, kind: int, key: str, request: Any) -> int:
    """Ask whoever coordinates a group or the transactions of a name; what it answers, or why there is nobody."""
    for _ in range(TRIES):
        try:
            node = await asking.client.coordinator_lookup(kind, key)
            answer = await asking.client.send(node, request)
        except DENIED as error:
            return int(error.errno)
        except EARLY:
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        if aiokafka_errors.for_code(answer.error_code) not in EARLY:
            return int(answer.error_code)
        await asyncio.sleep(PAUSE_SECONDS)
    raise Unasked(f"nobody coordinates {key}")
