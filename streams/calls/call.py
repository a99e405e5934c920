"""A request to Infobip and its answer, as values."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from math import inf
from typing import Any

import orjson

from schemas.operations import Method, Operation

#: The status of a call whose answer did not come.
LOST = 0
#: The status of a call that was not made, because it was too late for it.
LATE = -1


class Delivery(Enum):
    """What becomes of a call whose answer did not come, and whom it lets go first."""

    #: It is repeated until an answer comes.
    RETRY = "retry"
    #: It is returned as LOST where it may have been carried out, for its maker to find out before it is repeated.
    AT_MOST_ONCE = "at most once"
    #: As RETRY; besides, it lets others of its operation go first, and waits while Infobip finds others too fast.
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What speaks for it that the items of a call, and not Infobip, keep the call from being taken.

    Nothing does where they are `trusted`. Handed from one try of the same items to the next. `failures` in a row began
    at `since`, in seconds on the clock of the client, when `taken` calls of the operation had been taken. `probes` is
    how often the items were sent in pieces, in vain. Items that are a `probe` are tried once; those that stand `alone`
    again and again for `patience_seconds`.

    What the client found out with the last try: `choked` is that repeating it as it is would not help, `others` that
    calls of the operation were taken meanwhile; `status` (0: none) and `reason` are how it failed.
    """

    failures: int = 0
    since: float | None = None
    taken: int = 0
    probes: int = 0
    probe: bool = False
    alone: bool = False
    patience_seconds: float = inf
    trusted: bool = False
    choked: bool = False
    others: bool = False
    status: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, init=False)
class Call:
    """One HTTP request, and what is to become of it.

    Args:
        operation: its method and path, the scope that it needs, and the limit that it counts against.
        body: plain data, which is sent as JSON; encoded at once, so it may change afterwards.
        path: the operation's path with its segment filled in, where it has one.
        query: what stands behind the question mark, not yet encoded.
        items: how many people or messages it carries.
        file: the bytes to send in place of a body; then `headers` say what they are.
        headers: those besides the client's own; by default the media type of JSON, where there is a body.
        delivery: what becomes of it where no answer comes.
        accepts_not_json: an answer that is no JSON is returned without a body, and not waited out as an outage.
        accepts_missing: Infobip's own 404 is returned, likewise.
        accepts_any_answer: every status is returned that speaks of the account and not of items, likewise.
        verbatim: so is every status that repeating would not change, and that of a redirect, which is not followed; a
            body that is no JSON is a text.
        tries: how often it was LOST before; it waits the longer before its next try.
        not_after: Unix time in seconds; one that is not on the wire by then is returned as LATE, unless an earlier try
            may have been carried out. None: whenever it comes.
        suspicion: what speaks against its items so far; with one, it is returned when it seems to choke Infobip.

    """

    operation: Operation
    path: str
    content: bytes | None
    headers: Mapping[str, str]
    query: Mapping[str, str]
    items: int
    delivery: Delivery
    accepts_not_json: bool
    tries: int
    not_after: float | None
    accepts_missing: bool
    accepts_any_answer: bool
    verbatim: bool
    suspicion: Suspicion | None

    def __init__(
        self,
        operation: Operation,
        body: Any = None,
        *,
        path: str | None = None,
        query: Mapping[str, str] | None = None,
        items: int = 1,
        file: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        delivery: Delivery = Delivery.RETRY,
        accepts_not_json: bool = False,
        tries: int = 0,
        not_after: float | None = None,
        accepts_missing: bool = False,
        accepts_any_answer: bool = False,
        verbatim: bool = False,
        suspicion: Suspicion | None = None,
    ) -> None:
        # Encoded at once: a call may wait long, and its thousand people are cheap to free while they are still at hand.
        content = file if body is None else orjson.dumps(body)
        if headers is None:
            headers = {} if content is None else {"Content-Type": "application/json"}
        what = {"operation": operation, "path": path or operation.path, "query": query or {}, "items": items}
        said = {"content": content, "headers": headers}
        manner = {"delivery": delivery, "tries": tries, "not_after": not_after, "suspicion": suspicion}
        taken = {
            "accepts_not_json": accepts_not_json,
            "accepts_missing": accepts_missing,
            "accepts_any_answer": accepts_any_answer,
            "verbatim": verbatim,
        }
        for name, value in {**what, **said, **manner, **taken}.items():
            object.__setattr__(self, name, value)

    def under(self, suspicion: Suspicion, tries: int) -> "Call":
        """The same call, under a suspicion, and after so many tries that came to nothing."""
        call = copy(self)
        object.__setattr__(call, "suspicion", suspicion)
        object.__setattr__(call, "tries", tries)
        return call

    def with_headers(self, headers: Mapping[str, str]) -> "Call":
        """The same call, with these headers besides its own."""
        call = copy(self)
        object.__setattr__(call, "headers", {**self.headers, **headers})
        return call

    @property
    def method(self) -> Method:
        """The HTTP method."""
        return self.operation.method

    @property
    def body(self) -> Any:
        """The body as plain data."""
        return None if self.content is None else orjson.loads(self.content)


@dataclass(frozen=True, slots=True)
class Reply:
    """Infobip's last word on a call: any status that repeating would not change, or LOST, or LATE.

    `body` is plain data, None where there was none; `retries` is how many tries came before the last, `slowed` how
    many of those Infobip asked to slow down after, `at` when the word came, where that is known, `seconds` how long the
    last try took. Of a call under a suspicion that was not taken, `suspicion` is what has become of it.
    """

    status: int
    body: Any = None
    retries: int = 0
    at: datetime | None = field(default=None, compare=False)
    suspicion: Suspicion | None = field(default=None, compare=False)
    seconds: float = field(default=0.0, compare=False)
    slowed: int = field(default=0, compare=False)

    @property
    def answers(self) -> dict[str, int]:
        """What Infobip answered, by HTTP status, with 429 for what it asked to slow down; nothing where it did not."""
        answered = {str(self.status): 1} if self.status not in (LOST, LATE) else {}
        return {**answered, "429": self.slowed} if self.slowed else answered

    @property
    def choked(self) -> bool:
        """Whether the call was given back because its items seem to choke Infobip."""
        return self.suspicion is not None and self.suspicion.choked
