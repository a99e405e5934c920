"""What we reach into Faust for is still there: without it nothing would break, and everything would be slower."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka import errors as aiokafka_errors
from aiokafka.client import CoordinationType
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator

from schemas.config.kafka import KafkaSettings
from streams.agents.start_positions import StartPositions
from streams.kafka.consumer import JobConsumer
from streams.kafka.faust_patches import FETCH_WAIT_MS, ConsumerInternals
from streams.kafka.fetched import FetchedRecords
from streams.kafka.handler import Handler
from streams.kafka.lease import Lease
from tests.making import export_job

KAFKA = KafkaSettings.model_validate({"brokers": "127.0.0.1:1"})


class Nowhere:
    """Positions that nobody asks."""

    def expired(self, *_: Any) -> None: ...


def test_the_waits_that_faust_has_no_settings_for_are_shortened_and_only_committed_events_read() -> None:
    async def run() -> None:
        consuming = JobConsumer(export_job(), KAFKA, cast("StartPositions", Nowhere()), Lease("vip"))
        app = consuming.app
        thread = app.consumer._thread
        thread.thread_loop = asyncio.get_running_loop()
        stock = thread._create_worker_consumer(app.transport)
        assert stock._fetch_max_wait_ms > FETCH_WAIT_MS, "Faust, or aiokafka, has changed"
        assert (stock._isolation_level, stock._auto_offset_reset) == ("read_uncommitted", "none")
        consuming.inside.take(app.consumer)
        made = thread._create_worker_consumer(app.transport)
        assert (made._fetch_max_wait_ms, made._isolation_level) == (FETCH_WAIT_MS, "read_committed")
        assert fetcher.PartitionRecords is FetchedRecords
        with pytest.raises(aiokafka_errors.GroupCoordinatorNotAvailableError):  # which aiokafka asks for again
            await made._client.coordinator_lookup(CoordinationType.GROUP, "vip")
        async with asyncio.timeout(0.5):
            await app.consumer.sleep(1)

    asyncio.run(run())


def test_what_is_wrapped_of_aiokafka_is_there() -> None:
    for name in ("_do_fetch_commit_offsets", "_do_commit_offsets", "_on_join_complete", "ensure_active_group"):
        assert asyncio.iscoroutinefunction(getattr(GroupCoordinator, name)), "aiokafka has changed"
        assert asyncio.iscoroutinefunction(getattr(ConsumerInternals, name))
    assert callable(GroupCoordinator.reset_generation)
    assert "PartitionRecords" in Fetcher._proc_fetch_request.__code__.co_names, "aiokafka has changed"


def test_a_consumer_that_stops_lets_nobody_begin_with_what_was_assigned_last() -> None:
    """Its threads are gone by then: whoever began would ask for what cannot be had."""

    class Agent:
        topic_ids: Mapping[str, str] = {}

        def suspend(self) -> None: ...

    async def run() -> None:
        consuming = JobConsumer(export_job(), KAFKA, cast("StartPositions", Nowhere()), Lease("vip"))
        consuming.attach(cast("Handler", Agent()), lambda *_: None)
        before = asyncio.all_tasks()
        await consuming.app.on_partitions_assigned.send({TopicPartition("memberships", 0)})
        (preparing,) = asyncio.all_tasks() - before
        await consuming.stop()
        assert preparing.cancelled()

    asyncio.run(run())
