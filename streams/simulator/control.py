"""The simulator's own endpoints, for people and for tests in other processes: state, seeds, messages, faults, keys."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

import orjson
from aiohttp import web

from streams.errors import ConfigurationError
from streams.simulator.answers import Refusal
from streams.simulator.faults import Fault, parse_fault, read_fault
from streams.simulator.feedback import control as feedback
from streams.simulator.page import render
from streams.simulator.world import World

CHUNK = 1000
Item = TypeVar("Item")


class _Wrong(Exception):
    """A control request that cannot be carried out, and why."""


def control_routes(world: World) -> list[web.RouteDef]:
    """Return the routes of the simulator itself; no API key is asked for, so it belongs on a test's host only."""
    handlers: list[tuple[str, str, Callable[[World, web.Request], Awaitable[web.StreamResponse]]]] = [
        ("GET", "/", _page),
        ("GET", "/simulator/state", _state),
        ("DELETE", "/simulator/calls", _clear_calls),
        ("GET", "/simulator/people", _people),
        ("POST", "/simulator/people", _seed_people),
        ("POST", "/simulator/spoil", _spoil),
        ("POST", "/simulator/attributes", _seed_attributes),
        ("GET", "/simulator/lists", _lists),
        ("DELETE", "/simulator/lists/{listId}", _vanish),
        ("GET", "/simulator/messages", _messages),
        ("POST", "/simulator/statuses", _statuses),
        ("POST", "/simulator/whatsapp-templates", _seed_templates),
        ("GET", "/simulator/fates", _asked(feedback.fates)),
        ("POST", "/simulator/fates", _set_fates),
        ("DELETE", "/simulator/fates", _asked(feedback.reset_fates)),
        ("POST", "/simulator/acts", _act),
        ("POST", "/simulator/inbound", _inbound),
        ("GET", "/simulator/reports", _asked(feedback.reports)),
        ("GET", "/simulator/posts", _posts),
        ("POST", "/simulator/posts", _asked(feedback.hurry)),
        ("GET", "/simulator/faults", _faults),
        ("POST", "/simulator/faults", _add_faults),
        ("DELETE", "/simulator/faults", _clear_faults),
        ("POST", "/simulator/keys", _keys),
    ]
    return [web.route(method, path, partial(_answered, handler, world)) for method, path, handler in handlers]


async def _answered(
    handler: Callable[[World, web.Request], Awaitable[web.StreamResponse]], world: World, request: web.Request
) -> web.StreamResponse:
    try:
        return await handler(world, request)
    except (_Wrong, ConfigurationError, Refusal) as error:
        return _json({"error": str(error)}, status=400)


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


async def _read(request: web.Request) -> Any:
    try:
        return orjson.loads(await request.read())
    except orjson.JSONDecodeError as error:
        raise _Wrong("the body is not JSON") from error


async def _read_list(request: web.Request, name: str) -> list[Any]:
    body = await _read(request)
    items = body.get(name) if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise _Wrong(f'the body must be a list, or an object with a list "{name}"')
    return items


async def _read_object(request: web.Request) -> dict[str, Any]:
    body = await _read(request)
    if not isinstance(body, dict):
        raise _Wrong("the body must be an object")
    return body


async def _page(world: World, request: web.Request) -> web.Response:
    return web.Response(text=render(world, request.query.get("tag", "")), content_type="text/html")


async def _state(world: World, _: web.Request) -> web.Response:
    counters = world.counters
    return _json(
        {
            "people": len(world.account.people),
            "tags": {tag.name: len(tag.members) for tag in world.account.tags.values()},
            "attributes": {each.name: each.data_type for each in world.account.attributes.values()},
            "messages": {
                channel: {word: counted[word] for word in ("accepted", "rejected", "duplicates")}
                for channel, counted in world.outbox.counts.items()
            },
            "arrivals": counters.arrivals,
            "calls": counters.calls,
            "items": counters.items,
        }
    )


async def _clear_calls(world: World, _: web.Request) -> web.Response:
    world.counters.clear()
    return _json({})


async def _people(world: World, request: web.Request) -> web.StreamResponse:
    """Stream everybody, as they were when the request came."""
    return await _stream(request, list(world.account.people.values()), world.account.show)


async def _stream(
    request: web.Request, listed: Sequence[Item], show: Callable[[Sequence[Item]], Iterable[dict[str, Any]]]
) -> web.StreamResponse:
    """Answer one JSON object a line."""
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    for start in range(0, len(listed), CHUNK):
        shown = show(listed[start : start + CHUNK])
        await response.write(b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in shown))
    await response.write_eof()
    return response


async def _seed_people(world: World, request: web.Request) -> web.Response:
    """Upsert any number of people of the v3 shape; their tags are created on the way."""
    account = world.account
    items = await _read_list(request, "persons")
    tags = (tag for item in items for tag in _tags_of(item))
    for tag in dict.fromkeys(tags):
        if tag.casefold() not in account.tags:
            account.create_tag(tag, world.clock())
    seeded = 0
    errors: list[dict[str, Any]] = []
    for start in range(0, len(items), CHUNK):
        answer = account.upsert(items[start : start + CHUNK], world.clock())
        seeded += len(answer["results"])
        errors += [{**error, "index": error["index"] + start} for error in answer["errors"]]
        await asyncio.sleep(0)
    return _json({"seeded": seeded, "errors": errors})


def _tags_of(item: Any) -> list[str]:
    """Return the tags of one item; what is malformed is left for the upsert to refuse."""
    tags = item.get("tags") if isinstance(item, dict) else None
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


async def _spoil(world: World, request: web.Request) -> web.Response:
    """Show a person with other values from now on, so that a client cannot read it; with none, as it is again."""
    match await _read(request):
        case {"id": int(person_id), "shown": dict(shown)}:
            world.account.spoil(person_id, shown, world.clock())
        case _:
            raise _Wrong('the body must be {"id": 5, "shown": {"firstName": 7}}')
    return _json({})


async def _seed_attributes(world: World, request: web.Request) -> web.Response:
    """Define custom attributes; those that are defined already stay as they are."""
    account = world.account
    items = await _read_list(request, "attributes")
    new = [item for item in items if not (isinstance(item, dict) and str(item.get("name")) in account.attributes)]
    for item in new:
        account.create_attribute(item, world.clock())
    return _json({"seeded": len(new)})


async def _lists(world: World, _: web.Request) -> web.Response:
    """Show every list with the ids in it."""
    return _json(list(world.account.lists.shown()))


async def _vanish(world: World, request: web.Request) -> web.Response:
    """Have a list vanish, as if somebody had deleted its tag."""
    account, list_id = world.account, request.match_info["listId"]
    if (found := account.lists.of(list_id)) is None:
        raise _Wrong(f"there is no list {list_id!r}")
    account.delete_tag(found.tag.name)
    return _json({})


async def _messages(world: World, request: web.Request) -> web.StreamResponse:
    """Stream every message handed over, in order."""
    return await _stream(request, list(world.outbox.messages), lambda sent: (each.shown for each in sent))


async def _statuses(world: World, request: web.Request) -> web.Response:
    """Give destinations these statuses from now on, and no others."""
    lines = await _read_list(request, "statuses")
    if not all(isinstance(line, str) for line in lines):
        raise _Wrong("a status is a line such as 4477*=52")
    world.outbox.set_statuses(lines)
    return _json({"statuses": lines})


def _asked(tell: Callable[[World], Any]) -> Callable[[World, web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that answers what is told without a body."""

    async def handler(world: World, _: web.Request) -> web.Response:
        return _json(tell(world))

    return handler


async def _set_fates(world: World, request: web.Request) -> web.Response:
    return _json(feedback.set_fates(world, await _read_list(request, "fates")))


async def _act(world: World, request: web.Request) -> web.Response:
    """Have a recipient do something; a form of the page is answered with the page."""
    if request.content_type == "application/x-www-form-urlencoded":
        feedback.do_act(world, {name: str(value) for name, value in (await request.post()).items()})
        raise web.HTTPSeeOther("/")
    return _json(feedback.do_act(world, await _read_object(request)))


async def _inbound(world: World, request: web.Request) -> web.Response:
    return _json(feedback.do_write(world, await _read_object(request)))


async def _posts(world: World, request: web.Request) -> web.StreamResponse:
    """Stream the latest posts, in order."""
    return await _stream(request, feedback.posted(world), iter)


async def _seed_templates(world: World, request: web.Request) -> web.Response:
    """Register a WhatsApp sender with templates."""
    match await _read(request):
        case {"sender": str(sender), "templates": list(templates)}:
            return _json({"seeded": world.outbox.templates.seed(sender, templates)})
    raise _Wrong('the body must be {"sender": "...", "templates": [{"name": "..."}]}')


async def _faults(world: World, _: web.Request) -> web.Response:
    return _json({"faults": [fault.line for fault in world.faults.armed]})


async def _add_faults(world: World, request: web.Request) -> web.Response:
    """Arm one fault or a list of them, each as a line or as an object of its settings."""
    body = await _read(request)
    if isinstance(body, dict):
        body = body.get("faults", body.get("fault", body))
    faults = [_read_one(each) for each in (body if isinstance(body, list) else [body])]
    world.faults.add(*faults)
    return await _faults(world, request)


def _read_one(settings: Any) -> Fault:
    match settings:
        case str():
            return parse_fault(settings)
        case dict():
            return read_fault(settings)
    raise _Wrong("a fault is a line or an object")


async def _clear_faults(world: World, request: web.Request) -> web.Response:
    world.faults.clear()
    return await _faults(world, request)


async def _keys(world: World, request: web.Request) -> web.Response:
    """Give a key its scopes, or revoke it with null."""
    match await _read(request):
        case {"key": str(key), "scopes": None}:
            world.keys.pop(key, None)
        case {"key": str(key), "scopes": list(scopes)} if all(isinstance(scope, str) for scope in scopes):
            world.keys[key] = frozenset(scopes)
        case _:
            raise _Wrong('the body must be {"key": "...", "scopes": [...] or null}')
    return _json({})
