"""A peer: the loop a good engineer writes with aiokafka and httpx, for the same calls and the same commits.

It reads, builds calls of 1,000 people, sends the upsert and then the tag, overlaps fetching with sending, and commits
what is delivered. It knows no rate limits, no retries, no dead letters, no order over windows and no rebalances.
"""

import asyncio
import sys
from typing import Any

import httpx
import httpx_aiohttp
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

BATCH = 1000


def person(event: dict[str, Any]) -> dict[str, Any]:
    profile = event["profile"]
    return {
        "type": "CUSTOMER",
        "firstName": profile["first_name"],
        "customAttributes": {"ltv": profile["lifetime_value"]},
        "contactInformation": [
            {"type": "EMAIL", "identifier": profile["email"]},
            {"type": "PHONE", "identifier": profile["phone"].lstrip("+")},
        ],
    }


async def deliver(client: httpx.AsyncClient, events: list[dict[str, Any]]) -> None:
    persons = [person(event) for event in events]
    answer = await client.patch("/people/3/persons/upsert", content=orjson.dumps({"persons": persons}))
    answer.raise_for_status()
    assert not orjson.loads(answer.content)["errors"]
    people = [{"query": {"type": "EMAIL", "identifier": event["profile"]["email"]}} for event in events]
    answer = await client.patch("/people/2/tags/VIP/persons", content=orjson.dumps({"people": people}))
    answer.raise_for_status()


async def main(broker: str, topic: str, url: str, group: str) -> None:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=broker, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    headers = {"Authorization": "App demo-key", "Content-Type": "application/json"}
    async with httpx_aiohttp.HttpxAiohttpClient(base_url=url, headers=headers) as client:
        batch: list[dict[str, Any]] = []
        ends: dict[TopicPartition, int] = {}
        flying: asyncio.Task[None] | None = None
        while True:
            fetched = await consumer.getmany(timeout_ms=200, max_records=BATCH - len(batch))
            for partition, records in fetched.items():
                batch += [orjson.loads(record.value) for record in records]
                ends[partition] = records[-1].offset + 1
            if len(batch) >= BATCH or (batch and not fetched):
                if flying is not None:
                    await flying
                flying = asyncio.create_task(send_and_commit(client, consumer, batch, ends))
                batch, ends = [], {}


async def send_and_commit(
    client: httpx.AsyncClient, consumer: AIOKafkaConsumer, batch: list[dict[str, Any]], ends: dict[TopicPartition, int]
) -> None:
    await deliver(client, batch)
    await consumer.commit(ends)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
