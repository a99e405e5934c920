"""Texts filled in with what a profile says: nothing is evaluated, a token stands for the value of one field."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

import orjson

from schemas.tokens import tokens_of
from streams.exact_json import number_text
from streams.flow.address import compile_path, encodable

Values = Mapping[str, str | None]
Fill = Callable[[Values], Any]
#: How a value is written where it is filled in.
Write = Callable[[str], str]

#: The integers that JSON readers and writers keep whole.
_BITS_OF_JSON = 64


def text_of(value: object) -> str | None:
    """Text as it is, numbers and truth values as JSON writes them; None where there is nothing that can be said."""
    if isinstance(value, str):
        return value if value and encodable(value) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _BITS_OF_JSON else None
    if isinstance(value, float) and math.isfinite(value):
        return number_text(value) if value.is_integer() else orjson.dumps(value).decode()
    return None


def reader(fields: Iterable[str]) -> Callable[[Mapping[str, Any]], tuple[dict[str, str | None], list[str]]]:
    """What reads a profile's message fields as text, and names those that hold something no text can be made of."""
    compiled = [(field, compile_path(field)) for field in fields]

    def read(profile: Mapping[str, Any]) -> tuple[dict[str, str | None], list[str]]:
        values: dict[str, str | None] = {}
        left_out = []
        for field, value_of in compiled:
            value = value_of(profile)
            text = values[field] = text_of(value)
            if text is None and value is not None and value not in ("", [], {}):
                left_out.append(field)
        return values, left_out

    return read


def needed(data: Any) -> frozenset[str]:
    """The fields that some text of the data names without saying what to say when they are missing."""
    match data:
        case str():
            return frozenset(token.field for token in tokens_of(data) if token.default is None)
        case dict():
            return frozenset().union(*map(needed, data.values()))
        case list() | tuple():
            return frozenset().union(*map(needed, data))
    return frozenset()


def template(data: Any, default: str = "") -> Fill:
    """What fills in every text of the data; `default` stands for missing values whose token has none.

    In a URL (by the name of its field) values are percent-encoded, unless the URL begins with the token; in HTML they
    are escaped.
    """
    return _compile(data, default, _write_in, str)


def is_url(field: str) -> bool:
    """Whether a field of this name holds a URL."""
    return field in {"url", "action", "link"} or field.endswith("_url") or field.startswith(("url_", "scheme_"))


def in_url(value: str) -> str:
    """A value as a part of a URL."""
    return quote(value, safe="")


def in_html(value: str) -> str:
    """A value as a part of HTML. A brace in it begins no placeholder of Infobip's."""
    return escape(value).replace("{", "&#123;")


#: How values stand in fields of these names, beside those that hold URLs; in all others as they are.
WRITTEN: Mapping[str, Write] = {"html": in_html, "amp_html": in_html, "smil": escape}


#: Fields with keys that are not ours: the names of placeholders and variables, which tell nothing of their values.
NAMED_BY_OTHERS = frozenset(
    {"placeholders", "default_placeholders", "landing_page_placeholders", "headers", "parameters", "data"}
    | {"message_data", "button_data", "coupon_data"}
)


def _write_in(field: str) -> Write:
    return in_url if is_url(field) else WRITTEN.get(field, str)


def _as_it_is(_: str) -> Write:
    return str


def _compile(data: Any, default: str, write_in: Callable[[str], Write], write: Write) -> Fill:
    """What fills in some data; `write_in` says how values stand in the fields of a mapping, `write` in this text."""
    match data:
        case str() if any(tokens_of(data)):
            return _text(data, default, write)
        case dict():
            parts = {
                name: _compile(part, default, _as_it_is if name in NAMED_BY_OTHERS else write_in, write_in(name))
                for name, part in data.items()
            }
            return lambda values: {name: fill(values) for name, fill in parts.items()}
        case list() | tuple():
            items = [_compile(item, default, write_in, write) for item in data]
            return lambda values: [fill(values) for fill in items]
    return lambda _: data


def _text(text: str, default: str, write: Write) -> Fill:
    pieces: list[str | tuple[str, str, Write]] = []
    at = 0
    for token in tokens_of(text):
        pieces.append(text[at : token.start])
        instead = default if token.default is None else token.default
        pieces.append((token.field, instead, str if write is in_url and token.start == 0 else write))
        at = token.end
    pieces.append(text[at:])

    def fill(values: Values) -> str:
        return "".join(_filled(pieces, values))

    return fill


def _filled(pieces: Sequence[str | tuple[str, str, Write]], values: Values) -> Iterable[str]:
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
            continue
        field, instead, write = piece
        value = values[field]
        yield write(instead if value is None else value)
