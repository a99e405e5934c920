"""Bytes into membership events: what is not an event says what is wrong with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from orjson import loads

from schemas.records.membership import EVENT_BYTES_MAX, NAME_MAX
from streams.exact_json import FLAT, LONG, number_text, read_plain, read_text, read_with_care
from streams.pipeline.envelopes import envelope_of
from streams.pipeline.foreign_formats import looks_like
from streams.pipeline.moments import moment_of
from streams.profiles.address import encodable

_ACTIONS = ("enter", "exit")  # not a set: an action may be something that has no hash
#: A time as RFC 3339 writes it, on any day but the 29th of February, which not every year has.
is_moment = re.compile(
    r"2[0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
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
    """A record that is not an event, and why; `looks_like` says in words what it seems to be instead, where known."""

    record: Record
    fault: str
    looks_like: str | None = None

    @property
    def detail(self) -> str:
        """All that is known, in words."""
        return f"{self.looks_like}; {self.fault}" if self.looks_like is not None else self.fault


def decode(record: Record, value: bytes) -> Entry | Undecodable:
    """Read the value of one record; `schemas.records.membership.MembershipEvent` says what should be published.

    What is written so is read on a fast lane. What is not is read with care: what an event needs not spoils no more
    than itself.
    """
    if len(value) > EVENT_BYTES_MAX:
        return Undecodable(record, f"the value has {len(value)} bytes, more than {EVENT_BYTES_MAX}")
    try:
        # What `read_plain` does, without the call where there is no long number. (`in` costs twice as much as `find`.)
        said = loads(value) if value.translate(FLAT).find(LONG) < 0 else read_plain(value)
    except ValueError:
        return _with_care(record, value)
    try:
        action, audience, profile_id = said["action"], said["audience"], said["profile_id"]
        occurred_at = said.get("occurred_at")
        if occurred_at is not None and is_moment(occurred_at) is None:
            return _judged(record, said)
    except (KeyError, TypeError):
        return _judged(record, said)
    profile, event_id = said.get("profile"), said.get("event_id")
    if (
        action in _ACTIONS
        and type(audience) is str
        and type(profile_id) is str
        and 0 < len(audience) <= NAME_MAX
        and 0 < len(profile_id) <= NAME_MAX
        and (profile is None or type(profile) is dict)
        and (event_id is None or type(event_id) is str)
    ):
        # What `Entry(…)` does, without the call in between that named tuples make.
        return tuple.__new__(Entry, (record, action, audience, profile_id, profile, event_id, occurred_at))
    return _judged(record, said)


def _with_care(record: Record, value: bytes) -> Entry | Undecodable:
    try:
        said = read_with_care(value)
    except RecursionError:
        return Undecodable(record, "value: Invalid JSON: nested too deeply")
    except ValueError as error:
        return Undecodable(record, f"value: Invalid JSON: {error}", looks_like(value))
    return _judged(record, said)


def _judged(record: Record, said: Any) -> Entry | Undecodable:
    """Take what was read for an event if it has what one needs."""
    if not isinstance(said, dict):
        return Undecodable(record, f"value: must be a JSON object, not {_kind(said)}", envelope_of(said))
    action: Any = said.get("action")
    audience, profile_id = _name(said.get("audience")), _name(said.get("profile_id"))
    faults = [f"{key}: {fault}" for key in ("audience", "profile_id") if (fault := _fault(said, key)) is not None]
    if action not in _ACTIONS:
        faults.insert(0, "action: must be 'enter' or 'exit'" if "action" in said else "action: is missing")
    if faults or audience is None or profile_id is None:
        return Undecodable(record, "; ".join(faults), envelope_of(said))
    event_id, occurred_at = _name(said.get("event_id")), moment_of(said.get("occurred_at"))
    return Entry(record, action, audience, profile_id, _profile(said.get("profile")), event_id, occurred_at)


def _name(said: Any) -> str | None:
    """A text, or a number as its decimal text; None for what can be neither written nor compared."""
    if isinstance(said, int | float) and not isinstance(said, bool):
        return number_text(said)
    return str(said) if isinstance(said, str) and encodable(said) else None


def _fault(said: dict[str, Any], key: str) -> str | None:
    """What is wrong with one of the names that an event needs; the name itself stays out of it."""
    given = said.get(key)
    name = _name(given)
    if name is not None:
        return None if 0 < len(name) <= NAME_MAX else f"must have 1 to {NAME_MAX} characters, not {len(name)}"
    if isinstance(given, str):
        return "holds half of a character (a lone surrogate), which no other system takes"
    if isinstance(given, float):
        return "must be a number that is finite: JSON has no others"
    return "is missing" if key not in said else f"must be a text or a number, not {_kind(given)}"


def _profile(said: Any) -> dict[str, Any] | None:
    """The profile's fields, also where they are JSON in a text; what is neither says nothing of the profile."""
    if isinstance(said, str):
        try:
            said = read_text(said)
        except (ValueError, RecursionError):
            return None
    return said if isinstance(said, dict) else None


def _kind(said: Any) -> str:
    """What JSON calls a value of this type."""
    kinds = {bool: "true or false", dict: "an object", list: "a list", str: "a text", type(None): "null"}
    return kinds.get(type(said), "a number")
