"""Texts filled in with what a profile says: nothing is evaluated, a token stands for the value of one field."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import repeat
from typing import Any, get_args
from urllib.parse import quote

import orjson
from pydantic import BaseModel

from schemas.content.shapes import EndOfUrl, InHtml, InUrl, InVariable, Written
from schemas.text.blanks import is_empty, stripped
from schemas.text.links import Link, in_text, is_whole_link, links_in_text, links_in_url
from schemas.text.markup import Within, spots
from schemas.text.tokens import Token, tokens_of
from streams.exact_json import float_text, number_text
from streams.profiles.address import compile_dots, encodable

Values = Mapping[str, str | None]
Fill = Callable[[Values], Any]
#: What fills in a text for so many, given the values of each field.
FillColumn = Callable[[Mapping[str, Sequence[str]], int], list[str]]
#: How a value is written where it is filled in.
Write = Callable[[str], str]

#: Between these stand the characters of ASCII that are no blanks.
_FIRST, _LAST = " ", "\x7f"
#: Lines of ASCII that neither begin nor end with a blank.
_are_plain_lines = re.compile("(?:[!-~](?:[^\n]*[!-~])?\n)*+").fullmatch
#: The integers that JSON readers and writers keep whole.
_BITS_OF_JSON = 64


def text_of(value: object) -> str | None:
    """Text without blanks around it, numbers and truth values as JSON writes them; None where nothing can be said."""
    if isinstance(value, str):
        text = stripped(value)
        return text if text and encodable(text) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _BITS_OF_JSON else None
    if isinstance(value, float) and math.isfinite(value):
        return number_text(value) if value.is_integer() else float_text(value)
    return None


def reader(
    fields: Iterable[str], read_by: Callable[[str], Callable[[Any], object]] | None = None
) -> Callable[[Any], tuple[dict[str, str | None], list[str]]]:
    """What reads a profile's message fields as text, and names those that hold something no text can be made of.

    `read_by` gives what reads a field from profiles that are no mappings.
    """
    compiled = [(field, (read_by or compile_dots)(field)) for field in fields]

    def read(profile: Any) -> tuple[dict[str, str | None], list[str]]:
        values: dict[str, str | None] = {}
        left_out = []
        for field, value_of in compiled:
            value = profile.get(field) if value_of is None else value_of(profile)
            # What `text_of` does with nearly all of them.
            if type(value) is str and value.isascii() and _FIRST < value[:1] < _LAST and _FIRST < value[-1] < _LAST:
                values[field] = value
                continue
            text = values[field] = text_of(value)
            if text is None and not is_empty(value):
                left_out.append(field)
        return values, left_out

    return read


def plain_texts(column: Sequence[Any]) -> Sequence[str | None]:
    """Of each value that is a text which is taken as it is, that text; None of others, which a `reader` reads."""
    texts = [value for value in column if type(value) is str]
    lines = "\n".join([*texts, ""])
    if len(texts) == len(column) == lines.count("\n") and lines.isascii() and _are_plain_lines(lines) is not None:
        return texts
    return [value if type(value) is str and _is_plain(value) else None for value in column]


def _is_plain(text: str) -> bool:
    return text.isascii() and _FIRST < text[:1] < _LAST and _FIRST < text[-1] < _LAST


def needed(data: Any) -> frozenset[str]:
    """The fields that some text of the data names without saying what to say when they are missing."""
    match data:
        case str():
            return frozenset(token.field for token in tokens_of(data) if token.default is None)
        case BaseModel():
            return needed(data.model_dump(exclude_none=True))
        case dict():
            return frozenset().union(*map(needed, data.values()))
        case list() | tuple():
            return frozenset().union(*map(needed, data))
    return frozenset()


def has_tokens(data: Any) -> bool:
    """Whether some text of the data has a token."""
    match data:
        case str():
            return any(tokens_of(data))
        case BaseModel():
            return has_tokens(data.model_dump(exclude_none=True))
        case dict():
            return any(map(has_tokens, data.values()))
        case list() | tuple():
            return any(map(has_tokens, data))
    return False


def whole_links(data: Any) -> frozenset[str]:
    """The fields whose values begin links in the HTML of a content: they are left out where they are no links."""
    match data:
        case BaseModel():
            texts = {name: getattr(data, name) for name in type(data).model_fields}
            html = [text for name, text in texts.items() if isinstance(way_of(type(data), name), InHtml)]
            return frozenset().union(*map(whole_links, texts.values()), *map(_begun_by, html))
        case dict():
            return frozenset().union(*map(whole_links, data.values()))
        case list() | tuple():
            return frozenset().union(*map(whole_links, data))
    return frozenset()


def _begun_by(html: str | None) -> frozenset[str]:
    return frozenset(spot.token.field for spot in spots(html or "") if spot.link is Link.WHOLE)


def template(data: Any, default: str = "") -> Fill:
    """What fills in every text of the data; `default` stands for missing values whose token has none.

    How a value is written, the field of a content says; wherever a text holds a link, a value within it is
    percent-encoded. A link in HTML that would begin with a value which is no link does without it.
    """
    return _compile(data, default, None)


@cache
def way_of(model: type[BaseModel], name: str) -> Written | None:
    """What a field of a content says of how values are written into it."""
    field = model.model_fields[name]
    return next(_annotations(field.annotation, field.metadata), None)


def _annotations(of: Any, beside: Sequence[Any] = ()) -> Iterator[Written]:
    yield from (one for one in beside if isinstance(one, Written))
    for part in get_args(of):
        yield from [part] if isinstance(part, Written) else _annotations(part)


def _compile(data: Any, default: str, written: Written | None) -> Fill:
    match data:
        case str() if any(tokens_of(data)):
            return text_template(data, default, written)
        case BaseModel() | dict():
            fills = {name: _compile(part, default, how) for name, part, how in _parts(data, written)}
            return lambda values: {name: fill(values) for name, fill in fills.items()}
        case list() | tuple():
            items = [_compile(item, default, written) for item in data]
            return lambda values: [fill(values) for fill in items]
    return lambda _: data


def _parts(data: BaseModel | dict[str, Any], written: Written | None) -> list[tuple[str, Any, Written | None]]:
    """What a content is made of, without what it leaves out, each with how values are written into it."""
    if isinstance(data, dict):
        return [(name, part, written) for name, part in data.items()]
    model = type(data)
    parts = ((name, getattr(data, name), way_of(model, name)) for name in model.model_fields)
    return [(name, part, written) for name, part, written in parts if part is not None]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A token of a text; `write` writes what it stands for, `unless` where it is not behind the value of a link.

    With `whole`, its value is only taken where it is a link.
    """

    field: str
    instead: str
    write: Write
    unless: Write | None = None
    whole: bool = False


def text_template(text: str, default: str, written: Written | None) -> Fill:
    """What fills in a text whose values are written so."""
    pieces = _cut(text, default, written)
    if _decides_nothing(pieces):
        return _plain_text(pieces)

    def fill(values: Values) -> str:
        said: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                said.append(piece)
                continue
            said.append(_filled(piece, values[piece.field], said))
        return "".join(said)

    return fill


def column_template(text: str, default: str, written: Written | None) -> FillColumn | None:
    """What fills in the text for many at once; None where something is to be decided for each."""
    pieces = _cut(text, default, written)
    if not _decides_nothing(pieces):
        return None

    def fill(columns: Mapping[str, Sequence[str]], count: int) -> list[str]:
        said: list[Iterable[str]] = []
        for piece in pieces:
            if isinstance(piece, str):
                said.append(repeat(piece, count))
            else:
                said.append(columns[piece.field] if piece.write is str else map(piece.write, columns[piece.field]))
        return [*map("".join, zip(*said, strict=True))]

    return fill


def _cut(text: str, default: str, written: Written | None) -> list[str | _Piece]:
    """A text cut at its tokens."""
    pieces: list[str | _Piece] = []
    at = 0
    for token, piece in _pieces(text, default, written):
        pieces += [text[at : token.start], piece]
        at = token.end
    return [*pieces, text[at:]]


def _decides_nothing(pieces: Iterable[str | _Piece]) -> bool:
    return all(isinstance(piece, str) or (piece.unless is None and not piece.whole) for piece in pieces)


def _plain_text(pieces: Sequence[str | _Piece]) -> Fill:
    """What fills in a text in which nothing is to be decided: this runs for nearly every message."""
    said = [piece if isinstance(piece, str) else piece.write(piece.instead) for piece in pieces]
    spots = [(at, one.field, one.write) for at, one in enumerate(pieces) if isinstance(one, _Piece)]

    def fill(values: Values) -> str:
        filled = said.copy()
        for at, field, write in spots:
            if (value := values[field]) is not None:
                filled[at] = write(value)
        return "".join(filled)

    return fill


def _filled(piece: _Piece, value: str | None, said: Sequence[str]) -> str:
    if value is None or (piece.whole and not is_whole_link(value)):
        value = piece.instead
    if piece.unless is not None and in_text("".join(said)) is not Link.INSIDE:
        return piece.unless(value)
    return piece.write(value)


def _pieces(text: str, default: str, written: Written | None) -> Iterator[tuple[Token, _Piece]]:
    """Each token of a text, and how what it stands for is written."""

    def piece(token: Token, *ways: Any, **more: Any) -> tuple[Token, _Piece]:
        return token, _Piece(token.field, default if token.default is None else token.default, *ways, **more)

    match written:
        case InHtml():
            for spot in spots(text):
                whole, ends = spot.link is Link.WHOLE, spot.within
                unless = _OUTSIDE[ends] if spot.link is Link.PERHAPS else None
                yield piece(spot.token, _in_markup(spot.link, ends), unless=unless, whole=whole)
        case EndOfUrl():
            yield from (piece(token, in_url) for token in tokens_of(text))
        case _:
            bare = not isinstance(written, InVariable)
            url = isinstance(written, InUrl)
            for token, link in links_in_url(text) if url else links_in_text(text, bare=bare):
                write = _begins_url if url and link is Link.WHOLE else _IN_LINK[link]
                yield piece(token, write, unless=str if link is Link.PERHAPS else None)


def in_url(value: str) -> str:
    """A value as a part of a link."""
    return quote(value, safe="")


def in_html(value: str) -> str:
    """A value as a part of HTML. A brace in it begins no placeholder of Infobip's."""
    return escape(value).replace("{", "&#123;")


def _bare(value: str) -> str:
    """A value as the whole of an attribute without quotation marks."""
    return "".join(one if one.isascii() and one.isalnum() else f"&#{ord(one)};" for one in value)


def _in_style(value: str) -> str:
    """A value as a part of a rule of style: whatever could end it is escaped, in the form that needs no blank."""
    return "".join(
        one if one.isascii() and (one.isalnum() or one in "#%.,-_") else f"\\{ord(one):06x}" for one in value
    )


def _in_json(value: str) -> str:
    """A value as a part of a text in JSON, that ends neither the text nor the script around it."""
    said = orjson.dumps(value).decode()[1:-1]
    return re.sub("[<>&'\u2028\u2029{]", lambda one: f"\\u{ord(one[0]):04x}", said)


def _address(value: str) -> str:
    return quote(value, safe="+@")


def _whole_link(value: str) -> str:
    """A link as a part of something else: what no link holds is percent-encoded."""
    return _unfit.sub(lambda found: quote(found[0]), value)


def _begins_url(value: str) -> str:
    """What a link begins with: of what is none nothing is known."""
    return _whole_link(value) if is_whole_link(value) else value


_unfit = re.compile(r"[\s\x00-\x20\x7f\"'<>\\^`{|}()]|,(?=\Z|\s)")
_OUTSIDE: Mapping[Within, Write] = {
    Within.MARKUP: in_html,
    Within.BARE: _bare,
    Within.STYLE: _in_style,
    Within.JSON: _in_json,
}
_IN_LINK: Mapping[Link, Write] = {
    Link.NONE: str,
    Link.WHOLE: str,
    Link.PERHAPS: in_url,
    Link.INSIDE: in_url,
    Link.ADDRESS: _address,
}


def _in_markup(link: Link, within: Within) -> Write:
    """How a value is written within HTML: as the link wants it, and then as what is around wants it."""
    around = _OUTSIDE[within]
    match link:
        case Link.NONE:
            return around
        case Link.WHOLE if within in {Within.STYLE, Within.JSON}:
            return _whole_link
        case Link.WHOLE:
            return lambda value: around(_whole_link(value))
        case Link.ADDRESS:
            return _address
    return in_url
