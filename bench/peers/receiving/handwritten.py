"""A peer: the receiver a good engineer writes with aiohttp and aiokafka.

It holds the token of the address against its own, reads the body, writes each entry of `results` as it came under its
message's id, and answers 200 once the brokers have acknowledged all of them. What it cannot read it answers with 400,
and so loses. It knows no repeated reports, no dead letters, no limits of bodies or requests, no packed or signed
bodies, no times in one form, and nobody's job or profile.
"""

import asyncio
import hmac
import sys
from urllib.parse import urlsplit

import orjson
import uvloop
from aiohttp import web
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from bench.peers import Options, Peer, always
from bench.peers.receiving import PATH

TOKEN = PATH.split("/")[2]
LINGER_MS = 2
BODY_MAX = 4 * 1024 * 1024


def command(broker: str, topic: str, url: str, *_: str | Options) -> list[str]:
    return [sys.executable, "-m", "bench.peers.receiving.handwritten", broker, topic, url]


PEER = Peer(name="hand-written aiohttp + aiokafka", does="writes each as it came", command=command, missing=always)


class Receiver:
    """Writes what is posted."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer, self._topic = producer, topic

    async def take(self, request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.match_info["token"], TOKEN):
            return web.Response(status=401)
        try:
            entries = orjson.loads(await request.read())["results"]
            records = [(entry["messageId"].encode(), orjson.dumps(entry)) for entry in entries]
        except (ValueError, LookupError, TypeError, AttributeError):
            return web.Response(status=400)
        try:
            sent = [await self._producer.send(self._topic, value, key) for key, value in records]
            await asyncio.gather(*sent)
        except KafkaError:
            return web.Response(status=503)
        return web.Response(text="ok")


def served(producer: AIOKafkaProducer, topic: str) -> web.Application:
    """What is served: reports of any channel, under the token."""
    app = web.Application(client_max_size=BODY_MAX)
    app.router.add_post("/t/{token}/reports/{channel}", Receiver(producer, topic).take)
    return app


async def main(broker: str, topic: str, url: str) -> None:
    address = urlsplit(url)
    producer = AIOKafkaProducer(
        bootstrap_servers=broker, enable_idempotence=True, acks="all", linger_ms=LINGER_MS, compression_type="lz4"
    )
    await producer.start()
    runner = web.AppRunner(served(producer, topic), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, address.hostname, address.port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
