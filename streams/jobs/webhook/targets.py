"""Where the calls of a job go: to the account, or to an address of anybody's; with what an event says filled in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from schemas.jobs.webhook import Webhook
from schemas.operations import Operation, published
from schemas.text.tokens import tokens_of
from streams.exact_json import number_text
from streams.jobs.webhook.sends import SENDS, Send
from streams.profiles.address import compile_path, encodable

#: What calls that nobody publishes are called in records.
WEBHOOK = "webhook"
#: Steps of a path that lead elsewhere, however they are written.
_STEPS = frozenset({"", ".", ".."})
_PORTS = {"https": 443, "http": 80}
_JSON = {"Content-Type": "application/json"}


class Unfilled(ValueError):
    """An event has nothing to fill in; the text says what."""


@dataclass(frozen=True, slots=True)
class Request:
    """Where one call goes, with what headers."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """Where all calls of a job go.

    `is_own`: to the account, whose key they carry. `path` may hold tokens; elsewhere it is the whole address. `send` is
    what there is to know where they send messages.
    """

    is_own: bool
    path: str
    operation: Operation
    send: Send | None


def target_of(job: Webhook, account: str | None = None) -> Target:
    """Where the calls of a job go; `account` is its account's address, None where that is not known yet."""
    path = job.path if job.path is not None else _own_path(job, account)
    known = None if path is None else published(job.method, path)
    if path is None or known is None:
        where = urlsplit(job.url).hostname if path is None and job.url is not None else path
        known = Operation(WEBHOOK, job.method, str(where), f"{job.method} {where}", inf)
    send = SENDS.get(known.name) if job.sends is not None and path is not None else None
    return Target(path is not None, path or job.url or "", _paced(job, known), send)


def _own_path(job: Webhook, account: str | None) -> str | None:
    """The path of a url that leads to the account; None where it does not."""
    if not job.authorization or job.url is None:
        return None
    parts = urlsplit(job.url)
    if _where(job.url) != _where(account) if account is not None else job.sends is None:
        return None
    return job.url[len(f"{parts.scheme}://{parts.netloc}") :] or "/"


def _where(url: str) -> tuple[str, str | None, int | None]:
    """Whom a url asks: scheme, host and port, however they are written."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _paced(job: Webhook, operation: Operation) -> Operation:
    """The operation at the speed that the job asks for: a limit of its own, which is never above the published one."""
    if job.max_per_second is None:
        return operation
    return replace(operation, per_second=min(job.max_per_second, operation.per_second))


def filler(job: Webhook, target: Target) -> Callable[[Mapping[str, Any]], Request]:
    """What makes the request of an event; it raises Unfilled where the path lacks what the event should say."""
    place, question, query = target.path.partition("?")
    headers = {**(_JSON if job.template is not None else {}), **job.headers}
    in_place, in_query = compile_text(place), compile_text(query)
    in_headers = {name: compile_text(value) for name, value in headers.items()}
    if not any(next(tokens_of(text), None) for text in (place, query, *headers.values())):
        fixed = Request(target.path, headers)
        return lambda _: fixed

    def fill(event: Mapping[str, Any]) -> Request:
        path = in_place(event, True)  # noqa: FBT003 - whether a missing value is a fault
        filled = {name: write(event, False) for name, write in in_headers.items()}  # noqa: FBT003
        return Request(f"{path}{question}{in_query(event, False)}", filled)  # noqa: FBT003

    return fill


def compile_text(text: str) -> Callable[[Mapping[str, Any], bool], str]:
    """What fills the tokens of a text in, percent-encoded; where they are needed, it raises Unfilled without them."""
    pieces = [*_pieces(text)]
    alone = {number for number in range(len(pieces)) if _is_alone(pieces, number)}

    def fill(event: Mapping[str, Any], needed: bool) -> str:  # noqa: FBT001 - as it is called, twice an event
        out = []
        for number, piece in enumerate(pieces):
            if isinstance(piece, str):
                out.append(piece)
                continue
            name, read, default = piece
            value = text_of(read(event)) or default or ""
            if needed and (not value or (number in alone and value in _STEPS)):
                raise Unfilled(f"the event has no {name} that can stand in the path")
            out.append(quote(value, safe=""))
        return "".join(out)

    return fill


Piece = str | tuple[str, Callable[[Mapping[str, Any]], object], str | None]


def _pieces(text: str) -> Iterator[Piece]:
    at = 0
    for token in tokens_of(text):
        yield text[at : token.start]
        yield token.field, compile_path(token.field), token.default
        at = token.end
    yield text[at:]


def _is_alone(pieces: list[Piece], number: int) -> bool:
    """Whether a token is a whole step of a path, or may be with what stands beside it."""
    before = pieces[number - 1] if number else ""
    return not isinstance(before, str) or before.endswith(("/", "."))


def text_of(value: object) -> str:
    """A value as text: JSON where it has parts, nothing where it is null or cannot be written."""
    match value:
        case str():
            return value if encodable(value) else ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value) or ""
        case None:
            return ""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return ""
