"""What we add to a member of a consumer group, as aiokafka has it: both are called before it is started."""

from collections.abc import Mapping
from typing import Any

from aiokafka import errors as aiokafka_errors
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest

from streams.kafka.lease import Lease

#: What the coordinator answers to whom it has given up.
NO_MEMBER = (aiokafka_errors.UnknownMemberIdError, aiokafka_errors.IllegalGenerationError)


def listen(client: Any, lease: Lease) -> None:
    """Renew a lease with whatever keeps the member of a client in its group, from when that was sent."""
    send = client.send

    async def send_and_listen(node: Any, request: Any, **how: Any) -> Any:
        sent_at = lease.now()
        response = await send(node, request, **how)
        if isinstance(request, HeartbeatRequest | SyncGroupRequest):  # both begin the session anew
            said = aiokafka_errors.for_code(response.error_code)
            if said is aiokafka_errors.NoError:
                lease.renew(sent_at)
            elif said is aiokafka_errors.RebalanceInProgressError:
                lease.renew(sent_at, rebalancing=True)
            elif said in NO_MEMBER:
                lease.lose()
        return response

    client.send = send_and_listen


def await_brokers(client: Any) -> None:
    """Have a client ask again for its group's coordinator while it knows of no broker.

    Brokers that just begin, or had stood still, tell of none for a moment. aiokafka takes that for a fault of its own,
    and its member never joins.
    """
    look_up = client.coordinator_lookup

    async def look_up_again(kind: Any, key: str) -> Any:
        if client.get_random_node() is None:
            raise aiokafka_errors.GroupCoordinatorNotAvailableError
        return await look_up(kind, key)

    client.coordinator_lookup = look_up_again


def seek_to_the_first_offset_too(consumer: Any) -> None:
    """Have a consumer seek to what is committed also where that is 0, which aiokafka takes for nothing.

    Around a rebalance Faust throws away what it has fetched, and relies on seeking back: of a partition in which
    nothing was committed beyond its first offset, those records would never be read.
    """
    seek_to_committed = consumer.seek_to_committed

    async def seek(*partitions: Any) -> Mapping[Any, int | None]:
        found: Mapping[Any, int | None] = await seek_to_committed(*partitions)
        for partition, offset in found.items():
            if offset == 0:
                consumer.seek(partition, 0)
        return found

    consumer.seek_to_committed = seek
