"""The console in its process: what it listens on, who is let in, and its pages."""

import asyncio
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from schemas.config.console import Console
from schemas.configuration import Configuration
from streams.console import failures, messages, pages, replaying, sessions
from streams.console.guarding import MIDDLEWARES, Door
from streams.console.keys import AROUND, Surroundings, Switch, around
from streams.console.rendering import FOLDER, Pages
from streams.console.viewers import Viewers
from streams.console.watching import Watcher
from streams.errors import ConfigurationError, JobFailed
from streams.operating.letters import Letters

log = logging.getLogger(__name__)

#: The largest form: names of letters that are replayed together.
FORM_BYTES_MAX = 256 * 1024
#: Pages that are told of news at once; and between two signs of life to each.
LIVE_MAX, BEAT_SECONDS = 200, 15.0
#: Between two words of news to a page: it is loaded anew each time.
NEWS_SECONDS = 2.0
CLOSE_SECONDS = 2.0


@dataclass(slots=True)
class Listeners:
    """What serves the pages that listen for news."""

    tasks: set[asyncio.Task[Any]] = field(default_factory=set)


LIVE = web.AppKey("live", Listeners)


def application(path: Path, configuration: Configuration, switch: Switch | None = None) -> web.Application:
    """The console of a file, yet to be served."""
    settings = configuration.console or Console()
    viewers = Viewers(settings)
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=FORM_BYTES_MAX)
    watcher, letters = Watcher(configuration), Letters(configuration)
    app[AROUND] = Surroundings(path, configuration, settings, watcher, viewers, Pages(), letters, switch)
    app[sessions.DOOR], app[messages.CACHE] = Door(viewers), messages.Cache()
    app[pages.OWNERS] = pages.KnownOwners(configuration.kafka)
    app[replaying.REPLAYS], app[LIVE] = replaying.Replays(configuration), Listeners()
    app.cleanup_ctx.append(_watched)
    app.on_shutdown.append(_let_go)
    app.add_routes(
        [
            web.get("/", pages.overview),
            web.get("/jobs/{job}", pages.job),
            web.post("/jobs/{job}", pages.switch),
            web.get("/failures", failures.failures),
            web.get("/failures/list", failures.listed),
            web.get(r"/failures/{name:\d+-\d+}", failures.letter),
            web.post("/replays", replaying.begin),
            web.get("/replays", replaying.every),
            web.get("/replays/{id}", replaying.show),
            web.post("/replays/{id}/publish", replaying.publish),
            web.post("/replays/{id}/call-off", replaying.call_off),
            web.get("/messages", messages.messages),
            web.post("/messages", messages.life),
            web.get("/imports", pages.imports),
            web.get("/quota", pages.quota),
            web.get("/live", live, allow_head=False),
            web.get("/sign-in", sessions.sign_in_page),
            web.post("/sign-in", sessions.sign_in),
            web.post("/sign-out", sessions.sign_out),
            web.static("/static", FOLDER / "static"),
        ]
    )
    return app


async def serve(
    path: Path,
    configuration: Configuration,
    host: str,
    port: int,
    stopping: asyncio.Event,
    say: Callable[[str], None],
    switch: Switch | None = None,
) -> None:
    """Serve until told to stop; `say` is told the address.

    Raises:
        ConfigurationError: others than this machine would be let in, and nobody is asked who they are.
        JobFailed: nothing can be listened on there.

    """
    if not is_this_machine(host) and not (configuration.console or Console()).asks:
        fault = (
            f"--host {host}: whoever reaches this machine would be let in; say in jobs.yaml who may look, by "
            "console.users or console.user_header (see docs/console.md), or listen on 127.0.0.1"
        )
        raise ConfigurationError([fault])
    settings = configuration.console or Console()
    if not is_this_machine(host) and settings.user_header is not None and not settings.proxies:
        log.warning("console_believes_anybody header=%s: name its proxies in console.proxies", settings.user_header)
    # No line for each request: an address may name what somebody looks for.
    runner = web.AppRunner(application(path, configuration, switch), access_log=None, shutdown_timeout=CLOSE_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise JobFailed(f"cannot listen on {host}, port {port}: {error.strerror}") from error
        listening = runner.addresses[0]
        say(f"the console is at http://{f'[{host}]' if ':' in host else host}:{listening[1]}/")
        await stopping.wait()
    finally:
        await runner.cleanup()


def is_this_machine(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return all(ipaddress.ip_address(address[4][0]).is_loopback for address in found)


async def live(request: web.Request) -> web.StreamResponse:
    """Tell a page when there is news, for as long as it listens."""
    watcher, tasks = around(request).watcher, request.app[LIVE].tasks
    task = asyncio.current_task()
    if len(tasks) >= LIVE_MAX or task is None:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"})
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    changed = watcher.listen()
    tasks.add(task)
    try:
        await response.prepare(request)
        while True:
            try:
                await asyncio.wait_for(changed.wait(), BEAT_SECONDS)
                await response.write(b"event: news\ndata: 1\n\n")
            except TimeoutError:
                await response.write(b": here\n\n")
            changed.clear()
            await asyncio.sleep(NEWS_SECONDS)
    except ConnectionError:
        return response
    finally:
        tasks.discard(task)
        watcher.leave(changed)


async def _watched(app: web.Application) -> AsyncIterator[None]:
    """Watch for as long as the console is served."""
    watching = asyncio.create_task(app[AROUND].watcher.run())
    yield
    await app[replaying.REPLAYS].aclose()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def _let_go(app: web.Application) -> None:
    """End what pages listen to, which would not end by itself."""
    for task in list(app[LIVE].tasks):
        task.cancel()
