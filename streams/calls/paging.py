"""What to ask for next, of a list that comes in pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.paging import Paging

#: What tells of pages in answers of which nothing is published: a number beside that of the page.
_BESIDE_PAGE = frozenset({"totalPages", "totalResults", "size"})

Query = Sequence[tuple[str, str]]


class NoPages(ValueError):
    """An answer is no page of a list, or leads nowhere; the text says which."""


def first_page(paging: Paging, query: Query) -> Query:
    """A query for the first page: what it says itself stays, else pages are as large as they may be."""
    said = {name for name, _ in query}
    wanted = dict(paging.always)
    if paging.size_max is not None:
        wanted[paging.size] = str(paging.size_max)
    return [*query, *((name, value) for name, value in wanted.items() if name not in said)]


def shown_paging(body: Any) -> Paging | None:
    """How a list pages of which nothing is published, as its first page tells; None where it tells of no pages."""
    lists = [name for name, value in body.items() if isinstance(value, list)] if isinstance(body, Mapping) else []
    if "results" not in lists and len(lists) != 1:
        return None
    items = "results" if "results" in lists else lists[0]
    match body:
        case {"cursor": {"nextCursor": _}} | {"paging": {"nextCursor": _}}:
            return Paging("cursor", "limit" if "cursor" in body else "size", items=items)
        case {"paging": {"page": int(), **rest}} if rest.keys() & _BESIDE_PAGE:
            return Paging("page", "size", items=items)
        case {"page": int(), "limit": int()}:
            return Paging("page", "limit", first=1, items=items)
    return None


def items_of(paging: Paging, body: Any) -> list[Any]:
    """The items of a page.

    Raises:
        NoPages: there is no list in it.

    """
    items = body.get(paging.items) if isinstance(body, Mapping) else body
    if not isinstance(items, list):
        raise NoPages(f"the answer has no list of {paging.items}")
    return items


def next_page(
    paging: Paging, query: Query, body: Any, items: Sequence[Any], before: Sequence[Any] = ()
) -> Query | None:
    """The query for the page after the one that `body` is; None where that was the last.

    Args:
        paging: how the list pages.
        query: what this page was asked for with.
        body: the answer.
        items: those of this page.
        before: those of the page before it.

    Raises:
        NoPages: the answer leads to itself, or is the one before it once more.

    """
    if items and items == before:
        raise NoPages(f"it has the items of the page before it: the list does not turn by its {paging.place}")
    asked = dict(query)
    place = _AFTER[paging.place](paging, asked, body, len(items)) if items else None
    if place is None:
        return None
    if asked.get(paging.place) == place:
        raise NoPages(f"the answer leads to itself, by its {paging.place}")
    return [*((name, value) for name, value in query if name != paging.place), (paging.place, place)]


def _after_cursor(_: Paging, __: Mapping[str, str], body: Any, ___: int) -> str | None:
    match body:
        case {"cursor": {"nextCursor": str(found)}} | {"paging": {"nextCursor": str(found)}}:
            return found or None
    return None


def _after_offset(paging: Paging, query: Mapping[str, str], _: Any, items: int) -> str | None:
    size = _number(query.get(paging.size))
    return None if size is not None and items < size else str((_number(query.get("offset")) or 0) + items)


def _after_page(paging: Paging, query: Mapping[str, str], body: Any, items: int) -> str | None:
    told = body.get("paging", body) if isinstance(body, Mapping) else {}
    told = told if isinstance(told, Mapping) else {}
    page = _first(_number(query.get("page")), _number(told.get("page")), paging.first)
    if (pages := _number(told.get("totalPages"))) is not None:
        return str(page + 1) if page + 1 - paging.first < pages else None
    # What an answer says of its size is right also where that is less than was asked for.
    size = _first(_number(told.get("size")), _number(told.get("limit")), _number(query.get(paging.size)), 0)
    return None if items < size else str(page + 1)


_AFTER = {"cursor": _after_cursor, "offset": _after_offset, "page": _after_page}


def _first(*numbers: int | None) -> int:
    return next(number for number in numbers if number is not None)


def _number(value: Any) -> int | None:
    """A whole number, as JSON or a query has it."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
