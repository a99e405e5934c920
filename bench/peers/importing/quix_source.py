"""The program of the peer Quix Streams: the loop written by hand as Quix would have it, a page and then its state.

Runs in the peers' environment; a module of its own, because Quix starts a source in a process of its own.
"""

import sys
import time
from dataclasses import asdict
from typing import Any

import httpx
import orjson
from quixstreams import Application  # type: ignore[import-not-found] # only the peers' environment has it
from quixstreams.sources import StatefulSource  # type: ignore[import-not-found]

from bench.peers.importing.plain import LIMIT, Cursor, contact

TRIES = 10
MARGIN = 1.02  # evenly spaced calls arrive unevenly, and the sixth within a second is one too many


class PeopleSource(StatefulSource):  # type: ignore[misc] # its package is not in our environment
    """Pages of people, and where it reads on in its state; both are flushed together, but in no transaction."""

    def __init__(self, name: str, url: str, rate: float) -> None:
        super().__init__(name)
        self._url, self._gap, self._next = url, MARGIN / rate if rate else 0.0, 0.0

    def run(self) -> None:
        with httpx.Client(base_url=self._url, headers={"Authorization": "App demo-key"}, timeout=60) as client:
            cursor = Cursor.of(self.state.get("cursor"))
            while self.running and (people := self._page(client, cursor)):
                onward, had = cursor.after(people), set(cursor.seen)
                for person in people:
                    if person["id"] not in had:
                        headers = {"modifiedAt": person["modifiedAt"]}
                        self.produce(orjson.dumps(contact(person)), key=str(person["id"]), headers=headers)
                self.state.set("cursor", asdict(onward))
                self.flush()
                if len(people) < LIMIT:
                    return
                cursor = onward

    def _page(self, client: httpx.Client, cursor: Cursor) -> list[dict[str, Any]]:
        for attempt in range(TRIES):
            now = time.monotonic()
            time.sleep(max(0.0, self._next - now))
            self._next = max(now, self._next) + self._gap
            try:
                answer = client.get("/people/2/persons", params=cursor.query())
            except httpx.TransportError:
                time.sleep(min(2.0**attempt, 30))
                continue
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS and answer.status_code < 500:
                people: list[dict[str, Any]] = orjson.loads(answer.raise_for_status().content)["persons"]
                return people
            time.sleep(float(answer.headers.get("Retry-After", min(2.0**attempt, 30))))
        raise ConnectionError(f"the page {cursor} was asked for {TRIES} times")


def main(broker: str, topic: str, url: str, group: str, folder: str, rate: str) -> None:
    app = Application(broker, consumer_group=group, auto_create_topics=True, state_dir=folder, loglevel="WARNING")
    people = app.topic(topic, key_serializer="str", value_serializer="bytes")
    app.add_source(PeopleSource(group, url, float(rate)), people)
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
