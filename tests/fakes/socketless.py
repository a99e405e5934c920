"""The simulator asked without a socket: by a call, for a reply."""

import re
from urllib.parse import unquote

import orjson

from streams.calls.call import Call, Reply
from streams.simulator.answers import Answer, Refusal, barred, refused
from streams.simulator.endpoints import ENDPOINTS, Ask
from streams.simulator.lists import LIST_ENDPOINTS
from streams.simulator.messages.endpoints import MESSAGE_ENDPOINTS
from streams.simulator.operations import OPERATIONS
from streams.simulator.world import World

ALL_SCOPES = frozenset(scope for operation in OPERATIONS.values() for scope in operation.scopes)


def barred_by(world: World, call: Call, key: str) -> Reply | None:
    """What a key is told that is none, or lacks a scope; nothing where it is good."""
    scopes, operation = world.keys.get(key), OPERATIONS[call.operation.name]
    status = 401 if scopes is None else 403 if not scopes & operation.scopes else None
    return None if status is None else _plain(barred(status, operation.family))


def ask(world: World, call: Call) -> Reply:
    """What it answers to whoever may ask; limits are not kept to."""
    operation = OPERATIONS[call.operation.name]
    named = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", operation.path), call.path)
    name = unquote(named.group(1)) if named is not None and named.groups() else ""
    asked = Ask(world.clock(), name, call.query, call.content or b"", call.headers)
    try:
        if operation.name in MESSAGE_ENDPOINTS:
            return _plain(MESSAGE_ENDPOINTS[operation.name](world.outbox, asked))
        return _plain({**ENDPOINTS, **LIST_ENDPOINTS}[operation.name](world.account, asked))
    except Refusal as refusal:
        return _plain(refused(refusal, operation.family, classic_v2=world.options.v2_errors == "classic"))


def _plain(answer: Answer) -> Reply:
    return Reply(answer.status, orjson.loads(orjson.dumps(answer.body)))
