"""A peer: the same export on Faust as it comes, with `take()` and Faust's own acknowledgements."""

import argparse
import sys
from collections.abc import Generator
from typing import Any

import faust

from bench.peers import SESSION_MS, Options, Peer, always
from schemas.jobs.export_audience import ExportAudience
from streams.calls.call import Call, Reply
from streams.infobip.client import Client
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.pipeline.window import OpenWindow

UNLIMITED = 1e6


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    rate = ["--rate", str(options.rate or UNLIMITED), "--datadir", str(options.folder)]
    return [sys.executable, "-m", "bench.peers.stock", broker, topic, url, group, *rate]


PEER = Peer(name="stock Faust, take()", does="upserts and tags", command=command, missing=always, most_events=20_000)


class Taken:
    """A record as the window takes it."""

    __slots__ = ("headers", "key", "offset", "partition", "timestamp", "topic", "value")

    def __init__(self, topic: str, value: bytes, offset: int) -> None:
        self.topic, self.partition, self.offset = topic, 0, offset
        self.key, self.value, self.headers, self.timestamp = None, value, None, None


async def converse(dialogue: Generator[list[Call], list[Reply], Any], client: Client) -> None:
    try:
        calls = next(dialogue)
        while True:
            calls = dialogue.send([await client.perform(call) for call in calls])
    except StopIteration:
        return


def main(broker: str, topic: str, url: str, group: str, rate: float, datadir: str) -> None:
    fields = {"first_name": {"to": "firstName"}, "lifetime_value": {"to": "ltv", "type": "DECIMAL"}}
    job = ExportAudience.model_validate(
        {
            "name": "stock",
            "kind": "export_audience",
            "authorization": "main",
            "topics": [topic],
            "audiences": ["vip"],
            "tag": "VIP",
            "map_fields": fields,
        }
    )
    exporter = Exporter(job, Attributes())
    app = faust.App(
        group,
        version=1,
        broker=f"kafka://{broker}",
        web_enabled=False,
        broker_session_timeout=SESSION_MS / 1000,
        consumer_auto_offset_reset="earliest",
        topic_disable_leader=True,
        topic_allow_declare=False,
        datadir=datadir,  # Faust wants a folder, and keeps nothing in it here
    )
    stream_topic = app.topic(topic, value_serializer="raw", key_serializer="raw")

    @app.agent(stream_topic)  # type: ignore[untyped-decorator]
    async def export(stream: Any) -> None:
        client = Client("main", url, "demo-key", limits={"upsert_persons": rate, "add_tag": rate})
        async for values in stream.take(1000, within=1):
            window = OpenWindow(job.wants, 1000)
            window.take([Taken(topic, value, number) for number, value in enumerate(values)], 0.0)
            await converse(exporter.deliver(exporter.fold(window.cut(), {})), client)

    app.Worker(loglevel="ERROR").execute_from_commandline()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("broker", "topic", "url", "group"):
        parser.add_argument(name)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--datadir")
    told = vars(parser.parse_args())
    sys.argv[1:] = []  # Faust's worker reads the rest of the command line
    main(**told)
