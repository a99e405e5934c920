"""How people are paged through without missing anybody while they change: from a position to a call, and onwards.

People come in the order of their modifiedAt, which has whole seconds. The next page is not the second page of the same
list, which would shift under us, but the first one of all who were modified since the last second of this page; whoever
was met already is known by their version. Whoever changes meanwhile comes again further on.

Only where one second fills a whole page is it read by page numbers. People can only leave such a second, and those
behind them then move forward, over the edge of a page that was read already. So the pages are read forwards and, unless
the count shows that nobody left, backwards: on that way nobody can move past us.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Generic, Protocol, TypeVar

import orjson

from schemas.operations import LIST_PERSONS
from streams.calls.call import Call, Delivery, Reply
from streams.calls.faults import told
from streams.jobs.import_contacts.contact import Read, has_any
from streams.jobs.import_contacts.growing import Growing
from streams.jobs.import_contacts.quick_contact import Identified, identify, read

LIMIT = 1000
#: Ways through the pages of one second, where more people are counted than can be found.
WAYS_MAX = 10


@dataclass(frozen=True, slots=True)
class SameSecond:
    """Where we are among the people of one second.

    `expected` is how many Infobip last counted, if it does, and `seen` are those on the pages since that count.
    """

    page: int = 1
    step: int = 1
    expected: int | None = None
    seen: Growing = field(default_factory=Growing)
    #: Whether this way through the pages has brought somebody new, and how many there were before it.
    fresh: bool = False
    ways: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """Everybody modified before the second `at` has been read; None is before everybody.

    `met` are those of that second whom this run has met.
    """

    at: int | None = None
    met: Growing = field(default_factory=Growing)
    ties: SameSecond | None = None


class Wanted(Protocol):
    """Whom to page through: the people with any of these tags, or everybody without one."""

    @property
    def tags(self) -> Sequence[str]: ...  # noqa: D102


class Met(Protocol):
    """Somebody on a page: what they are known by, and modifiedAt in seconds since 1970, where that can be read."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def second(self) -> int | None: ...  # noqa: D102


One = TypeVar("One", bound=Met)
#: Somebody of whom it is known who they are and when they were modified, and perhaps more.
Somebody = Identified | Read


@dataclass(frozen=True, slots=True)
class Page(Generic[One]):
    """One page: how many rows, the people of them who are wanted, and how many there are in all if Infobip said."""

    rows: int
    people: Sequence[One]
    first: int | None
    last: int | None
    total: int | None
    ids: frozenset[str] = field(default=frozenset(), repr=False)

    def reached(self, asked_at: int) -> int | None:
        """The latest second in which somebody was modified, of those that were past when the page was asked for.

        One person modified in the year 2099 must not hide all changes until then.
        """
        return max(
            (one.second for one in self.people if one.second is not None and one.second <= asked_at), default=None
        )


class Malformed(Exception):
    """An answer that is no page of people; the text says why."""


class Denied(Malformed):
    """An answer that says no, and would say so again."""


def next_call(wanted: Wanted, position: Position, *, count: bool = False) -> Call:
    """Ask for the page at a position; `count`: and for the number of people there are to read."""
    ties = position.ties
    clauses: list[dict[str, Any]] = [{"#contains": {"tags": tag}} for tag in wanted.tags]
    if len(clauses) > 1:
        clauses = [{"#or": clauses}]
    if position.at is not None:
        clauses.append({"#gte": {"modifiedAt": moment(position.at)}})
        if ties is not None:
            clauses.append({"#lt": {"modifiedAt": moment(position.at + 1)}})
    query = {"limit": str(LIMIT), "orderBy": "modifiedAt:asc", "page": str(ties.page if ties else 1)}
    if clauses:
        filtered = clauses[0] if len(clauses) == 1 else {"#and": clauses}
        query["filter"] = orjson.dumps(filtered).decode()
    if count or ties is not None:
        query["includeTotalCount"] = "true"
    return Call(LIST_PERSONS, query=query, delivery=Delivery.BACKGROUND, accepts_not_json=True, accepts_missing=True)


def identify_people(wanted: Wanted, position: Position, reply: Reply) -> Page[Somebody]:
    """Read an answer as far as it takes to read on; raises as `page_of`."""
    return page_of(wanted, position, reply, identify)


def read_people(page: Page[Somebody]) -> Page[Read]:
    """Read the rest: the people of a page into contacts."""
    people = [read(one) for one in page.people]
    return Page(page.rows, people, page.first, page.last, page.total, page.ids)


def page_of(wanted: Wanted, position: Position, reply: Reply, read_one: Callable[[Any], One]) -> Page[One]:
    """Read an answer, each of its people by `read_one`.

    Raises:
        Malformed: it is no page, or not the one that was asked for.

    """
    rows = _rows(reply)
    everybody = [read_one(raw) for raw in rows]
    seconds = [one.second for one in everybody if one.second is not None]
    if len(rows) >= LIMIT and not seconds:
        raise Malformed("nobody on it has a modifiedAt to go on from")
    if seconds != sorted(seconds):
        raise Malformed("its people are not in the order of modifiedAt")
    first, last = (seconds[0], seconds[-1]) if seconds else (None, None)
    if first is not None and last is not None and _strays(position, first, last):
        raise Malformed("its people are not those that were asked for")
    total = reply.body.get("totalCount") if isinstance(reply.body, dict) else None
    total = total if type(total) is int and total >= 0 else None
    before = (position.ties.page - 1) * LIMIT if position.ties else 0
    if total is not None and len(rows) < min(LIMIT, total - before):
        raise Malformed(f"it has {len(rows)} people, fewer than there are")
    tags = {tag.casefold() for tag in wanted.tags}
    people = [one for one, raw in zip(everybody, rows, strict=True) if has_any(raw, tags)] if tags else everybody
    return Page(
        len(rows), people, first, last, total, frozenset(one.key for one in everybody if one.second in (last, None))
    )


def _strays(position: Position, first: int, last: int) -> bool:
    at = position.at
    return at is not None and (first < at or (position.ties is not None and last > at))


def _rows(reply: Reply) -> list[Any]:
    if reply.status != HTTPStatus.OK:
        raise Denied(told(reply.status, reply.body))
    rows = reply.body.get("persons") if isinstance(reply.body, dict) else reply.body
    if not isinstance(rows, list):
        raise Malformed("answered with something that is no list of people")
    return rows


def advance(position: Position, page: Page[One]) -> Position | None:
    """Where to read on after this page; None at the end."""
    if position.ties is not None:
        return _among_ties(position, position.ties, page)
    if page.rows < LIMIT or page.last is None:
        return None
    met = position.met.and_these(page.ids) if page.last == position.at else Growing(page.ids)
    tied = page.first == page.last
    return Position(page.last, met, SameSecond() if tied else None)


def _among_ties(position: Position, ties: SameSecond, page: Page[One]) -> Position:
    assert position.at is not None  # noqa: S101 - ties are those of a second
    counted_anew = page.total != ties.expected
    seen = (Growing() if counted_anew else ties.seen).and_these(page.ids)
    news = counted_anew or len(seen) > len(ties.seen)
    onward = replace(ties, seen=seen, expected=page.total, fresh=ties.fresh or news)
    met = position.met.and_these(page.ids)
    if page.total is not None and len(seen) >= page.total:
        return Position(position.at + 1)
    if not _is_last(ties, page, news=news):
        return Position(position.at, met, replace(onward, page=ties.page + ties.step))
    alone = ties.page == 1 and ties.step > 0
    if page.total is None and (alone or not onward.fresh):
        return Position(position.at + 1)
    if ties.ways + 1 == WAYS_MAX:  # the counts are not of these people; the look-back of the next run is left
        return Position(position.at + 1)
    turn_at = max(1, ties.page - 1) if ties.step > 0 else 1
    return Position(position.at, met, replace(onward, step=-ties.step, page=turn_at, fresh=False, ways=ties.ways + 1))


def _is_last(ties: SameSecond, page: Page[One], *, news: bool) -> bool:
    """Whether this way through the pages ends with this one; also where an account does not turn its pages."""
    if ties.step < 0:
        return ties.page == 1
    beyond = not news if page.total is None else ties.page * LIMIT >= page.total
    return page.rows < LIMIT or beyond


def met_before(position: Position, one: Met) -> bool:
    """Whether this run has met this person at this position before, so that meeting them again tells nothing."""
    return one.key in position.met


@lru_cache(4096)
def moment(second: int) -> str:
    """Write a second as Infobip does."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
