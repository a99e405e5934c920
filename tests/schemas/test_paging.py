"""The lists that page are those that Infobip publishes, and are asked for as it says."""

import re
from collections.abc import Iterator
from typing import Any

from schemas.paging import PAGED, Paging, paging_of
from tests.openapi import read_published

PRODUCTS = (
    *("people", "sms", "mms", "rcs", "viber", "kakao", "email", "whatsapp", "numbers", "resources"),
    *("subscriptions-api", "messages-api"),
)
PLACES = ("cursor", "page", "offset")
SIZES = ("limit", "size", "pageSize")
_MAXIMUM = re.compile(r"Maximum - (\d+)|maximum value is (\d+)|\(1\.\.(\d+)\)")
_DEFAULT = re.compile(r"Default - (\d+)|default value is (\d+)")


def published() -> Iterator[tuple[tuple[str, str], dict[str, dict[str, Any]], Any]]:
    """Every list that can be asked for from a place on: its parameters by name, and its document."""
    for product in PRODUCTS:
        document = read_published(product)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                given = [resolved(document, one) for one in operation.get("parameters", ())]
                query = {one["name"]: one for one in given if one["in"] == "query"}
                if query.keys() & {*PLACES}:
                    yield (method.upper(), path), query, document


def resolved(document: Any, value: Any) -> Any:
    while "$ref" in value:
        found = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def said(parameter: dict[str, Any], document: Any, key: str, words: re.Pattern[str]) -> int | None:
    """A figure of a parameter, by its schema or in its words."""
    schema = resolved(document, parameter["schema"])
    if isinstance(figure := schema.get(key), int):
        return figure
    found = words.search(parameter.get("description", ""))
    return None if found is None else int(next(group for group in found.groups() if group))


def test_each_list_that_pages_is_known_with_its_parameters_its_first_page_and_its_largest() -> None:
    shown = {}
    for key, query, document in published():
        place = next(name for name in PLACES if name in query)
        size = next(name for name in SIZES if name in query)
        known = PAGED.get(key)
        largest = said(query[size], document, "maximum", _MAXIMUM)
        shown[key] = Paging(
            place,  # type: ignore[arg-type]
            size,
            (said(query[place], document, "default", _DEFAULT) or 0) if place == "page" else 0,
            largest if largest != 2**31 - 1 else None,
            {"useCursor": "true"} if "useCursor" in query else {},
            "results" if known is None else known.items,
        )
    assert shown == PAGED


def test_a_list_is_known_by_its_path_whatever_stands_in_its_segments() -> None:
    assert (
        paging_of("GET", "/people/3/segments/5/persons?x=1") == PAGED["GET", "/people/3/segments/{segmentId}/persons"]
    )
    assert paging_of("GET", "/people/3/segments//persons") is None
    assert paging_of("POST", "/people/2/persons") is None
    assert paging_of("GET", "/people/2/persons/1") is None
