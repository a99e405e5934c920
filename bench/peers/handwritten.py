"""A peer: the loop a good engineer writes with aiokafka and httpx, for the same calls and the same commits.

It fills calls of 1,000 people from whichever partitions have nothing in flight, so that order within a partition is
kept while calls overlap; upserts, then tags; retries what may pass; and commits what is delivered. With `--rate` it
spaces its calls. It knows no dead letters, no verdicts on single people, no state of a job and no backfill.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiokafka
import httpx
import httpx_aiohttp
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.peers import Options, Peer, always

BATCH = 1000
FETCH_MS = 10
FETCH_BYTES = 8 * 1024 * 1024  # a third faster than with the default, and 40 MB more
IDLE_SECONDS = 0.1
TRIES = 10
MARGIN = 1.02  # evenly spaced calls arrive unevenly, and the sixth within a second is one too many

Deliver = Callable[[list[dict[str, Any]]], Awaitable[None]]


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    rate = ["--rate", str(options.rate)] if options.rate else []
    return [sys.executable, "-m", "bench.peers.handwritten", broker, topic, url, group, *rate]


PEER = Peer(name="hand-written aiokafka + httpx", does="upserts and tags", command=command, missing=always)


class Pace:
    """Calls of one operation, evenly spaced."""

    def __init__(self, rate: float) -> None:
        self._gap = MARGIN / rate if rate else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        now = time.monotonic()
        at = max(now, self._next)
        self._next = at + self._gap
        if at > now:
            await asyncio.sleep(at - now)


class People:
    """The two calls, tried again while that may help."""

    def __init__(self, client: httpx.AsyncClient, rate: float) -> None:
        self._client = client
        self._upserts, self._tags = Pace(rate), Pace(rate)

    async def deliver(self, events: list[dict[str, Any]]) -> None:
        persons = {"persons": [person(event) for event in events]}
        answer = await self._patch("/people/3/persons/upsert", persons, self._upserts)
        if errors := orjson.loads(answer.content)["errors"]:
            raise ValueError(f"{len(errors)} people were refused")
        people = [{"query": {"type": "EMAIL", "identifier": event["profile"]["email"]}} for event in events]
        await self._patch("/people/2/tags/VIP/persons", {"people": people}, self._tags)

    async def _patch(self, path: str, body: dict[str, Any], pace: Pace) -> httpx.Response:
        content = orjson.dumps(body)

        async def ask() -> httpx.Response:
            await pace.turn()
            return await self._client.patch(path, content=content)

        return await tried(ask)


async def tried(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    for attempt in range(TRIES):
        try:
            answer = await ask()
        except httpx.TransportError:
            await asyncio.sleep(min(2.0**attempt, 30))
            continue
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS and answer.status_code < 500:
            return answer.raise_for_status()
        await asyncio.sleep(float(answer.headers.get("Retry-After", min(2.0**attempt, 30))))
    raise ConnectionError(f"Infobip was asked {TRIES} times")


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


class Loop(aiokafka.ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is untyped
    """Reads from partitions that have nothing in flight, and sends what it read in full calls."""

    def __init__(self, consumer: AIOKafkaConsumer, deliver: Deliver) -> None:
        self._consumer, self._deliver = consumer, deliver
        self._flying: dict[asyncio.Task[None], set[TopicPartition]] = {}
        self._trouble: BaseException | None = None

    async def on_partitions_revoked(self, _: list[TopicPartition]) -> None:
        """Finish what is in flight before another process reads on."""
        if self._flying:
            await asyncio.wait(self._flying)

    async def on_partitions_assigned(self, _: list[TopicPartition]) -> None:
        """Need nothing: the next round reads what is assigned."""

    async def run(self) -> None:
        while self._trouble is None:
            batch, ends = await self._fill()
            task = asyncio.create_task(self._send(batch, ends))
            self._flying[task] = set(ends)
            task.add_done_callback(self._landed)
        raise self._trouble

    async def _fill(self) -> tuple[list[dict[str, Any]], dict[TopicPartition, int]]:
        """Fill a call; one that is not full goes only when there is no more to read and nothing in flight."""
        batch: list[dict[str, Any]] = []
        ends: dict[TopicPartition, int] = {}
        more = True
        while len(batch) < BATCH and (more or not batch or self._flying):
            free = self._consumer.assignment().difference(*self._flying.values())
            if not free:
                await self._wait()
                continue
            fetched = await self._consumer.getmany(*free, timeout_ms=FETCH_MS, max_records=BATCH - len(batch))
            more = bool(fetched)
            for partition, records in fetched.items():
                batch += [orjson.loads(record.value) for record in records]
                ends[partition] = records[-1].offset + 1
        return batch, ends

    async def _wait(self) -> None:
        if self._flying:
            await asyncio.wait(self._flying, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(IDLE_SECONDS)

    async def _send(self, batch: list[dict[str, Any]], ends: dict[TopicPartition, int]) -> None:
        await self._deliver(batch)
        await self._consumer.commit(ends)

    def _landed(self, task: asyncio.Task[None]) -> None:
        del self._flying[task]
        self._trouble = self._trouble or task.exception()


async def consume(
    broker: str, topic: str, url: str, group: str, made: Callable[[AIOKafkaConsumer, httpx.AsyncClient], Loop]
) -> None:
    """Open a consumer and a client, and run the loop that is made of them."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    headers = {"Authorization": "App demo-key", "Content-Type": "application/json"}
    async with httpx_aiohttp.HttpxAiohttpClient(base_url=url, headers=headers, timeout=60) as client:
        loop = made(consumer, client)
        consumer.subscribe([topic], listener=loop)
        await consumer.start()
        try:
            await loop.run()
        finally:
            await consumer.stop()


async def main(broker: str, topic: str, url: str, group: str, rate: float) -> None:
    await consume(broker, topic, url, group, lambda consumer, client: Loop(consumer, People(client, rate).deliver))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("broker", "topic", "url", "group"):
        parser.add_argument(name)
    parser.add_argument("--rate", type=float, default=0.0)
    uvloop.run(main(**vars(parser.parse_args())))
