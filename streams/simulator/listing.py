"""Pages of a list: which rows, in which order, in which envelope."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from streams.simulator.answers import Problem, Refusal

DEFAULT_LIMIT = 20
LIMIT_MAX = 1000
_DIGITS = 10  # an int32

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page:
    """What a caller asked to see of a list."""

    limit: int
    page: int
    order_by: str
    with_total: bool

    @classmethod
    def of(cls, query: Mapping[str, str], fields: Sequence[str], default_order: str) -> "Page":
        """Read `limit`, `page`, `orderBy` and `includeTotalCount`, or refuse."""
        order_by = query.get("orderBy", default_order)
        field, _, direction = order_by.partition(":")
        if field not in fields or direction not in {"", "asc", "desc"}:
            raise _bad("orderBy", f"Must be one of {', '.join(fields)} with :asc or :desc")
        total = query.get("includeTotalCount", "false")
        if total.lower() not in {"true", "false"}:
            raise _bad("includeTotalCount", "Must be true or false")
        return cls(
            limit=_number(query, "limit", DEFAULT_LIMIT, LIMIT_MAX),
            page=_number(query, "page", 1, 2**31 - 1),
            order_by=order_by,
            with_total=total.lower() == "true",
        )

    @property
    def field(self) -> str:
        """The field that orders the rows."""
        return self.order_by.partition(":")[0]

    def cut(self, ascending: list[Row]) -> list[Row]:
        """Return the rows of this page, out of all of them in ascending order."""
        ordered = ascending[::-1] if self.order_by.endswith(":desc") else ascending
        start = (self.page - 1) * self.limit
        return ordered[start : start + self.limit]

    def rows(self, rows: Iterable[Row], key: Callable[[Row, str], Any], natural_order: str) -> list[Row]:
        """Return the rows of this page; the sort is skipped when the rows already have the order asked for."""
        field, _, direction = self.order_by.partition(":")
        if f"{field}:{direction or 'asc'}" != natural_order:
            rows = sorted(rows, key=lambda row: key(row, field), reverse=direction == "desc")
        start = (self.page - 1) * self.limit
        return list(islice(rows, start, start + self.limit))

    def envelope(self, rows_key: str, rows: list[Any], total: int, total_key: str | None) -> dict[str, Any]:
        """Return the answer's body; the count only when it was asked for and has a key, which may be dotted."""
        body: dict[str, Any] = {"limit": self.limit, "page": self.page, "orderBy": self.order_by}
        if self.with_total and total_key is not None:
            *outer, last = total_key.split(".")
            place = body
            for name in outer:
                place = place.setdefault(name, {})
            place[last] = total
        body[rows_key] = rows
        return body


def _number(query: Mapping[str, str], name: str, default: int, maximum: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and 1 <= int(text) <= maximum):
        raise _bad(name, f"Must be a number from 1 to {maximum}")
    return int(text)


def _bad(name: str, message: str) -> Refusal:
    return Refusal(40001, message, [Problem(name, message)])
