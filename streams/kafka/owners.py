"""Who of a group reads which partitions, as its coordinator knows it."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka import errors as aiokafka_errors
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from schemas.config.kafka import KafkaSettings
from streams.kafka.async_clients import aiokafka_settings
from streams.pipeline.offsets import Partition

REQUEST_MS = 5_000
#: The members of a group that is shared out; who has which partitions means nothing otherwise.
STABLE = "Stable"


@dataclass(frozen=True, slots=True)
class Owner:
    """A member of a group, and where it calls from."""

    member: str
    host: str


@dataclass(frozen=True, slots=True)
class Owners:
    """The state of a group in Kafka's word, and whose each partition is."""

    state: str = ""
    owners: dict[Partition, Owner] | None = None


async def owners_of(kafka: KafkaSettings, group_id: str) -> Owners:
    """Who owns what; nothing where the brokers do not say."""
    client = AIOKafkaAdminClient(**aiokafka_settings(kafka), request_timeout_ms=REQUEST_MS)
    try:
        await client.start()
        (response,) = await client.describe_consumer_groups([group_id])
    except (aiokafka_errors.KafkaError, OSError):
        return Owners()
    finally:
        with suppress(aiokafka_errors.KafkaError, OSError):
            await client.close()
    return _read(response)


def _read(response: Any) -> Owners:
    code, _, state, _, _, members, *_ = response.groups[0]
    if code or state != STABLE:
        return Owners(str(state or ""))
    found: dict[Partition, Owner] = {}
    for member, _, host, _, assignment, *_ in members:
        if assignment:
            told = ConsumerProtocolMemberAssignment.decode(assignment).assignment
            owner = Owner(member, host.lstrip("/"))
            found |= {(topic, number): owner for topic, numbers in told for number in numbers}
    return Owners(state, found)
