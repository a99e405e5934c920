"""A call as a command line says it: what is refused before anything is sent, and what is sent. Quiet."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import get_args
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from schemas.operations import Method, Operation, published
from schemas.paging import Paging, paging_of
from streams.calls.call import Call
from streams.calls.paging import Query, first_page
from streams.errors import ConfigurationError
from streams.exact_json import read

METHODS: tuple[Method, ...] = get_args(Method)
#: What calls are called of which we know no operation; Infobip publishes no limit for most.
UNNAMED = "call"
#: Steps of a path that lead elsewhere.
_STEPS = frozenset({".", ".."})
#: What may stand in a path as it is; everything else is percent-encoded.
_KEPT = "/%:@!$&'()*+,;=-._~"
_is_percent_encoded = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*").fullmatch
_is_header = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,255}").fullmatch
#: What says who calls, how long a message is, where it goes and how its answer is packed: not for the command line.
_NOT_YOURS = frozenset(
    {"authorization", "proxy-authorization", "host", "content-length", "transfer-encoding", "connection", "te"}
    | {"trailer", "upgrade", "expect", "accept-encoding"}
)
CONTENT_TYPE = "Content-Type"


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be called; `path` is percent-encoded and without its query."""

    operation: Operation
    path: str
    query: Query
    headers: Sequence[tuple[str, str]]
    content: bytes | None

    @property
    def call(self) -> Call:
        """The call, whose answer comes back as it is."""
        question = f"?{urlencode(self.query, safe='', quote_via=quote)}" if self.query else ""
        headers = dict(self.headers)
        return Call(self.operation, path=f"{self.path}{question}", file=self.content, headers=headers, verbatim=True)

    @property
    def paging(self) -> Paging | None:
        """How it pages, where that is published."""
        return paging_of(self.operation.method, self.path)

    def asking(self, query: Query) -> "Request":
        """The same, with another query."""
        return replace(self, query=query)


def read_request(
    method: str, path: str, query: Iterable[str], headers: Iterable[str], body: bytes | None, address: str
) -> Request:
    """Read a call; `address` is the account's own, such as https://xyz123.api.infobip.com.

    Raises:
        ConfigurationError: with all that is wrong.

    """
    faults: list[str] = []
    verb = next((one for one in METHODS if one == method.upper()), None)
    if verb is None:
        faults.append(f"METHOD must be {', '.join(METHODS[:-1])} or {METHODS[-1]}")
    where, asked = "", ""
    try:
        where, asked = _path(path, address)
    except ValueError as fault:
        faults.append(f"PATH {fault}")
    pairs = [*parse_qsl(asked, keep_blank_values=True), *_pairs(query, faults)]
    said = [*_headers(headers, faults)]
    own_type = any(name.casefold() == CONTENT_TYPE.casefold() for name, _ in said)
    if body is not None and verb == "GET":
        faults.append("--body: GET takes none")
    elif body is not None and not own_type:
        said.append((CONTENT_TYPE, "application/json"))
        if not _is_json(body):
            faults.append("--body: is no JSON; say with --header what it is, and it is sent as it is")
    if faults or verb is None:
        raise ConfigurationError(faults)
    operation = published(verb, where) or Operation(UNNAMED, verb, where, "", inf)
    return Request(operation, where, pairs, said, body)


def first_of_all(request: Request) -> Request:
    """The request for the first page of a list.

    Raises:
        ConfigurationError: it is of no list that pages, as far as can be known before it is made.

    """
    operation, paging = request.operation, request.paging
    if paging is not None:
        return request.asking(first_page(paging, request.query))
    if operation.purpose == "reports":
        raise ConfigurationError(
            [f"--all: {operation.path} does not page: it tells each once, so call it again until it tells none"]
        )
    if operation.method != "GET":
        raise ConfigurationError([f"--all: {operation.method} {operation.path} does not page"])
    return request


def _path(said: str, address: str) -> tuple[str, str]:
    """The path and the query, of a path or of an address of the account's own.

    Raises:
        ValueError: it is neither, or leads elsewhere.

    """
    if not said.isprintable() or "\\" in said or "#" in said:
        raise ValueError("must not hold #, \\ or what cannot be printed: write them percent-encoded")
    if "://" in said.partition("?")[0]:
        said = _of_address(said, address)
    path, _, query = said.partition("?")
    if not path.startswith("/") or "//" in path:
        raise ValueError("must begin with /, such as /people/2/tags, and hold no //")
    if not _is_percent_encoded(path):
        raise ValueError("holds a % without two hexadecimal digits: write it as %25")
    if _STEPS & {*re.split(r"[/\\]", _decoded(path))}:
        raise ValueError("must not hold the steps . and .., however they are written")
    return quote(path, safe=_KEPT), query


def _of_address(said: str, address: str) -> str:
    try:
        parts = urlsplit(said)
    except ValueError:
        parts = urlsplit("")
    there = f"{parts.scheme}://{parts.netloc}"
    if there.casefold() != address.casefold():
        raise ValueError(f"must be one of {address}: the key goes nowhere else")
    return said[len(there) :] or "/"


def _decoded(path: str) -> str:
    """A path as it is in the end, however often somebody on the way decodes it."""
    while (once := unquote(path)) != path:
        path = once
    return path


def _pairs(query: Iterable[str], faults: list[str]) -> Iterator[tuple[str, str]]:
    for number, said in enumerate(query, 1):
        name, equals, value = said.partition("=")
        if name and equals:
            yield name, value
        else:
            faults.append(f"--query, the {_ordinal(number)}: must be name=value")


def _headers(headers: Iterable[str], faults: list[str]) -> Iterator[tuple[str, str]]:
    for number, said in enumerate(headers, 1):
        name, colon, value = said.partition(":")
        value = value.strip()
        which = f"--header, the {_ordinal(number)}"
        if not colon or not _is_header(name) or not (value.isascii() and value.isprintable()):
            faults.append(f"{which}: must be Name: value, in plain characters")
        elif name.casefold() in _NOT_YOURS:
            faults.append(f"{which}: {name} is written by the service itself")
        else:
            yield name, value


def _ordinal(number: int) -> str:
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') }"


def _is_json(body: bytes) -> bool:
    try:
        read(body)
    except (ValueError, RecursionError):
        return False
    return True
