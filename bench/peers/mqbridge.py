"""A peer: mq-bridge, a bridge with a core in Rust, as its own configuration lets it post to an API in bulk.

One route makes one kind of call, so it posts the records as they are instead of upserting and then tagging. With more
than one call in flight it does not keep their order; where calls are limited it has one, and then keeps it.
Runs in the peers' environment: only what is there may be imported by the program at the end.
"""

import sys
from typing import Any

from bench.peers import FOREIGN, SESSION_MS, Options, Peer, foreign_missing, foreign_version

BATCH = 1000
IN_FLIGHT = 8


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    rate = str(options.rate or 0)
    return [str(FOREIGN), "-m", "bench.peers.mqbridge", broker, topic, url, group, rate]


def missing() -> str | None:
    return foreign_missing("mq_bridge")


PEER = Peer(
    name=f"mq-bridge {foreign_version('mq_bridge')}".strip(),
    does="posts records as they are",
    command=command,
    missing=missing,
)


def route(broker: str, topic: str, url: str, group: str, rate: float) -> dict[str, Any]:
    retry = {"max_attempts": 20, "initial_interval_ms": 250, "max_interval_ms": 5000}
    limiter = [{"limiter": {"messages_per_second": rate * BATCH}}] if rate else []
    return {
        "input": {
            "kafka": {
                "url": broker,
                "topic": topic,
                "group_id": group,
                "consumer_options": [["auto.offset.reset", "earliest"], ["session.timeout.ms", str(SESSION_MS)]],
            }
        },
        "output": {
            "middlewares": [*limiter, {"retry": retry}],
            "http_bulk": {
                "url": url,
                "upsert": {"path": "/records", "format": "json_array", "max_documents": BATCH},
            },
        },
        "batch_size": BATCH,
        "concurrency": 1 if rate else IN_FLIGHT,
    }


def main(broker: str, topic: str, url: str, group: str, rate: str) -> None:
    import logging  # noqa: PLC0415 - see the module's first words

    from mq_bridge import Route, init_logging  # type: ignore[import-not-found] # noqa: PLC0415

    logging.basicConfig(level=logging.WARNING)
    init_logging("warn")
    Route.from_config(route(broker, topic, url, group, float(rate))).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
