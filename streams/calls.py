"""A request to Infobip and its answer, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson

#: The status of a call whose answer did not come.
LOST = 0
#: The status of a call that was not made, because it was too late for it.
LATE = -1

Method = Literal["GET", "POST", "PATCH", "DELETE", "PUT"]


@dataclass(frozen=True, slots=True, init=False)
class Call:
    """One HTTP request.

    `operation` names the published operation whose rate limit it counts against (`upsert_persons`, `add_tag`,
    `remove_tag`, ...). `path` is percent-encoded already. `content` is the body: JSON, or the bytes of
    a file where `headers` say so. A call that gives way lets
    others of its operation go first, and waits while Infobip finds others too fast. One that takes `garbled` answers is
    returned those that are no JSON, without a body; others are repeated until there is one. One that goes `once` is
    returned as LOST where it may have been carried out, for its maker to find out before it is repeated; `tries` is how
    often that happened before, and it waits accordingly. One that is not on the wire by `not_after`, in Unix seconds,
    is returned as LATE; but not where an earlier try may have been carried out.
    """

    operation: str
    method: Method
    path: str
    content: bytes | None
    headers: Mapping[str, str]
    query: Mapping[str, str]
    items: int
    gives_way: bool
    garbled: bool
    once: bool
    tries: int
    not_after: float | None

    def __init__(
        self,
        operation: str,
        method: Method,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        items: int = 1,
        *,
        file: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        gives_way: bool = False,
        garbled: bool = False,
        once: bool = False,
        tries: int = 0,
        not_after: float | None = None,
    ) -> None:
        # Encoded at once: a call may wait long, and its thousand people are cheap to free while they are still at hand.
        content = file if body is None else orjson.dumps(body)
        if headers is None:
            headers = {} if content is None else {"Content-Type": "application/json"}
        what = {"operation": operation, "method": method, "path": path, "query": query or {}, "items": items}
        said = {"content": content, "headers": headers}
        manner = {"gives_way": gives_way, "garbled": garbled, "once": once, "tries": tries, "not_after": not_after}
        for name, value in {**what, **said, **manner}.items():
            object.__setattr__(self, name, value)

    @property
    def body(self) -> Any:
        """The body as plain data."""
        return None if self.content is None else orjson.loads(self.content)


@dataclass(frozen=True, slots=True)
class Reply:
    """Infobip's last word on a call: any status that repeating would not change, and how often it was repeated.

    `at` is when it came, where that is known.
    """

    status: int
    body: Any = None
    retries: int = 0
    at: datetime | None = field(default=None, compare=False)
