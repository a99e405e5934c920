"""The simulated Infobip on a socket: keys and scopes, throttling, faults, and the way of each answer."""

import asyncio
import gc
import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from email.utils import format_datetime
from functools import partial

import orjson
from aiohttp import web

from streams.simulator.account import Account
from streams.simulator.answers import Answer, Refusal, barred, classic, refused, scripted
from streams.simulator.control import control_routes
from streams.simulator.counters import NO_ANSWER, Counters
from streams.simulator.endpoints import ENDPOINTS, Ask
from streams.simulator.faults import Fault, Faults
from streams.simulator.feedback.endpoints import FEEDBACK_ENDPOINTS
from streams.simulator.feedback.post_office import PostOffice
from streams.simulator.lists import LIST_ENDPOINTS
from streams.simulator.messages.endpoints import MESSAGE_ENDPOINTS
from streams.simulator.operations import OPERATIONS, Operation
from streams.simulator.options import SimulatorOptions
from streams.simulator.outbox import Outbox
from streams.simulator.tls import certify
from streams.simulator.world import Clock, World, utc_now

_STOP_SECONDS = 0.2
_GC_THRESHOLD = 100_000
# What a gateway answers is classic; what the service itself answers has the form of its endpoint.
_OWN_STATUSES = frozenset({400, 404, 405, 409})
_UNREADABLE = {
    "not_json": Answer(200, html="<html><body>This is not the answer you are looking for</body></html>"),
    "wrong_json": Answer(200, {"unexpected": True}),
}


class Simulator:
    """A simulated Infobip. Its state outlives `stop`, and a second `start` takes the same port again."""

    def __init__(self, options: SimulatorOptions | None = None, clock: Clock = utc_now) -> None:
        self.options = options or SimulatorOptions()
        self._world = World.of(self.options, clock)
        self._port = self.options.port
        self._runner: web.AppRunner | None = None
        self._tls = None if self.options.ca_file is None else certify(self.options.host, self.options.ca_file)

    @property
    def account(self) -> Account:
        """The people, tags and custom attributes."""
        return self._world.account

    @property
    def outbox(self) -> Outbox:
        """The messages handed over."""
        return self._world.outbox

    @property
    def office(self) -> PostOffice:
        """What comes back of messages, and who is told of it."""
        return self._world.office

    @property
    def faults(self) -> Faults:
        """What goes wrong; `add` and `clear`."""
        return self._world.faults

    @property
    def counters(self) -> Counters:
        """What was asked and answered."""
        return self._world.counters

    @property
    def base_url(self) -> str:
        """Where it listens, or last listened."""
        return f"{'http' if self._tls is None else 'https'}://{self.options.host}:{self._port}"

    def set_key(self, key: str, scopes: frozenset[str] | None) -> None:
        """Give a key these scopes, or revoke it with None."""
        if scopes is None:
            self._world.keys.pop(key, None)
        else:
            self._world.keys[key] = scopes

    async def start(self) -> str:
        """Listen, and return the base URL."""
        app = web.Application(client_max_size=self.options.max_body_bytes)
        for operation in OPERATIONS.values():
            app.router.add_route(operation.method, operation.path, partial(_serve, self._world, operation))
        app.router.add_routes(control_routes(self._world))
        app.router.add_route("*", "/{path:.*}", _nothing_here)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_STOP_SECONDS)
        await runner.setup()
        site = web.TCPSite(runner, self.options.host, self._port, ssl_context=self._tls)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._port = runner.addresses[0][1]
        self._runner = runner
        await self._world.postman.start()
        return self.base_url

    async def stop(self) -> None:
        """Stop listening and posting, and cut what is open."""
        if self._runner is not None:
            await self._world.postman.stop()
            await self._runner.cleanup()
            self._runner = None


async def serve(options: SimulatorOptions, started: Callable[[str], object] | None = None) -> None:
    """Run a simulator until cancelled; `started` is told the base URL once it listens."""
    simulator = Simulator(options)
    url = await simulator.start()
    thresholds = gc.get_threshold()
    # People live long and are in no cycles: looking through all of them over and over would cost a third of a call.
    gc.set_threshold(_GC_THRESHOLD, *thresholds[1:])
    if started is not None:
        started(url)
    try:
        await asyncio.Event().wait()
    finally:
        gc.set_threshold(*thresholds)
        await simulator.stop()


async def _serve(world: World, operation: Operation, request: web.Request) -> web.StreamResponse:
    world.counters.arrivals[operation.name] += 1
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        world.counters.answered(operation.name, 413)
        return _response(barred(413, operation.family))
    delay, fault = world.faults.strike(operation.name, request.rel_url.raw_path, body)
    kind = fault.kind if fault is not None else None
    if fault is not None and kind in {"outage", "hang"}:
        await asyncio.sleep(fault.seconds if kind == "hang" else 0)
        world.counters.answered(operation.name, NO_ANSWER[fault.kind])
        return _cut(request)
    if fault is not None and kind == "status":
        answer = _scripted(operation, fault)
    else:
        answer = _decide(world, operation, request, body)
    await asyncio.sleep(world.options.latency_seconds + delay)
    world.counters.answered(operation.name, NO_ANSWER.get(kind or "", answer.status))
    match kind:
        case "lose_answer":
            return _cut(request)
        case "truncate":
            return await _send_half(request, answer)
    return _response(_UNREADABLE.get(kind or "", answer))


def _scripted(operation: Operation, fault: Fault) -> Answer:
    own = fault.status in _OWN_STATUSES or operation.family == "new"
    family = fault.family or (operation.family if own else "classic")
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    return replace(scripted(fault.status, family, html=fault.html), headers=headers)


def _decide(world: World, operation: Operation, request: web.Request, body: bytes) -> Answer:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    scopes = world.keys.get(key.strip()) if scheme == "App" else None
    if scopes is None:
        return barred(401, operation.family)
    if not scopes & operation.scopes:
        return barred(403, operation.family)
    whose = key.strip() if operation.per_key else ""
    wait_seconds = world.throttle.wait_seconds(operation.name, time.monotonic(), whose)
    if wait_seconds:
        return replace(barred(429, operation.family), headers=_retry_after(world, wait_seconds))
    name = next(iter(request.match_info.values()), "")
    ask = Ask(world.clock(), name, _query(request), body, request.headers, request.match_info)
    try:
        answer = _answer(world, operation, ask)
    except Refusal as refusal:
        return refused(refusal, operation.family, classic_v2=world.options.v2_errors == "classic")
    world.counters.items[operation.name] += answer.items
    return answer


def _query(request: web.Request) -> dict[str, str]:
    """Return the parameters; one that is repeated is the same as one with commas."""
    return {name: ",".join(request.query.getall(name)) for name in request.query}


def _answer(world: World, operation: Operation, ask: Ask) -> Answer:
    if operation.name in MESSAGE_ENDPOINTS:
        answer = MESSAGE_ENDPOINTS[operation.name](world.outbox, ask)
        if answer.items:
            world.postman.wake()
        return answer
    if operation.name in FEEDBACK_ENDPOINTS:
        return FEEDBACK_ENDPOINTS[operation.name](world.office, ask)
    return {**ENDPOINTS, **LIST_ENDPOINTS}[operation.name](world.account, ask)


def _retry_after(world: World, wait_seconds: float) -> dict[str, str]:
    seconds = math.ceil(wait_seconds)
    match world.options.retry_after:
        case "seconds":
            return {"Retry-After": str(seconds)}
        case "date":
            # A date has whole seconds: the part that is cut off must not make it too early.
            when = world.clock().astimezone(UTC) + timedelta(seconds=wait_seconds)
            when = when.replace(microsecond=0) + timedelta(seconds=1)
            return {"Retry-After": format_datetime(when, usegmt=True)}
    return {}


def _response(answer: Answer) -> web.Response:
    body, content_type = _encoded(answer)
    return web.Response(status=answer.status, body=body, headers=answer.headers, content_type=content_type)


def _encoded(answer: Answer) -> tuple[bytes, str | None]:
    """Return a body and what it is; no content is of no kind."""
    if answer.html:
        return answer.html.encode(), "text/html"
    return (b"", None) if answer.body is None else (orjson.dumps(answer.body), "application/json")


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _send_half(request: web.Request, answer: Answer) -> web.StreamResponse:
    body, content_type = _encoded(answer)
    body = body or b"{}"
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": content_type or "application/json"})
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _nothing_here(_: web.Request) -> web.Response:
    return _response(Answer(404, classic(404)))
