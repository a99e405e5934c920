"""What a column takes of a record: one value of a form that every database has, however odd the record is. Quiet."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from math import isfinite
from typing import Any, Literal

from streams.deep_json import written

#: `wide` is a whole number of 64 bits; a `name` is looked up, and so is an `address`, however it is written.
Form = Literal["text", "name", "address", "integer", "wide", "decimal", "flag", "moment", "json"]
#: What a whole number of PostgreSQL's type `integer` can be.
INTEGER_MIN, INTEGER_MAX = -(2**31), 2**31 - 1
#: Times that Python, SQLite and PostgreSQL all can hold, whatever the zone.
YEAR_MIN, YEAR_MAX = 2, 9998
#: An index of PostgreSQL takes 2,704 bytes, and a character may take four.
NAME_MAX = 600
_HEAD = 500
_is_phone = re.compile(r"[+(]?[0-9][0-9 ()./-]*").fullmatch
_not_digit = re.compile(r"[^0-9]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its form, and the keys of the record of which the first that is filled is taken.

    A text is cut at `length` characters. A column that is not `nullable` is filled where the record has nothing: with
    an empty text, 0, false, or the time at which the record was written.
    """

    name: str
    form: Form
    sources: tuple[str, ...] = ()
    length: int | None = None
    nullable: bool = True
    #: What it is filled with where the record has nothing, if that is not null; the table's default, too.
    default: int | None = None

    @property
    def source(self) -> str:
        """The key of the record that it is of; others only stand in for it."""
        return self.sources[0] if self.sources else self.name

    def take(self, said: Mapping[str, Any], written_at: datetime) -> Any:
        """The column's value of a record, given when that was written."""
        convert = CONVERT[self.form]
        for source in self.sources or (self.name,):
            given = said.get(source)
            if given is not None and (value := convert(given)) is not None:
                return value[: self.length] if self.length is not None else value
        if self.nullable:
            return self.default
        return written_at if self.form == "moment" else FILL[self.form]

    def holds(self, value: Any, given: Any) -> bool:
        """Whether its value says all that the record says under its key."""
        if given is None:
            return True
        if self.form == "moment":
            return moment(given) is not None
        if self.form == "json":
            return True
        if self.form == "address":  # another column has it as it was
            return False
        return type(value) is type(given) and bool(value == given)


def without_nul(given: Any) -> Any:
    """The same, with another mark for the character NUL, which PostgreSQL holds in no text."""
    match given:
        case str():
            return given.replace("\0", _REPLACEMENT)
        case dict():
            return {without_nul(key): without_nul(value) for key, value in given.items()}
        case list():
            return [without_nul(one) for one in given]
    return given


def _text(given: Any) -> str:
    """A text as it is; anything else as JSON."""
    return given if isinstance(given, str) else written(given)


def name(given: Any) -> str:
    """A name as it is looked up: one that no index would take keeps its head, and a hash tells it from others."""
    text = _text(given)
    if len(text) <= NAME_MAX:
        return text
    return f"{text[:_HEAD]}~{sha256(text.encode()).hexdigest()}"


def address(given: Any) -> str | None:
    """An address as it is looked up, however it is written: a phone number in digits, an email in small letters."""
    text = name(given)
    if text.isdecimal() and not text.startswith("00"):
        return text
    bare = text.strip()
    if _is_phone(bare) is None:
        return bare.casefold() or None
    return _not_digit.sub("", bare.removeprefix("00"))


def _integer(given: Any) -> int | None:
    return given if type(given) is int and INTEGER_MIN <= given <= INTEGER_MAX else None


def _wide(given: Any) -> int | None:
    return given if type(given) is int else None


def _decimal(given: Any) -> float | None:
    return float(given) if type(given) in (int, float) and isfinite(given) else None


def _flag(given: Any) -> bool | None:
    return given if type(given) is bool else None


def _json(given: Any) -> str:
    return written(given)


def moment(given: Any) -> datetime | None:
    """A time as our records write it, in UTC; one without a zone is taken for UTC, and what is none for nothing."""
    if not isinstance(given, str):
        return None
    try:
        read = datetime.fromisoformat(given)
    except ValueError:
        return None
    if not YEAR_MIN <= read.year <= YEAR_MAX:
        return None
    if read.tzinfo is UTC:
        return read
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


CONVERT: Mapping[Form, Callable[[Any], Any]] = {
    "text": _text,
    "name": name,
    "address": address,
    "integer": _integer,
    "wide": _wide,
    "decimal": _decimal,
    "flag": _flag,
    "moment": moment,
    "json": _json,
}
#: None stands for the time at which the record was written.
FILL: Mapping[Form, Any] = {
    "text": "",
    "name": "",
    "address": "",
    "integer": 0,
    "wide": 0,
    "decimal": 0.0,
    "flag": False,
    "moment": None,
    "json": "null",
}
