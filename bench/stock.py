"""A peer: the same export on Faust as it comes, with `take()` and Faust's own acknowledgements."""

import sys
from collections.abc import Generator
from typing import Any

import faust

from schemas.jobs import ExportAudience
from streams.calls import Call, Reply
from streams.flow.window import OpenWindow
from streams.infobip.client import Client
from streams.jobs.export_audience import Attributes, Exporter


class Taken:
    """A record as the window takes it."""

    __slots__ = ("headers", "key", "offset", "partition", "topic", "value")

    def __init__(self, topic: str, value: bytes, offset: int) -> None:
        self.topic, self.partition, self.offset = topic, 0, offset
        self.key, self.value, self.headers = None, value, None


async def converse(dialogue: Generator[list[Call], list[Reply], Any], client: Client) -> None:
    try:
        calls = next(dialogue)
        while True:
            calls = dialogue.send([await client.perform(call) for call in calls])
    except StopIteration:
        return


def main(broker: str, topic_name: str, url: str, group: str) -> None:
    fields = {"first_name": {"to": "firstName"}, "lifetime_value": {"to": "ltv", "type": "DECIMAL"}}
    job = ExportAudience.model_validate(
        {
            "name": "stock",
            "kind": "export_audience",
            "authorization": "main",
            "topics": [topic_name],
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
        consumer_auto_offset_reset="earliest",
        topic_disable_leader=True,
        topic_allow_declare=False,
        datadir=f"/tmp/{group}",  # noqa: S108 - Faust wants a folder and keeps nothing in it here
    )
    topic = app.topic(topic_name, value_serializer="raw", key_serializer="raw")

    @app.agent(topic)  # type: ignore[untyped-decorator]
    async def export(stream: Any) -> None:
        client = Client("main", url, "demo-key", limits={"upsert_persons": 1e6, "add_tag": 1e6})
        async for values in stream.take(1000, within=1):
            window = OpenWindow(job.wants, 1000)
            window.take([Taken(topic_name, value, number) for number, value in enumerate(values)], 0.0)
            await converse(exporter.deliver(exporter.fold(window.cut(), {})), client)

    app.Worker(loglevel="ERROR").execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
