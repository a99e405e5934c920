"""What we add to aiokafka's member of a group is still needed, and does what it is there for."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka import errors as aiokafka_errors
from aiokafka.client import AIOKafkaClient, CoordinationType

from streams.kafka.member import await_brokers, seek_to_the_first_offset_too

FIRST, LATER, FRESH = (TopicPartition("memberships", number) for number in range(3))
COMMITTED = {FIRST: 0, LATER: 40, FRESH: None}


class Consumer(AIOKafkaConsumer):  # type: ignore[misc] # aiokafka is untyped here
    """One that is assigned three partitions, and remembers where it was told to go."""

    def __init__(self) -> None:
        super().__init__(bootstrap_servers="127.0.0.1:1")
        self.sought: dict[Any, int] = {}
        self._subscription.assign_from_user(list(COMMITTED))
        self._fetcher: Any = self

    async def committed(self, partition: Any) -> int | None:
        return COMMITTED[partition]

    def seek_to(self, partition: Any, offset: int) -> None:
        self.sought[partition] = offset


def sought(*, ours: bool) -> dict[Any, int]:
    async def run() -> dict[Any, int]:
        consumer = Consumer()
        if ours:
            seek_to_the_first_offset_too(consumer)
        assert await consumer.seek_to_committed() == COMMITTED
        found = consumer.sought
        consumer._fetcher = None
        await consumer.stop()
        return found

    return asyncio.run(run())


def test_a_partition_whose_first_offset_is_committed_is_read_from_there_after_a_rebalance() -> None:
    assert sought(ours=True) == {FIRST: 0, LATER: 40}


def test_aiokafka_does_not_do_so_by_itself() -> None:
    with pytest.raises(AssertionError):
        assert sought(ours=False) == {FIRST: 0, LATER: 40}, "what we add is needed no longer"


def looked_up(*, ours: bool) -> None:
    """Ask for a group's coordinator as one to whom brokers have told of none, which have just begun."""

    async def run() -> None:
        client = AIOKafkaClient(bootstrap_servers="127.0.0.1:1")
        if ours:
            await_brokers(client)
        try:
            await client.coordinator_lookup(CoordinationType.GROUP, "vip")
        finally:
            await client.close()

    asyncio.run(run())


def test_who_knows_of_no_broker_asks_again_for_the_coordinator() -> None:
    with pytest.raises(aiokafka_errors.GroupCoordinatorNotAvailableError) as caught:
        looked_up(ours=True)
    assert caught.value.retriable


def test_aiokafka_gives_up_by_itself() -> None:
    with pytest.raises(AssertionError, match="bootstrap"):
        looked_up(ours=False)
