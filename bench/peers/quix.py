"""A peer: Quix Streams with a sink of one's own, for the same calls; a 429 is told to it as backpressure.

Runs in the peers' environment: only what is there may be imported by the program at the end.
"""

import sys
from typing import Any

from bench.peers import FOREIGN, SESSION_MS, Options, Peer, foreign_missing, foreign_version

BATCH = 1000


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    folder = str(options.folder / "quix")
    return [str(FOREIGN), "-m", "bench.peers.quix", broker, topic, url, group, folder]


def missing() -> str | None:
    return foreign_missing("quixstreams")


PEER = Peer(
    name=f"Quix Streams {foreign_version('quixstreams')}".strip(),
    does="upserts and tags",
    command=command,
    missing=missing,
)


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


def main(broker: str, topic: str, url: str, group: str, folder: str) -> None:
    import httpx  # noqa: PLC0415 - see the module's first words
    import orjson  # noqa: PLC0415
    from quixstreams import Application  # type: ignore[import-not-found] # noqa: PLC0415
    from quixstreams.sinks import BaseSink, SinkBackpressureError  # type: ignore[import-not-found] # noqa: PLC0415

    client = httpx.Client(base_url=url, headers={"Authorization": "App demo-key"}, timeout=60)

    def patch(path: str, body: dict[str, Any]) -> bytes:
        answer = client.patch(path, content=orjson.dumps(body), headers={"Content-Type": "application/json"})
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise SinkBackpressureError(retry_after=float(answer.headers.get("Retry-After", "1")))
        return answer.raise_for_status().content

    class PeopleSink(BaseSink):  # type: ignore[misc] # its package is not in our environment
        """One call for everything since the last checkpoint: Quix's BatchingSink would make one a partition."""

        def __init__(self) -> None:
            super().__init__()
            self._events: list[dict[str, Any]] = []

        def add(self, value: Any, *_: Any, **__: Any) -> None:
            self._events.append(value)

        def on_paused(self) -> None:
            self._events.clear()

        def flush(self) -> None:
            events, self._events = self._events, []
            for start in range(0, len(events), BATCH):
                deliver(events[start : start + BATCH])

    def deliver(events: list[dict[str, Any]]) -> None:
        answer = patch("/people/3/persons/upsert", {"persons": [person(event) for event in events]})
        if errors := orjson.loads(answer)["errors"]:
            raise ValueError(f"{len(errors)} people were refused")
        people = [{"query": {"type": "EMAIL", "identifier": event["profile"]["email"]}} for event in events]
        patch("/people/2/tags/VIP/persons", {"people": people})

    app = Application(
        broker,
        consumer_group=group,
        auto_offset_reset="earliest",
        commit_every=BATCH,
        commit_interval=1.0,
        consumer_extra_config={"session.timeout.ms": SESSION_MS},
        auto_create_topics=False,
        state_dir=folder,
        loglevel="WARNING",
    )
    app.dataframe(app.topic(topic, value_deserializer="json")).sink(PeopleSink())
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
