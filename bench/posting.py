"""Posts reports over connections that are kept: `python -m bench.posting URL --first 0 --reports 1000`.

It is a process of its own, and its bodies are ready before the clock runs. Without a pace each connection posts as soon
as it has its answer. With one, a body that finds no connection free waits, and its wait counts: what a slow receiver
puts off is not left out.
"""

import argparse
import asyncio
import time
from array import array
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import cast
from urllib.parse import urlsplit

import orjson
import uvloop

from bench.reports import bodies

END, LENGTH = b"\r\n\r\n", b"content-length:"
OK = 200


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of it: seconds from the first body to the last answer, and of each body from its turn to its answer."""

    seconds: float
    cpu_seconds: float
    waited: Sequence[float]
    refused: int


class Postbox:
    """Bodies on their way: taken one by one, each with the time at which it was its turn."""

    def __init__(self, ready: Iterable[bytes], rate: float = 0.0) -> None:
        self._left = deque(ready)
        self._rate = rate
        self._due: deque[float] = deque()
        self._idle: deque[Connection] = deque()
        self._unanswered = len(self._left)
        self.waited = array("d")
        self.statuses: Counter[int] = Counter()
        self.done = asyncio.Event()

    async def post(self, connections: Sequence["Connection"]) -> None:
        """Post all, and return with the last answer."""
        self._idle.extend(connections)
        if self._rate:
            await self._pace()
        else:
            self._due.extend([time.perf_counter()] * len(self._left))
            self._hand_out()
        await self.done.wait()

    async def _pace(self) -> None:
        began = time.perf_counter()
        for place in range(len(self._left)):
            at = began + place / self._rate
            if (early := at - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            self._due.append(at)
            self._hand_out()

    def _hand_out(self) -> None:
        while self._idle and self._due:
            at = self._due.popleft()
            # Without a pace it is a body's turn when a connection is free.
            self._idle.popleft().send(self._left.popleft(), at if self._rate else time.perf_counter())

    def answered(self, connection: "Connection", status: int, waited: float) -> None:
        """Note an answer; the connection takes the next body."""
        self.waited.append(waited)
        self.statuses[status] += 1
        self._unanswered -= 1
        self._idle.append(connection)
        self._hand_out()
        if not self._unanswered:
            self.done.set()

    def lost(self) -> None:
        """End: a connection that is gone leaves its body unanswered."""
        self.statuses[0] += self._unanswered
        self.done.set()


class Connection(asyncio.Protocol):
    """One connection, with at most one body on its way."""

    def __init__(self, box: Postbox) -> None:
        self._box = box
        self._answer = b""
        self._at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def send(self, request: bytes, at: float) -> None:
        """Post what it was the turn of at this time."""
        self._at = at
        self._transport.write(request)

    def close(self) -> None:
        """End."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer."""
        self._answer += data
        head, end, body = self._answer.partition(END)
        if end and len(body) >= _length(head):
            self._answer = b""
            self._box.answered(self, int(head[9:12]), time.perf_counter() - self._at)

    def connection_lost(self, _: Exception | None) -> None:
        """Tell, unless all is answered."""
        if not self._box.done.is_set():
            self._box.lost()


def _length(head: bytes) -> int:
    return int(head.lower().partition(LENGTH)[2].split(b"\r\n", 1)[0] or 0)


def requests(url: str, ready: Iterable[bytes]) -> Iterable[bytes]:
    """Bodies with all that stands before them."""
    address = urlsplit(url)
    head = f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    return (b"%sContent-Length: %d\r\n\r\n%s" % (head.encode(), len(body), body) for body in ready)


async def post(url: str, ready: Iterable[bytes], connections: int, rate: float) -> Posted:
    """Post bodies to an address, so many a second or as fast as they are answered."""
    box = Postbox(requests(url, ready), rate)
    address, loop = urlsplit(url), asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(box), address.hostname or "", address.port or 0))[1]
        for _ in range(connections)
    ]
    began, cpu = time.perf_counter(), time.process_time()
    await box.post(opened)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    for connection in opened:
        connection.close()
    return Posted(seconds, cpu, box.waited.tolist(), box.statuses.total() - box.statuses[OK])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.posting", description=__doc__)
    parser.add_argument("url")
    for name in ("first", "reports", "batch", "connections"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--rate", type=float, default=0.0, help="bodies a second; 0 for as fast as they are answered")
    told = parser.parse_args()
    ready = bodies(range(told.first, told.first + told.reports), told.batch)
    posted = uvloop.run(post(told.url, ready, told.connections, told.rate))
    print(orjson.dumps(asdict(posted)).decode())


if __name__ == "__main__":
    main()
