"""The HTTP server that Infobip posts to: who calls proves it first, and hears 200 once all is written.

A caller is answered before its body is read where it proves nothing. What is read is bounded: a body, all bodies
together, the time a body takes, and how many requests are worked on at once. A few of the bodies that have come are
read and written at once, and the others wait. Beyond that Infobip is told to come again, which it does for 41 hours
(webhooks are repeated 20 times after anything but a 2xx).
"""

import asyncio
import logging
import socket
import traceback
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from streams.errors import StreamsError
from streams.kafka.threads import in_own_thread
from streams.observer import UNOBSERVED, ReportObserver
from streams.receiver.budget import PUT_OFF, Budget, Refused, Share
from streams.receiver.proofs import Proofs
from streams.receiver.recent import RecentIds
from streams.receiver.turns import AT_ONCE_BYTES, Turns

log = logging.getLogger(__name__)

#: Until the brokers have acknowledged; whoever waits for an answer hears 503 then.
WRITE_SECONDS = 9.0
#: Until the whole of a body has come, and all of the headers.
BODY_SECONDS, HEADERS_SECONDS = 20.0, 30.0
#: Requests worked on at once, and bytes of bodies held at once.
REQUESTS_MAX, BYTES_MAX = 256, 33_554_432
#: The same of those whose proof is a signature, which is over the whole of their body.
UNPROVEN_MAX, UNPROVEN_BYTES_MAX = 64, 8_388_608
#: Larger bodies are read beside the event loop, one at a time: what is odd in one may take seconds.
APART_BYTES = 131_072
CONNECTIONS_MAX = 1024
#: How long one that was answered before it had sent its body may go on sending.
LINGER_SECONDS = 1.0
#: Waited for requests that are worked on when the server stops.
STOP_SECONDS = 10.0
BACKLOG = 512
UNAUTHORIZED = "unauthorized: prove to be Infobip"
#: For how long whoever was told to come again should stay away.
RETRY_AFTER = {"Retry-After": "5"}
#: How bodies may be packed, and what zlib is to be told of it.
PACKED = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS | 32}


class Record(Protocol):
    """One record made of what was told."""

    @property
    def id(self) -> str:
        """What a repetition of the same has in common with it."""


class Reading(Protocol):
    """What a body holds."""

    @property
    def records(self) -> Sequence[Record]:
        """What is to be written."""

    @property
    def unreadable(self) -> Sequence[object]:
        """What could not be read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server takes at once; bytes of one body once it is unpacked, too.

    Bodies of `turn_bytes` are read and written at once, out of `bytes` that are held.
    """

    body_bytes: int
    requests: int = REQUESTS_MAX
    bytes: int = BYTES_MAX
    turn_bytes: int = AT_ONCE_BYTES
    apart_bytes: int = APART_BYTES
    write_seconds: float = WRITE_SECONDS
    body_seconds: float = BODY_SECONDS
    headers_seconds: float = HEADERS_SECONDS


@dataclass(slots=True)
class Receiver:
    """Takes what Infobip posts to `POST /<what>/<channel>`.

    `addresses` are those that are known, such as ("reports", "sms"). `read` makes records of a body; it never raises.
    `publish` returns once all records, and dead letters of what is unreadable, are acknowledged, and raises a
    StreamsError where they will not be. `counted` is what came: requests, records, repeated ones, unreadable ones,
    those refused and those put off. `observer` is told of the last two as they come.
    """

    proofs: Proofs
    addresses: Collection[tuple[str, str]]
    read: Callable[[str, str, bytes], Reading]
    publish: Callable[[str, str, Sequence[Any], Sequence[Any]], Awaitable[None]]
    limits: Limits
    counted: Counter[str] = field(default_factory=Counter)
    observer: ReportObserver = UNOBSERVED
    _recent: RecentIds = field(default_factory=RecentIds)
    _budget: Budget = field(init=False)
    _unproven: Budget = field(init=False)
    _turns: Turns = field(init=False)
    _apart: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        """Begin with nothing held."""
        # One body of the largest size always fits in, as it came and unpacked.
        self._budget = Budget(self.limits.requests, max(self.limits.bytes, 2 * self.limits.body_bytes))
        self._unproven = Budget(UNPROVEN_MAX, max(UNPROVEN_BYTES_MAX, 2 * self.limits.body_bytes))
        self._turns = Turns(self.limits.turn_bytes)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; blocks for as long as the brokers take, at most `write_seconds`."""
        self.counted["requests"] += 1
        try:
            what, channel, signature = self._admitted(request)
            # Whoever is still to prove to be Infobip takes no room from those who have.
            with Share(self._budget if signature is None else self._unproven) as share:
                body = await self._body(request, share)
                self._verified(body, signature)
                unpacked = self._unpacked(request, body)
                if unpacked is not body:
                    share.take(len(unpacked))
                await self._written(what, channel, unpacked)
        except Refused as refused:
            return self._refusal(refused)
        except ConnectionError:
            raise  # whoever called is gone: nobody is to be answered
        except Exception as error:  # noqa: BLE001 - a bug in one request is no other's
            # Where, and nothing of what: texts of exceptions may hold what was posted.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            log.critical("request_crashed error=%s at=%s:%s", type(error).__name__, frame.name, frame.lineno)
            return web.Response(status=500, text="unexpected error\n")
        return web.Response(text="ok\n")

    def _refusal(self, refused: Refused) -> web.Response:
        put_off = refused.status == PUT_OFF
        self.counted["put_off" if put_off else "refused"] += 1
        self.observer.refused(refused.status)
        response = web.Response(
            status=refused.status, text=f"{refused.reason}\n", headers=RETRY_AFTER if put_off else None
        )
        if not put_off:
            response.force_close()
        return response

    def _admitted(self, request: web.BaseRequest) -> tuple[str, str, str | None]:
        """What is told of which channel; and the signature that is still to be held against the body."""
        path, proven = self.proofs.without_token(request.raw_path.partition("?")[0])
        headers, signature = request.headers, None
        if not proven and (given := headers.get("Authorization")) is not None:
            proven = self.proofs.authorizes(given)
        if not proven and self.proofs.signature is not None:
            signature = headers.get(self.proofs.signature.header)
        if not proven and not signature:
            raise Refused(401, UNAUTHORIZED)
        what, _, channel = path[1:].partition("/")
        if not path.startswith("/") or (what, channel) not in self.addresses:
            if not proven:
                raise Refused(401, UNAUTHORIZED)
            raise Refused(404, "no such address: there are /reports, /seen, /clicks and /inbound, and a channel")
        if request.method != "POST":
            raise Refused(405, "only POST is taken")
        self._bounded(request.content_length or 0)
        return what, channel, None if proven else signature

    async def _body(self, request: web.BaseRequest, share: Share) -> bytes:
        """The body as it came; a small one has mostly come with its headers, and is not waited for."""
        content = request.content
        if not content.is_eof() or content.exception() is not None:
            return await self._coming(request, share)
        body = content.read_nowait()
        self._bounded(len(body))
        share.take(len(body))
        return body

    async def _coming(self, request: web.BaseRequest, share: Share) -> bytes:
        chunks: list[bytes] = []
        taken = 0
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                async for chunk in request.content.iter_any():
                    taken += len(chunk)
                    share.take(len(chunk))
                    self._bounded(taken)
                    chunks.append(chunk)
        except TimeoutError as error:
            raise Refused(408, "the body took too long") from error
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError) as error:
            raise Refused(400, "the body is not whole") from error
        return b"".join(chunks)

    def _bounded(self, taken: int) -> None:
        if taken > self.limits.body_bytes:
            raise Refused(413, f"the body may have {self.limits.body_bytes} bytes")

    def _verified(self, body: bytes, signature: str | None) -> None:
        if signature is not None and not self.proofs.signs(body, signature):
            raise Refused(401, "unauthorized: the signature is not of this body")

    def _unpacked(self, request: web.BaseRequest, body: bytes) -> bytes:
        packed = request.headers.get("Content-Encoding", "identity").strip().lower()
        if packed in {"identity", ""}:
            return body
        if packed not in PACKED:
            raise Refused(415, "the body may be packed by gzip or deflate")
        unpacker = zlib.decompressobj(PACKED[packed])
        try:
            unpacked = unpacker.decompress(body, self.limits.body_bytes + 1)
        except zlib.error as error:
            raise Refused(400, "the body is not packed as its Content-Encoding says") from error
        if len(unpacked) > self.limits.body_bytes:
            raise Refused(413, f"the body may have {self.limits.body_bytes} bytes once unpacked")
        if not unpacker.eof or unpacker.unused_data:
            raise Refused(400, "the packed body is not whole, or has more behind it")
        return unpacked

    async def _written(self, what: str, channel: str, body: bytes) -> None:
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                await self._turns.begin(len(body))
                try:
                    await self._write(what, channel, await self._read(what, channel, body))
                finally:
                    self._turns.end(len(body))
        except TimeoutError as error:
            raise Refused(PUT_OFF, "the brokers do not acknowledge: come again") from error
        except StreamsError as error:
            log.error("report_not_written what=%s channel=%s reason=%s", what, channel, error)  # noqa: TRY400
            raise Refused(PUT_OFF, "nothing can be written: come again") from error

    async def _read(self, what: str, channel: str, body: bytes) -> Reading:
        if len(body) <= self.limits.apart_bytes:
            return self.read(what, channel, body)
        await self._apart.acquire()
        reading = asyncio.ensure_future(in_own_thread(partial(self.read, what, channel, body), "reader"))
        # Nobody ends a thread: whoever waits for it no longer has the next one wait for its end.
        reading.add_done_callback(lambda _: self._apart.release())
        return await asyncio.shield(reading)

    async def _write(self, what: str, channel: str, reading: Reading) -> None:
        new = [record for record in reading.records if record.id not in self._recent]
        if new or reading.unreadable:
            await self.publish(what, channel, new, reading.unreadable)
        self._recent.add(record.id for record in new)
        self.counted["records"] += len(new)
        self.counted["repeated"] += len(reading.records) - len(new)
        self.counted["unreadable"] += len(reading.unreadable)


def _silent() -> logging.Logger:
    """What hears the server's own complaints: of what is no HTTP it would log a traceback, with what was sent in it."""
    unsaid = logging.getLogger("streams.receiver.http")
    unsaid.disabled = True
    return unsaid


class _TurnedAway(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """End it at once."""
        transport.close()


class Listener:
    """A receiver that listens at an address; several processes of a machine may share one."""

    def __init__(self, receiver: Receiver, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._server = web.Server(
            receiver.handle,
            access_log=None,  # addresses hold tokens
            logger=_silent(),
            auto_decompress=False,
            keepalive_timeout=receiver.limits.headers_seconds,
            lingering_time=LINGER_SECONDS,
        )
        self._listening: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, also where it was left to the machine."""
        sockets = self._listening.sockets if self._listening is not None else ()
        return int(sockets[0].getsockname()[1]) if sockets else self._port

    async def open(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken by another program, or is none of this machine's.

        """
        loop = asyncio.get_running_loop()
        shared = hasattr(socket, "SO_REUSEPORT")
        self._listening = await loop.create_server(
            self._connection, self._host, self._port, backlog=BACKLOG, reuse_port=shared or None
        )

    async def close(self) -> None:
        """Take nothing new, answer what is worked on, and end."""
        if self._listening is None:
            return
        self._listening.close()
        self._server.pre_shutdown()
        await self._server.shutdown(STOP_SECONDS)

    def _connection(self) -> asyncio.Protocol:
        return self._server() if len(self._server.connections) < CONNECTIONS_MAX else _TurnedAway()
