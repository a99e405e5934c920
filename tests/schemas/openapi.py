"""The OpenAPI that Infobip publishes, by the names of its files."""

from functools import cache
from typing import Any

from tests.openapi import read_published


@cache
def document(file: str) -> dict[str, Any]:
    """Return the document of a file, the same for all; skip the test where there is none."""
    found: dict[str, Any] = read_published(file.removesuffix(".json"))
    return found
