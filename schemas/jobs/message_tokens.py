"""Tokens in the texts of messages: which name no message field, told as faults of the place they stand at."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from schemas.text.foreign import Foreign, foreign, shown
from schemas.text.tokens import is_open, tokens_of

Loc = tuple[str | int, ...]


def texts_of(data: Any, loc: Loc = ()) -> Iterator[tuple[Loc, str]]:
    """Every text in some data, names of fields among them, with its place."""
    match data:
        case str():
            yield loc, data
        case dict():
            for name, part in data.items():
                yield (*loc, name), str(name)
                yield from texts_of(part, (*loc, name))
        case list() | tuple():
            for number, part in enumerate(data):
                yield from texts_of(part, (*loc, number))


def strays(given: Any, fields: tuple[str, ...]) -> Iterator[InitErrorDetails]:
    """Words of other template languages, tokens that name no message field, and beginnings of tokens without end."""
    for loc, text in texts_of(given):
        others = list(dict.fromkeys(foreign(text, fields)))
        yield from (_foreign(loc, one) for one in others)
        if others:
            continue
        yield from (_stray(loc, token.field, fields) for token in tokens_of(text) if token.field not in fields)
        if is_open(text):
            yield InitErrorDetails(type=PydanticCustomError("open_token", "open token"), loc=loc, input=text)


def _stray(loc: Loc, field: str, fields: tuple[str, ...]) -> InitErrorDetails:
    told = {"token": shown(f"{{{{{field}}}}}"), "fields": ", ".join(fields) or "none"}
    return InitErrorDetails(type=PydanticCustomError("unknown_token", "unknown token", told), loc=loc, input=field)


def _foreign(loc: Loc, found: Foreign) -> InitErrorDetails:
    told = {"said": found.said, "instead": found.instead}
    return InitErrorDetails(type=PydanticCustomError("foreign_token", "foreign token", told), loc=loc, input=found.said)


def again(error: ValidationError) -> Iterator[InitErrorDetails]:
    """What was found, in the form in which it can be told once more."""
    known = get_args(ErrorType)
    for found in error.errors(include_url=False):
        kind: Any = found["type"]
        ctx = found.get("ctx", {})
        kind = kind if kind in known else PydanticCustomError(kind, kind, ctx)
        yield InitErrorDetails(type=kind, loc=found["loc"], input=found["input"], ctx=ctx)
