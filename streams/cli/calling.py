"""One call made by hand, or one for each page of a list: performed, waited for, and printed."""

import asyncio
import random
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from schemas.config.authorization import Authorization
from schemas.configuration import Configuration
from schemas.paging import Paging
from streams.app.accounts import client_of
from streams.calls.paging import NoPages, Query, items_of, next_page, shown_paging
from streams.cli.call_answer import complaint, wait_seconds, written
from streams.cli.call_request import Request, first_of_all
from streams.errors import ConfigurationError
from streams.infobip.client import Client
from streams.infobip.retry import Attempt, is_success

DONE, FAILED = 0, 1
#: What stands in place of the key.
MASK = "***"

#: Makes the request that a command line asks for, once the account's address is known.
Reader = Callable[[str], Request]


class Printer:
    """Prints answers and notes, and never the key.

    Args:
        out: writes to standard output.
        err: writes a line to standard error.
        key: what is masked.
        indented: whether a person reads it.

    """

    def __init__(self, out: Callable[[bytes], None], err: Callable[[str], None], key: str, *, indented: bool) -> None:
        self._out, self._err, self._indented = out, err, indented
        self._key = key.strip()
        self._key_in_json = written(self._key, indented=False)[1:-1]

    def answer(self, body: Any) -> None:
        """Print an answer; nothing where there was no body."""
        if body is not None:
            self._out(self._json(body, indented=self._indented) + b"\n")

    def items(self, items: list[Any], *, first: bool) -> None:
        """Print items of a list that goes on, a line each."""
        for number, item in enumerate(items):
            self._out((b"[\n" if first and not number else b",\n") + self._json(item, indented=False))

    def end(self, *, empty: bool) -> None:
        """Print the end of a list, of which `items` has printed what there is."""
        self._out(b"[]\n" if empty else b"\n]\n")

    def note(self, line: str) -> None:
        """Say something to a person."""
        self._err(line.replace(self._key, MASK))

    def _json(self, body: Any, *, indented: bool) -> bytes:
        return written(body, indented=indented).replace(self._key_in_json, MASK.encode())


def authorization_named(configuration: Configuration, name: str | None) -> Authorization:
    """The authorization of this name; the only one without a name.

    Raises:
        ConfigurationError: there is none, or more than one and nobody says which.

    """
    known = configuration.authorizations
    found = [one for one in known if name in (None, one.name)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(one.name for one in known) or "none"
    if name is None:
        raise ConfigurationError([f"--authorization: say which (there are: {names})"])
    raise ConfigurationError([f"--authorization: no authorization is called {name!r} (there are: {names})"])


async def call(authorization: Authorization, read: Reader, printer: Printer, *, every: bool) -> int:
    """Make the call, and print its answer; every page of it, where that is asked for. The exit code by its status.

    Waits as long as `streams.cli.call_answer.wait_seconds` says.

    Raises:
        ConfigurationError: the request is none that is sent.

    """
    client = client_of(authorization)
    try:
        request = read(client.address)
        if every:
            return await _Pages(client, first_of_all(request), printer).print()
        answer = await last_word(client, request, printer)
        printer.answer(answer.body)
        return _told(client, request, answer, printer)
    finally:
        await client.aclose()


async def last_word(client: Client, request: Request, printer: Printer) -> Attempt:
    """Make a call until it has its last word, and say what it waits for."""
    made, tries, begun = request.call, 0, time.monotonic()
    while True:
        answer = await client.attempt(made)
        tries += 1
        waits = wait_seconds(made.method, answer, tries, time.monotonic() - begun, random.random())  # noqa: S311
        if waits is None:
            return answer
        printer.note(f"Infobip at {client.address}: {answer.reason}; trying again")
        await asyncio.sleep(waits)


def _told(client: Client, request: Request, answer: Attempt, printer: Printer, where: str = "") -> int:
    """Say what is wrong with an answer, if anything is; the exit code."""
    fault = complaint(client.name, client.address, request.operation, answer)
    if fault is not None:
        printer.note(f"{fault}{where}")
        return FAILED
    if answer.is_text:
        printer.note("the answer is no JSON: it is printed as one text")
    return DONE


class _Pages:
    """The pages of a list, asked for one after the other; what is printed is one list."""

    def __init__(self, client: Client, request: Request, printer: Printer) -> None:
        self._client, self._request, self._printer = client, request, printer
        self._before: list[Any] = []
        self._printed, self._page = 0, 1

    async def print(self) -> int:
        """Print all of them; the exit code. What is no list, or no answer, is printed as it is."""
        request = self._request
        answer = await last_word(self._client, request, self._printer)
        paging = self._begun(answer)
        if paging is None:
            self._printer.answer(answer.body)
            return _told(self._client, request, answer, self._printer)
        code = DONE
        try:
            while (query := self._shown(paging, request, answer)) is not None:
                request = request.asking(query)
                answer = await last_word(self._client, request, self._printer)
                self._page += 1
                if answer.status == HTTPStatus.NOT_FOUND:  # there is none behind the last one, which was full
                    break
                if (code := _told(self._client, request, answer, self._printer, self._where)) != DONE:
                    break
        except NoPages as fault:
            self._printer.note(f"Infobip at {self._client.address}: {fault}{self._where}")
            code = FAILED
        self._printer.end(empty=not self._printed)
        return code

    def _begun(self, answer: Attempt) -> Paging | None:
        """How the list pages that an answer begins; None where it begins none."""
        if not is_success(answer.status) or answer.not_json:
            return None
        paging = self._request.paging or shown_paging(answer.body)
        reason = "it tells of no pages"
        try:
            if paging is not None:
                items_of(paging, answer.body)
                return paging
        except NoPages as fault:
            reason = str(fault)
        self._printer.note(f"this is no list that pages: {reason}; the answer is printed as it is")
        return None

    def _shown(self, paging: Paging, request: Request, answer: Attempt) -> Query | None:
        """Print a page; the query for the next one. Raises NoPages where it leads nowhere."""
        items = items_of(paging, answer.body)
        query = next_page(paging, request.query, answer.body, items, self._before)
        self._printer.items(items, first=not self._printed)
        self._printed += len(items)
        self._before = items
        return query

    @property
    def _where(self) -> str:
        return f" (page {self._page}; {self._printed:,} items before it are printed)"
