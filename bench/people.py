"""A list of made-up people as Infobip shows it: made once, so that a page is a piece of what is ready.

They come in the order of their modifiedAt, some in every second, and many in one.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from streams.demo import samples

PER_SECOND = 7
TIED = 3000
#: Where the second lies in which so many people were modified at once: this part of the others comes before.
TIED_AFTER = 0.5
ORDER = "modifiedAt:asc"
PATH = "/people/2/persons"


class Unasked(Exception):
    """A question that this list does not answer; the text says which."""


def modified(count: int) -> Iterator[datetime]:
    """When each of them was modified, in order."""
    tied = min(TIED, count)
    before = int((count - tied) * TIED_AFTER)
    tied_second = -(-before // PER_SECOND)
    began = samples.BEGAN.replace(tzinfo=None)
    for number in range(before):
        yield began + timedelta(seconds=number // PER_SECOND)
    for _ in range(tied):
        yield began + timedelta(seconds=tied_second)
    for number in range(count - before - tied):
        yield began + timedelta(seconds=tied_second + 1 + number // PER_SECOND)


def person(number: int, modified_at: str) -> dict[str, Any]:
    """One of them, with what people usually have."""
    sample = samples.profile(number)
    return {
        "id": number + 1,
        "externalId": f"u-{number}",
        "createdAt": "2025-06-01T08:00:00",
        "modifiedAt": modified_at,
        "firstName": sample["first_name"],
        "lastName": sample["last_name"],
        "address": f"{number % 200} Farringdon Road",
        "city": "London",
        "country": "United Kingdom",
        "gender": ("FEMALE", "MALE")[number % 2],
        "birthDate": f"19{number % 60 + 40}-01-15",
        "preferredLanguage": "en-gb",
        "type": "CUSTOMER",
        "origin": "API",
        "modifiedFrom": "API",
        "tags": ["VIP", f"Wave {number % 10}"],
        "customAttributes": {"ltv": sample["lifetime_value"], "Company": "Acme", "Contract Expiry": "2028-06-01"},
        "contactInformation": {
            "email": [{"address": sample["email"]}],
            "phone": [{"number": sample["phone"].lstrip("+")}],
        },
    }


class People:
    """So many people, and every page of them that can be asked for."""

    def __init__(self, count: int) -> None:
        self._times = [time.isoformat() for time in modified(count)]
        text = bytearray()
        self._starts = [0]
        for number, time in enumerate(self._times):
            text += orjson.dumps(person(number, time)) + b","
            self._starts.append(len(text))
        self._text = bytes(text)

    def page(self, query: Mapping[str, str]) -> bytes:
        """Give one page: `limit`, `page`, `filter` and `includeTotalCount` as Infobip takes them.

        Raises:
            Unasked: for another order, or a filter by anything but modifiedAt.

        """
        clause = orjson.loads(query.get("filter", "{}"))
        if query.get("orderBy", ORDER) != ORDER:
            raise Unasked(f"the order is {ORDER}")
        if "#or" in clause:
            return self._named(clause["#or"])
        first, end = self._bounds(clause)
        limit, page = min(int(query.get("limit", "20")), 1000), int(query.get("page", "1"))
        start = min(first + (page - 1) * limit, end)
        stop = min(start + limit, end)
        total = f'"totalCount":{end - first},' if query.get("includeTotalCount") == "true" else ""
        head = f'{{"limit":{limit},"page":{page},"orderBy":"{ORDER}",{total}"persons":['
        # What stands between two rows is a comma; there is none after the last.
        rows = self._text[self._starts[start] : self._starts[stop] - 1] if stop > start else b""
        return b"".join((head.encode(), rows, b"]}"))

    def _named(self, clauses: list[Mapping[str, Any]]) -> bytes:
        """Give those of these emails who are there; nobody of them has another name that is asked for alone."""
        emails = [clause["#eq"].get("contactInformation.email.address", "") for clause in clauses]
        numbers = [int(email.removeprefix("person").partition("@")[0]) for email in emails if email]
        rows = [self._text[self._starts[one] : self._starts[one + 1] - 1] for one in numbers if one < len(self._times)]
        return b'{"persons":[' + b",".join(rows) + b"]}"

    def _bounds(self, clause: Mapping[str, Any]) -> tuple[int, int]:
        first, end = 0, len(self._times)
        for operator, operand in clause.items():
            match operator, operand:
                case "#and", [*clauses]:
                    bounds = [self._bounds(one) for one in clauses]
                    first, end = max(first, *(low for low, _ in bounds)), min(end, *(high for _, high in bounds))
                case "#gte", {"modifiedAt": str(time), **rest} if not rest:
                    first = max(first, bisect_left(self._times, time.removesuffix("Z")))
                case "#lt", {"modifiedAt": str(time), **rest} if not rest:
                    end = min(end, bisect_left(self._times, time.removesuffix("Z")))
                case "#contains", {"tags": "VIP"}:  # all have it
                    pass
                case _:
                    raise Unasked(f"no filter by {operator}")
        return first, max(first, end)
