"""The table of operations against the OpenAPI that Infobip publishes."""

from math import inf

import pytest

from schemas.operations import OPERATIONS, UPLOAD_MMS, Operation
from tests.openapi import ELSEWHERE
from tests.schemas.openapi import document

SECONDS = {"s": 1, "m": 60, "h": 3600}
#: Files that are not called as their paths begin.
FILES = {
    "subscriptions": "subscriptions-api",
    "resource-management": "resources",
    "messages-api": "messages-api",
}
EVERY = pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS.values() if not one.path.startswith(ELSEWHERE)], ids=str
)


def published(operation: Operation) -> dict[str, object]:
    first = operation.path.split("/")[1]
    product = FILES.get(first, first.partition("-")[0])
    found: dict[str, object] = document(f"{product}.json")["paths"][operation.path][operation.method.lower()]
    return found


@EVERY
def test_every_operation_is_published_with_the_scope_that_it_asks_for(operation: Operation) -> None:
    scopes = published(operation)["x-scopes"]
    assert isinstance(scopes, list)
    assert operation.scope in scopes


@EVERY
def test_limits_are_the_published_ones(operation: Operation) -> None:
    limits = published(operation).get("x-throttling-info") or []
    assert isinstance(limits, list)
    rates = [
        # A bucket of tokens is filled by the second; how many it holds is no lasting rate.
        one["replenishRate"] / one["requestedTokens"]
        if one["type"] == "token"
        else one["numberOfRequests"] / (one["numberOfTimeUnits"] or 1) / SECONDS[one["timeUnit"]]
        for one in limits
    ]
    # An upload has no published limit, and goes no faster than people all the same.
    assert operation.per_second == min(rates, default=5 if operation is UPLOAD_MMS else inf)
