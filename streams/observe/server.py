"""The HTTP server that probes and Prometheus ask, in a thread and an event loop of its own.

So it answers while the process's own loop is busy, and can tell when that hangs.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Thread

import orjson
from aiohttp import web

log = logging.getLogger(__name__)

CONNECTIONS_MAX, BACKLOG = 64, 64
#: Prometheus keeps its connection from one question to the next.
KEEPALIVE_SECONDS = 75.0
#: Between the word to end and the end.
CLOSE_SECONDS = 1.0
READ_ONLY = ("GET", "HEAD")
#: What is served last has no other text.
FOUND = "there are /healthz, /readyz and /metrics\n"


@dataclass(frozen=True, slots=True)
class Pages:
    """What there is to ask; each is called in the server's thread, must not block, and tells no secret.

    `hangs` says what is wrong with a process that does not live, `unready` each reason why it is not ready; `metrics`
    takes the Accept header, and gives the text and its type.
    """

    hangs: Callable[[], str | None]
    unready: Callable[[], Sequence[str]]
    metrics: Callable[[str], tuple[bytes, str]]


class OperationsServer:
    """Serves pages at an address, from `open` until `close`."""

    def __init__(self, host: str, port: int, pages: Pages) -> None:
        self._host, self._port, self._pages = host, port, pages
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun, self._over = Event(), asyncio.Event()
        self._thread = Thread(target=self._run, name="operations", daemon=True)

    def open(self) -> int:
        """Listen; the port. Returns once it is served.

        Raises:
            OSError: the address is taken, or is none of this machine's.

        """
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._socket = socket.create_server((self._host, self._port), family=family, backlog=BACKLOG)
        self._thread.start()
        self._begun.wait()
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        """Serve no more; returns within seconds."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(2 * CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve())
        finally:
            self._begun.set()  # whoever waits for the beginning does not wait for ever

    async def _serve(self) -> None:
        loop = self._loop = asyncio.get_running_loop()
        server = web.Server(self._answer, access_log=None, logger=_silent(), keepalive_timeout=KEEPALIVE_SECONDS)

        def connection() -> asyncio.Protocol:
            return server() if len(server.connections) < CONNECTIONS_MAX else _TurnedAway()

        listening = await loop.create_server(connection, sock=self._socket)
        self._begun.set()
        await self._over.wait()
        listening.close()
        server.pre_shutdown()
        await server.shutdown(CLOSE_SECONDS)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return self._page(request)
        except Exception as error:  # noqa: BLE001 - a bug in one page is no other's
            log.critical("page_crashed path=%s error=%s", request.path, type(error).__name__)
            return web.Response(status=500, text="unexpected error\n")

    def _page(self, request: web.BaseRequest) -> web.Response:
        if request.method not in READ_ONLY:
            return web.Response(status=405, text="only GET is taken\n", headers={"Allow": ", ".join(READ_ONLY)})
        match request.path:
            case "/healthz":
                hangs = self._pages.hangs()
                return web.Response(status=200 if hangs is None else 503, text=f"{hangs or 'it lives'}\n")
            case "/readyz":
                unready = self._pages.unready()
                said = orjson.dumps({"ready": not unready, "why": unready})
                return web.Response(status=503 if unready else 200, body=said, content_type="application/json")
            case "/metrics":
                text, kind = self._pages.metrics(request.headers.get("Accept", ""))
                return web.Response(body=text, headers={"Content-Type": kind})
            case _:
                return web.Response(status=404, text=FOUND)


def _silent() -> logging.Logger:
    """What hears the server's complaints of what is no HTTP: they hold what was sent."""
    unsaid = logging.getLogger("streams.observe.http")
    unsaid.disabled = True
    return unsaid


class _TurnedAway(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """End it at once."""
        transport.close()
