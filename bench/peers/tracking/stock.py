"""A peer: Faust as it comes, messages in a table with RocksDB, joined with their reports.

It writes an outcome as soon as both have come, and forgets the message. What a crash repeats it writes again; it waits
for no report that does not come, and knows no replies, clicks or campaign events.
"""

import sys
from typing import Any

import faust

from bench.peers import SESSION_MS, Options, Peer, always
from bench.peers.tracking import GROUPS, MESSAGES, OUTCOMES, PARTITIONS, REPORTS, STATE, outcome


def command(broker: str, prefix: str, _url: str, group: str, options: Options) -> list[str]:
    folder = str(options.folder / STATE)
    return [sys.executable, "-m", "bench.peers.tracking.stock", broker, prefix, group, folder]


PEER = Peer(
    name="stock Faust, table in RocksDB",
    does="joins a message with its report; at least once",
    command=command,
    missing=always,
)


def main(broker: str, prefix: str, group: str, folder: str) -> None:
    app = faust.App(
        group,
        version=1,
        broker=f"kafka://{broker}",
        store="rocksdb://",
        datadir=folder,
        web_enabled=False,
        broker_session_timeout=SESSION_MS / 1000,
        consumer_auto_offset_reset="earliest",
        topic_disable_leader=True,
        topic_partitions=PARTITIONS,
    )
    sent, told, outcomes = (
        app.topic(f"{prefix}{name}", value_serializer="json", key_serializer="raw")
        for name in (MESSAGES, REPORTS, OUTCOMES)
    )
    halves = app.Table("halves", partitions=PARTITIONS)

    async def take(message_id: str, name: str, record: dict[str, Any]) -> None:
        known = {**(halves.get(message_id) or {}), name: record}
        if len(known) == 1:
            halves[message_id] = known
            return
        halves.pop(message_id)
        await outcomes.send(key=message_id.encode(), value=outcome(known["message"], known["report"]))

    @app.agent(sent)  # type: ignore[untyped-decorator]
    async def messages(stream: Any) -> None:
        async for record in stream:
            await take(record["message_id"], "message", record)

    @app.agent(told)  # type: ignore[untyped-decorator]
    async def reports(stream: Any) -> None:
        async for record in stream:
            if record["status_group_id"] in GROUPS:
                await take(record["message_id"], "report", record)

    app.Worker(loglevel="ERROR").execute_from_commandline()


if __name__ == "__main__":
    told = sys.argv[1:]
    sys.argv[1:] = ["worker"]  # Faust's worker reads the rest of the command line
    main(*told)
