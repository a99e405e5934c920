"""Infobip's side: the people with a job's tags, page by page, and people of certain names asked for again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson

from schemas.jobs.export_audience import ExportAudience
from schemas.operations import LIST_PERSONS
from streams.calls.call import Call, Delivery, Reply
from streams.calls.faults import told
from streams.errors import Refused
from streams.jobs.export_audience.verification.tagged import Name, Tagged, identity_in, read_names, read_whole
from streams.jobs.import_contacts.plan import LIMIT, Denied, Malformed, Page, Position, advance, next_call, page_of

log = logging.getLogger(__name__)

Perform = Callable[[Call], Awaitable[Reply]]
#: How often a page is asked for that comes malformed, and how long to wait before the second time; then twice as long.
TRIES, PAUSE_SECONDS = 5, 0.5
#: A filter stands in the address of a call, of which servers take 8 KiB; so many people at most, far below a page.
FILTER_BYTES_MAX, NAMES_MAX = 6000, 100
#: So many names of usual length find room in one.
USUAL_NAMES = 50
#: What filters call the kinds of names: people.json has no list of them; these are what its fields are called.
FILTERED_BY = {
    "EXTERNAL_ID": "externalId",
    "EMAIL": "contactInformation.email.address",
    "PHONE": "contactInformation.phone.number",
}


class People:
    """Asks for people, in the background: exports of the same process go first, and so does whoever Infobip slows.

    `perform` makes a call until Infobip has had its last word; `fields` are read only where they are looked at.
    Everything raises Refused where the last word is a no.
    """

    def __init__(self, job: ExportAudience, perform: Perform, *, fields: bool) -> None:
        self._job, self._perform = job, perform
        self._read = read_whole if fields else read_names
        self._filters_refused = False
        self.calls = 0

    async def total(self, tag: str) -> int | None:
        """How many people have a tag; None where Infobip does not count them."""
        said = orjson.dumps({"#contains": {"tags": tag}}).decode()
        reply = await self._ask({"limit": "1", "filter": said, "includeTotalCount": "true"})
        found = reply.body.get("totalCount") if isinstance(reply.body, dict) else None
        return found if type(found) is int and found >= 0 else None

    async def pages(self) -> AsyncIterator[Sequence[Tagged]]:
        """Everybody with one of the job's tags; who changes meanwhile may come twice, and so may who has several."""
        for wanted in _parts_of(self._job.tags):
            position: Position | None = Position()
            while position is not None:
                page = await self._page(wanted, position)
                yield page.people
                position = advance(position, page)

    async def named(self, names: Iterable[Name]) -> AsyncIterator[Sequence[Tagged]]:
        """People of these names, as they are now; whoever is not there is left out."""
        for some in _batches(names):
            found = None if self._filters_refused else await self._filtered(some)
            if found is None:
                # Not documented well enough to rely on: what is, is one person for each call.
                self._filters_refused = True
                found = [person for name in some if (person := await self._one(name)) is not None]
            yield found

    async def _page(self, wanted: "_AnyOf", position: Position) -> Page[Tagged]:
        call = next_call(wanted, position)
        for tries in range(TRIES):
            self.calls += 1
            try:
                return page_of(wanted, position, await self._perform(call), self._read)
            except Malformed as malformed:
                log.warning("page_malformed job=%s tries=%d reason=%s", self._job.name, tries + 1, malformed)
                failure = Refused(f"job '{self._job.name}': the page of people {malformed}")
                if isinstance(malformed, Denied):
                    break
            if tries + 1 < TRIES:
                await asyncio.sleep(PAUSE_SECONDS * 2**tries)
        raise failure

    async def _filtered(self, names: Sequence[Name]) -> Sequence[Tagged] | None:
        """People of these names by one call; None where Infobip does not take the filter, or does not go by it."""
        said = orjson.dumps({"#or": [_clause(name) for name in names]}).decode()
        reply = await self._ask_for_sense({"limit": str(LIMIT), "filter": said})
        rows = reply.body.get("persons") if isinstance(reply.body, dict) else reply.body
        if reply.status != HTTPStatus.OK or not isinstance(rows, list):
            return None
        people = [self._read(raw) for raw in rows]
        wanted = set(names)
        return people if all(not wanted.isdisjoint(person.names) for person in people) else None

    async def _one(self, name: Name) -> Tagged | None:
        kind, who = identity_in(name)
        reply = await self._ask_for_sense({"type": kind, "identifier": who})
        return self._read(reply.body) if reply.status == HTTPStatus.OK and isinstance(reply.body, dict) else None

    async def _ask_for_sense(self, query: dict[str, str]) -> Reply:
        """Ask for people of some name; an answer that is no word of Infobip's is not taken for nobody.

        A refusal is returned: it says that they are not to be had so.
        """
        for tries in range(TRIES):
            reply = await self._ask(query, may_be_refused=True)
            if reply.status != HTTPStatus.OK or isinstance(reply.body, dict | list):
                return reply
            log.warning("page_malformed job=%s tries=%d reason=is not an object", self._job.name, tries + 1)
            if tries + 1 < TRIES:
                await asyncio.sleep(PAUSE_SECONDS * 2**tries)
        raise Refused(f"job '{self._job.name}': the answer to the question for people is not an object")

    async def _ask(self, query: dict[str, str], *, may_be_refused: bool = False) -> Reply:
        self.calls += 1
        reply = await self._perform(
            Call(LIST_PERSONS, query=query, delivery=Delivery.BACKGROUND, accepts_not_json=True, accepts_missing=True)
        )
        if reply.status != HTTPStatus.OK and not may_be_refused:
            raise Refused(f"job '{self._job.name}': {told(reply.status, reply.body)} to the question for people")
        return reply


@dataclass(frozen=True, slots=True)
class _AnyOf:
    """People with any of these tags are wanted."""

    tags: Sequence[str]


def _parts_of(tags: Sequence[str]) -> Iterator[_AnyOf]:
    """A job's tags in lists that find room in one filter."""
    part: list[str] = []
    weight = 0
    for tag in tags:
        size = len(quote(orjson.dumps({"#contains": {"tags": tag}}))) + 3
        if part and weight + size > FILTER_BYTES_MAX:
            yield _AnyOf(part)
            part, weight = [], 0
        part = [*part, tag]
        weight += size
    yield _AnyOf(part)


def _clause(name: Name) -> dict[str, Any]:
    kind, who = identity_in(name)
    return {"#eq": {FILTERED_BY[kind]: who}}


def _batches(names: Iterable[Name]) -> Iterator[list[Name]]:
    """Names in lists that find room in one filter, each once in a list."""
    batch: dict[Name, None] = {}
    weight = 0
    for name in names:
        size = len(quote(orjson.dumps(_clause(name)))) + 3
        if batch and (weight + size > FILTER_BYTES_MAX or len(batch) == NAMES_MAX):
            yield list(batch)
            batch, weight = {}, 0
        if name not in batch:
            batch[name] = None
            weight += size
    if batch:
        yield list(batch)
