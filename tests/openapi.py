"""Infobip's published OpenAPI, where it lies on this machine: one file a product."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

#: Names the folder of the files.
SETTING = "INFOBIP_OPENAPI"
#: Where operations stand that are not in it: Amplitude's own page publishes them.
ELSEWHERE = "/saas/"
#: The reason of each test that cannot run without them.
ABSENT = f"{SETTING} does not name the folder of Infobip's published OpenAPI"
HOW_TO = (
    "need Infobip's published OpenAPI and did not run: download the specification of each product from "
    f"https://www.infobip.com/docs/api as people.json, sms.json and so on, and name their folder in {SETTING}"
)


def read_published(product: str) -> Any:
    """Return a copy of the document of a product; skip the test where there is none."""
    folder = os.environ.get(SETTING)
    if not folder:
        pytest.skip(ABSENT)
    path = Path(folder) / f"{product}.json"
    if not path.is_file():
        pytest.skip(f"{SETTING} has no {path.name}")
    return orjson.loads(_content(path))


@cache
def _content(path: Path) -> bytes:
    return path.read_bytes()
