"""Calls that tests make, and a server of this machine that answers as a test says."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import web

from schemas.operations import LIST_PERSONS, UPSERT_PERSONS
from streams.calls.call import Call
from tests import waiting

EMAIL = "ann@example.com"


def upsert() -> Call:
    body = {"persons": [{"contactInformation": [{"type": "EMAIL", "identifier": EMAIL}]}]}
    return Call(UPSERT_PERSONS, body)


def find() -> Call:
    return Call(LIST_PERSONS, query={"identifier": EMAIL, "type": "EMAIL"})


#: Lets others run until something has happened: it awaits a turn, not a moment, because time stands still.
until = partial(waiting.until, pause=0)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handlers: Mapping[str, Handler]) -> AsyncIterator[str]:
    """Run a real server on this machine; any path that is not in `handlers` is 404."""
    app = web.Application()
    for path, handler in handlers.items():
        app.router.add_route("*", path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
