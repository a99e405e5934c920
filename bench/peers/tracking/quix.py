"""A peer: Quix Streams with its stateful API, messages joined with their reports; exactly once, by its transactions.

It writes an outcome as soon as both have come, and forgets the message. It waits for no report that does not come, and
knows no replies, clicks or campaign events. Runs in the peers' environment: only what is there may be imported.
"""

import sys
from typing import Any

from bench.peers import FOREIGN, SESSION_MS, Options, Peer, foreign_missing, foreign_version
from bench.peers.tracking import GROUPS, MESSAGES, OUTCOMES, REPORTS, STATE, outcome

COMMIT_SECONDS = 0.5


def command(broker: str, prefix: str, _url: str, group: str, options: Options) -> list[str]:
    folder = str(options.folder / STATE)
    return [str(FOREIGN), "-m", "bench.peers.tracking.quix", broker, prefix, group, folder]


def missing() -> str | None:
    return foreign_missing("quixstreams")


PEER = Peer(
    name=f"Quix Streams {foreign_version('quixstreams')}".strip(),
    does="joins a message with its report; exactly once",
    command=command,
    missing=missing,
)


def join(record: dict[str, Any], state: Any) -> dict[str, Any] | None:
    """Give the outcome as soon as both are there, nothing before."""
    if "report_id" not in record:
        mine, others = "message", "report"
    elif record["status_group_id"] in GROUPS:
        mine, others = "report", "message"
    else:
        return None
    other = state.get(others)
    if other is None:
        state.set(mine, record)
        return None
    state.delete(others)
    return outcome(record, other) if mine == "message" else outcome(other, record)


def main(broker: str, prefix: str, group: str, folder: str) -> None:
    from quixstreams import Application  # type: ignore[import-not-found] # noqa: PLC0415 - see the module's first words

    app = Application(
        broker,
        consumer_group=group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=COMMIT_SECONDS,
        consumer_extra_config={"session.timeout.ms": SESSION_MS},
        auto_create_topics=True,
        state_dir=folder,
        loglevel="WARNING",
    )
    messages, reports = (
        app.dataframe(app.topic(f"{prefix}{name}", key_deserializer="bytes", value_deserializer="json"))
        for name in (MESSAGES, REPORTS)
    )
    joined = messages.concat(reports).apply(join, stateful=True)
    joined.filter(lambda value: value is not None).to_topic(
        app.topic(f"{prefix}{OUTCOMES}", key_serializer="bytes", value_serializer="json")
    )
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
