"""A request to Infobip and its answer, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Method = Literal["GET", "POST", "PATCH", "DELETE", "PUT"]


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request.

    `operation` names the published operation whose rate limit it counts against (`upsert_persons`, `add_tag`,
    `remove_tag`, ...). `path` is percent-encoded already. `body` is plain data, encoded as JSON when sent.
    """

    operation: str
    method: Method
    path: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    items: int = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """Infobip's last word on a call: any status that repeating would not change, and how often it was repeated."""

    status: int
    body: Any = None
    retries: int = 0
