"""A peer: the loop a good engineer writes with aiokafka and httpx to text people who enter.

It sends at once what has come, in calls of up to 500, from whichever partitions have nothing in flight; retries what
may pass, and commits what is sent. The ids of messages are left to Infobip, as the five closed systems' published
starters do. With `--ids` they are made of the events', and a refusal of one that is taken counts as sent: nobody gets
two messages for as long as Infobip remembers ids, which it does not publish. It knows no dead letters, no records of
messages, no verdicts but the call's, no limits of a text and no speed limit.
"""

import argparse
import sys
from functools import partial
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
import orjson
import uvloop
from aiokafka import TopicPartition

from bench.peers import Options, Peer, always
from bench.peers.handwritten import FETCH_MS, Deliver, Loop, consume, tried

BATCH = 500
REJECTED, DUPLICATE = 5, 23


def command(broker: str, topic: str, url: str, group: str, _: Options, *, ids: bool = False) -> list[str]:
    told = [broker, topic, url, group, *(["--ids"] if ids else [])]
    return [sys.executable, "-m", "bench.peers.sending.handwritten", *told]


PEER = Peer(name="hand-written aiokafka + httpx", does="SMS", command=command, missing=always)
PEER_WITH_IDS = Peer(
    name="the same, with ids made of events'", does="SMS", command=partial(command, ids=True), missing=always
)


def message(event: dict[str, Any], *, ids: bool) -> dict[str, Any]:
    profile = event["profile"]
    destination = {"to": profile["phone"].removeprefix("+")}
    if ids:
        destination["messageId"] = str(uuid5(NAMESPACE_URL, event["event_id"]))
    text = f"Hi {profile['first_name']} {profile['last_name']}, your order is on its way."
    return {"sender": "Acme", "destinations": [destination], "content": {"text": text}}


def sender(client: httpx.AsyncClient, *, ids: bool) -> Deliver:
    async def deliver(events: list[dict[str, Any]]) -> None:
        messages = [message(event, ids=ids) for event in events if event["action"] == "enter"]
        content = orjson.dumps({"messages": messages})
        answer = await tried(lambda: client.post("/sms/3/messages", content=content))
        statuses = [one["status"] for one in orjson.loads(answer.content)["messages"]]
        if refused := [one["name"] for one in statuses if one["groupId"] == REJECTED and one["id"] != DUPLICATE]:
            raise ValueError(f"{len(refused)} messages were refused: {refused[0]}")

    return deliver


class Prompt(Loop):
    """Sends what there is, without waiting for company."""

    async def _fill(self) -> tuple[list[dict[str, Any]], dict[TopicPartition, int]]:
        while True:
            if not (free := self._consumer.assignment().difference(*self._flying.values())):
                await self._wait()
                continue
            if fetched := await self._consumer.getmany(*free, timeout_ms=FETCH_MS, max_records=BATCH):
                batch = [orjson.loads(record.value) for records in fetched.values() for record in records]
                return batch, {partition: records[-1].offset + 1 for partition, records in fetched.items()}


async def main(broker: str, topic: str, url: str, group: str, *, ids: bool) -> None:
    await consume(broker, topic, url, group, lambda consumer, client: Prompt(consumer, sender(client, ids=ids)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("broker", "topic", "url", "group"):
        parser.add_argument(name)
    parser.add_argument("--ids", action="store_true")
    uvloop.run(main(**vars(parser.parse_args())))
