"""Bytes into membership events: what is not an event says what is wrong with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import orjson
from pydantic import ValidationError

from schemas.membership import MAX_EVENT_BYTES, MAX_NAME, MembershipEvent

_ACTIONS = ("enter", "exit")  # not a set: an action may be something that has no hash
#: A time as RFC 3339 writes it, on any day but the 29th of February: nothing that the model might take otherwise, as
#: it would some of what `datetime.fromisoformat` reads.
_is_moment = re.compile(
    r"[12][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
).fullmatch


class Record(Protocol):
    """A consumed Kafka record, as far as deciding needs it."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]] | None: ...  # noqa: D102
    @property
    def timestamp(self) -> int | None: ...  # noqa: D102 - in Unix milliseconds; less than 0, or None: not known


class Entry(NamedTuple):
    """One event and the record it came in; `occurred_at` as the event writes it."""

    record: Record
    action: str
    audience: str
    profile_id: str
    profile: dict[str, Any] | None
    event_id: str | None
    occurred_at: str | None


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A record that is not an event, and why."""

    record: Record
    detail: str


def decode(record: Record, value: bytes) -> Entry | Undecodable:
    """Read the value of one record; `schemas.membership.MembershipEvent` says what an event is.

    What is plainly an event is read in half the time and memory of the model, which judges the rest.
    """
    if len(value) > MAX_EVENT_BYTES:
        return Undecodable(record, f"the value has {len(value)} bytes, more than {MAX_EVENT_BYTES}")
    try:
        said = orjson.loads(value)
        occurred_at = said.get("occurred_at")
        if occurred_at is not None and _is_moment(occurred_at) is None:
            return _with_care(record, value)
    except (ValueError, TypeError, AttributeError):
        return _with_care(record, value)
    action, audience, profile_id = said.get("action"), said.get("audience"), said.get("profile_id")
    profile, event_id = said.get("profile"), said.get("event_id")
    if (
        action in _ACTIONS
        and type(audience) is str
        and type(profile_id) is str
        and 0 < len(audience) <= MAX_NAME
        and 0 < len(profile_id) <= MAX_NAME
        and (profile is None or type(profile) is dict)
        and (event_id is None or type(event_id) is str)
    ):
        # What `Entry(…)` does, without the call in between that named tuples make.
        return tuple.__new__(Entry, (record, action, audience, profile_id, profile, event_id, occurred_at))
    return _with_care(record, value)


def _with_care(record: Record, value: bytes) -> Entry | Undecodable:
    try:
        event = MembershipEvent.model_validate_json(value)
    except ValidationError as error:
        # The input is left out: it is in the dead letter already, whole.
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        said = (": ".join((".".join(map(str, fault["loc"])) or "value", fault["msg"])) for fault in faults)
        return Undecodable(record, "; ".join(said))
    occurred_at = None if event.occurred_at is None else event.occurred_at.isoformat()
    return Entry(record, event.action, event.audience, event.profile_id, event.profile, event.event_id, occurred_at)
