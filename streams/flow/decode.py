"""Bytes into membership events: what is not an event says what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import orjson
from pydantic import ValidationError

from schemas.membership import MAX_EVENT_BYTES, MembershipEvent

_ACTIONS = frozenset({"enter", "exit"})


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


class Entry(NamedTuple):
    """One event and the record it came in."""

    record: Record
    action: str
    audience: str
    profile_id: str
    profile: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A record that is not an event, and why."""

    record: Record
    detail: str


def decode(record: Record, value: bytes) -> Entry | Undecodable:
    """Read the value of one record; `schemas.membership.MembershipEvent` says what an event is."""
    if len(value) > MAX_EVENT_BYTES:
        return Undecodable(record, f"the value has {len(value)} bytes, more than {MAX_EVENT_BYTES}")
    return _at_a_glance(record, value) or _with_care(record, value)


def _at_a_glance(record: Record, value: bytes) -> Entry | None:
    """Read an event that is plainly one, in half the time and memory of the model; None where that has to judge."""
    try:
        said = orjson.loads(value)
        occurred_at = said.get("occurred_at")
        if occurred_at is not None:
            datetime.fromisoformat(occurred_at)
    except (ValueError, TypeError, AttributeError):
        return None
    action, audience, profile_id = said.get("action"), said.get("audience"), said.get("profile_id")
    profile, event_id = said.get("profile"), said.get("event_id")
    if (
        type(audience) is str
        and type(profile_id) is str
        and audience
        and profile_id
        and type(action) is str
        and action in _ACTIONS
        and (profile is None or type(profile) is dict)
        and (event_id is None or type(event_id) is str)
    ):
        return Entry(record, action, audience, profile_id, profile)
    return None


def _with_care(record: Record, value: bytes) -> Entry | Undecodable:
    try:
        event = MembershipEvent.model_validate_json(value)
    except ValidationError as error:
        # The input is left out: it is in the dead letter already, whole.
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        said = (": ".join((".".join(map(str, fault["loc"])) or "value", fault["msg"])) for fault in faults)
        return Undecodable(record, "; ".join(said))
    return Entry(record, event.action, event.audience, event.profile_id, event.profile)
