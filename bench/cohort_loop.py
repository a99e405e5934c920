"""`python -m bench.cohort_loop BROKER TOPIC URL`: audiences as lists, as a loop does it that is written in an hour."""

import sys
import time
from collections import defaultdict

import httpx
import orjson
from confluent_kafka import Consumer

BATCH = 1000


def main(broker: str, topic: str, url: str) -> None:
    """Read a batch, add and remove by audience, wait where there is a 429, commit; for ever."""
    consumer = Consumer(
        {"bootstrap.servers": broker, "group.id": f"{topic}.loop", "auto.offset.reset": "earliest"}
        | {"enable.auto.commit": False}
    )
    consumer.subscribe([topic])
    client = httpx.Client(base_url=url, headers={"Authorization": "App demo-key"})
    lists: dict[str, int] = {}
    while True:
        last: dict[tuple[str, str], tuple[str, str]] = {}
        for message in consumer.consume(BATCH, 1.0):
            event = orjson.loads(message.value() or b"{}")
            last[event["audience"], event["profile_id"]] = (event["action"], event["profile"]["email"])
        changes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for (audience, _), (action, email) in last.items():
            changes[audience, "add" if action == "enter" else "remove"].append(email)
        for (audience, what), ids in changes.items():
            if audience not in lists:
                lists[audience] = call(client, "", {"name": f"Loop {audience}"})["listId"]
            call(client, f"/{lists[audience]}/{what}", {"ids": ids})
        if last:
            consumer.commit(asynchronous=False)


def call(client: httpx.Client, path: str, body: dict[str, object]) -> dict[str, int]:
    """Call, again and again while it is too fast."""
    while True:
        answer = client.post(f"/saas/amplitude/1/lists{path}", json=body)
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            answer.raise_for_status()
            found: dict[str, int] = answer.json()
            return found
        time.sleep(float(answer.headers.get("Retry-After", "1")))


if __name__ == "__main__":
    main(*sys.argv[1:4])
