"""What is written in transactions is there whole or not at all, whoever is called off, fenced or refused."""

import asyncio
import random
import uuid
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from streams.errors import JobFailed, Stalled
from streams.kafka.compacted import read_topic
from streams.kafka.producer import OutgoingRecord
from streams.kafka.transactions import TransactionalProducer
from tests.integration.brokers import Broker
from tests.integration.harness import PATIENCE_SECONDS, make_topic
from tests.integration.importing import Crowd, importing

pytestmark = pytest.mark.kafka

RECORDS = 3000


@pytest.fixture(name="settings")
def _settings(broker: Broker) -> dict[str, Any]:
    return {"bootstrap.servers": broker.bootstrap}


@pytest.fixture(name="topic")
def _topic(settings: dict[str, Any]) -> str:
    name = f"transactions-{uuid.uuid4().hex[:10]}"
    make_topic(AdminClient(settings), name, 1)
    return name


def records(topic: str, mark: str, count: int = RECORDS) -> list[OutgoingRecord]:
    return [OutgoingRecord(topic, mark.encode(), f"{mark} {number}".encode()) for number in range(count)]


def written(settings: dict[str, Any], topic: str) -> list[bytes]:
    """What whoever takes the topic's transactions over finds there: all that was committed before.

    Others see it only some time after it is done.
    """

    async def take_over() -> None:
        await (await opened(settings, topic)).aclose()

    asyncio.run(take_over())
    return [message.value() or b"" for message in read_topic(settings, topic, [0])]


async def opened(settings: dict[str, Any], name: str) -> TransactionalProducer:
    door = TransactionalProducer(settings, name)
    await door.open()
    return door


def test_what_is_called_off_in_the_middle_is_not_written_in_part(settings: dict[str, Any], topic: str) -> None:
    async def call_off(number: int, seconds: float) -> None:
        door = await opened(settings, topic)
        writing = asyncio.create_task(door.write(records(topic, str(number))))
        await asyncio.wait({writing}, timeout=seconds)
        writing.cancel()
        await door.aclose()
        await asyncio.gather(writing, return_exceptions=True)

    chance = random.Random(7)
    for number in range(20):
        asyncio.run(call_off(number, chance.uniform(0, 0.03)))
    found = written(settings, topic)
    counts = {number: sum(value.startswith(b"%d " % number) for value in found) for number in range(20)}
    assert set(counts.values()) <= {0, RECORDS}, f"some were written in part: {counts}"


def test_whoever_is_fenced_is_told_so_and_writes_nothing(settings: dict[str, Any], topic: str) -> None:
    async def fence() -> None:
        for number in range(10):
            old = await opened(settings, topic)
            new = await opened(settings, topic)
            with pytest.raises(Stalled, match="ended"):
                await old.write(records(topic, "old", 500))
            await new.write(records(topic, f"new {number}", 1))
            await old.aclose()
            await new.aclose()

    asyncio.run(fence())
    assert written(settings, topic) == [f"new {number} 0".encode() for number in range(10)]


def test_a_record_the_brokers_refuse_is_told_of_and_none_of_the_others_is_written(
    settings: dict[str, Any], topic: str
) -> None:
    async def write() -> None:
        door = await opened(settings, topic)
        with pytest.raises(JobFailed, match=f"refused a record for topic {topic}"):
            await door.write(
                [*records(topic, "small", 10), OutgoingRecord(topic, b"large", random.Random(7).randbytes(2_000_000))]
            )
        await door.write(records(topic, "later", 1))
        await door.aclose()

    asyncio.run(write())
    assert written(settings, topic) == [b"later 0"]


def test_one_process_runs_many_imports(broker: Broker, tmp_path: Path, unique: str) -> None:
    """More than asyncio has threads to lend."""
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        infobip.create(range(20))
        made.configuration["authorizations"][0]["limits"] = {"list_persons": 1000}
        made.configuration["jobs"] = [made.job(f"{unique}-{number}") for number in range(40)]
        worker = made.start()
        assert worker.process.wait(PATIENCE_SECONDS) == 0
        ended = [flush.outcomes for number in range(40) for flush in made.flushes(f"{unique}-{number}")]
        assert ended == [{"imported": 20}] * 40
