"""How calls and answers are written for a fake of Infobip: on the wire, and as values."""

import re
from collections.abc import Mapping
from functools import cache

import httpx
import orjson

from schemas.operations import OPERATIONS, Operation
from streams.calls.call import LOST, Call, Reply

JSON = "application/json"
#: A status alone, or all of an answer; an exception is an answer that does not come.
Step = int | Reply | httpx.Response | Exception


class AnswerLost(httpx.ReadError):
    """The call is carried out, and the answer to it does not come."""

    def __init__(self) -> None:
        super().__init__("the answer is lost")


def too_fast(seconds: float) -> httpx.Response:
    """Infobip has had enough for so long."""
    return httpx.Response(429, headers={"Retry-After": f"{seconds:g}"})


@cache
def _forms() -> Mapping[str, list[tuple[re.Pattern[str], Operation]]]:
    """The operations of each method, by what their paths look like."""
    forms: dict[str, list[tuple[re.Pattern[str], Operation]]] = {}
    for one in OPERATIONS.values():
        forms.setdefault(one.method, []).append((re.compile(re.sub(r"\{\w+\}", "([^/]+)", one.path)), one))
    return forms


def call_of(request: httpx.Request) -> Call:
    """The call that a request makes."""
    path = request.url.raw_path.decode().partition("?")[0]
    found = [one for form, one in _forms()[request.method] if form.fullmatch(path)]
    assert found, f"Infobip has no operation {request.method} {path}"
    return Call(
        found[0],
        path=path,
        query=dict(request.url.params),
        file=request.content or None,
        headers={} if request.headers.get("Content-Type", JSON) == JSON else dict(request.headers),
    )


def reply_of(word: Step) -> Reply:
    """What a dialogue is given."""
    match word:
        case Reply():
            return word
        case int():
            return Reply(word, {})
        case httpx.Response():
            return Reply(word.status_code, orjson.loads(word.content) if word.content else None)
    return Reply(LOST)


def response_of(word: Step) -> httpx.Response:
    """What a client is given; raises what keeps the answer from coming."""
    match word:
        case httpx.Response():
            return word
        case int():
            return httpx.Response(word, json={})
        case Reply(status=status, body=None):
            return httpx.Response(status)
        case Reply():
            return httpx.Response(word.status, json=word.body)
    raise word
