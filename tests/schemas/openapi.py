"""The OpenAPI that Infobip publishes, where its folder is named."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest


@cache
def document(file: str) -> dict[str, Any]:
    folder = os.environ.get("INFOBIP_OPENAPI")
    if not folder:
        pytest.skip("INFOBIP_OPENAPI does not name the directory of the published schema")
    found: dict[str, Any] = orjson.loads((Path(folder) / file).read_bytes())
    return found
