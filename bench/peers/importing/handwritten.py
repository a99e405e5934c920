"""A peer: the loop a good engineer writes with httpx and confluent-kafka to bring people to a topic.

It pages by moving the filter forward, and by numbers where one second fills a page; asks for the next page while one is
written; writes with an idempotent producer, and the cursor to a file once the brokers have a page. With `--rate` it
spaces its calls. It looks at no people again who tie and change while it pages, knows no versions, tags, deletions or
dead letters, and nothing keeps two of it from running at once.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import httpx_aiohttp
import orjson
import uvloop
from confluent_kafka import KafkaError, Message, Producer

from bench.peers import Options, Peer, always
from bench.peers.importing.plain import LIMIT, Cursor, contact

TRIES = 10
MARGIN = 1.02  # evenly spaced calls arrive unevenly, and the sixth within a second is one too many


def command(broker: str, topic: str, url: str, _: str, options: Options) -> list[str]:
    rate = ["--rate", str(options.rate)] if options.rate else []
    cursor = str(options.folder / "cursor.json")
    return [sys.executable, "-m", "bench.peers.importing.handwritten", broker, topic, url, cursor, *rate]


PEER = Peer(
    name="hand-written httpx + confluent-kafka", does="contacts, then a cursor", command=command, missing=always
)


class Listing:
    """Pages of people, asked for again while that may help."""

    def __init__(self, client: httpx.AsyncClient, rate: float) -> None:
        self._client = client
        self._gap, self._next = MARGIN / rate if rate else 0.0, 0.0

    async def page(self, cursor: Cursor) -> list[dict[str, Any]]:
        for attempt in range(TRIES):
            await self._turn()
            try:
                answer = await self._client.get("/people/2/persons", params=cursor.query())
            except httpx.TransportError:
                await asyncio.sleep(min(2.0**attempt, 30))
                continue
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS and answer.status_code < 500:
                people: list[dict[str, Any]] = orjson.loads(answer.raise_for_status().content)["persons"]
                return people
            await asyncio.sleep(float(answer.headers.get("Retry-After", min(2.0**attempt, 30))))
        raise ConnectionError(f"the page {cursor} was asked for {TRIES} times")

    async def _turn(self) -> None:
        now = time.monotonic()
        at = max(now, self._next)
        self._next = at + self._gap
        if at > now:
            await asyncio.sleep(at - now)


class Contacts:
    """The topic, and the file that tells how far it is."""

    def __init__(self, broker: str, topic: str, file: Path) -> None:
        settings = {"bootstrap.servers": broker, "enable.idempotence": True, "compression.type": "lz4", "linger.ms": 5}
        self._producer, self._topic, self._file = Producer(settings), topic, file
        self._failed: list[str] = []

    def cursor(self) -> Cursor:
        return Cursor.of(orjson.loads(self._file.read_bytes()) if self._file.exists() else None)

    def write(self, people: list[dict[str, Any]], onward: Cursor) -> None:
        for person in people:
            key, value = str(person["id"]), orjson.dumps(contact(person))
            headers = [("modifiedAt", person["modifiedAt"].encode())]
            self._producer.produce(self._topic, value, key, headers=headers, on_delivery=self._told)
        if self._producer.flush(60) or self._failed:
            raise ConnectionError(f"the brokers do not take a page: {self._failed[:1]}")
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(orjson.dumps(onward))
        fresh.replace(self._file)

    def _told(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failed.append(error.str())


async def run(listing: Listing, contacts: Contacts) -> None:
    cursor = contacts.cursor()
    people = await listing.page(cursor)
    while people:
        onward = cursor.after(people)
        ends = len(people) < LIMIT
        asking = None if ends else asyncio.create_task(listing.page(onward))
        had = set(cursor.seen)
        await asyncio.to_thread(contacts.write, [person for person in people if person["id"] not in had], onward)
        if asking is None:
            return
        cursor, people = onward, await asking


async def main(broker: str, topic: str, url: str, cursor: str, rate: float) -> None:
    headers = {"Authorization": "App demo-key"}
    async with httpx_aiohttp.HttpxAiohttpClient(base_url=url, headers=headers, timeout=60) as client:
        await run(Listing(client, rate), Contacts(broker, topic, Path(cursor)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("broker", "topic", "url", "cursor"):
        parser.add_argument(name)
    parser.add_argument("--rate", type=float, default=0.0)
    uvloop.run(main(**vars(parser.parse_args())))
