"""What a mirror remembers, as keys and values of records, and back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from streams.jobs.sync_cohort.cohort import Cohort

MEMBER, MARK, LIST, ENTRY, DONE, CALL = "member", "mark", "list", "entry", "done", "call"


class Kept(NamedTuple):
    """A record's key and value; without a value it is a tombstone."""

    key: bytes
    value: bytes | None


class Unreadable(Exception):
    """A record is none of ours."""


def key_of(*parts: str) -> bytes:
    """A key, which says first what the record is."""
    return orjson.dumps(parts)


def member(audience: str, profile_id: str, member_id: str | None) -> Kept:
    """Who a profile is in an audience's list; a tombstone where it is not in it."""
    key = key_of(MEMBER, audience, profile_id)
    if member_id is None:
        return Kept(key, None)
    return Kept(key, orjson.dumps({"audience": audience, "profile_id": profile_id, "id": member_id}))


def mark(session: str, number: int) -> Kept:
    """That all members of a window stand before it."""
    return Kept(key_of(MARK, session), orjson.dumps({"session": session, "number": number}))


def done(session: str, number: int) -> Kept:
    """That all windows of a process up to this one are in the lists."""
    return Kept(key_of(DONE, session), orjson.dumps({"session": session, "number": number}))


def call(operation: str, audience: str, at: datetime) -> Kept:
    """That a list is about to be made."""
    return Kept(key_of(CALL, operation), orjson.dumps({"operation": operation, "audience": audience, "at": _utc(at)}))


def call_over(operation: str) -> Kept:
    """That it was answered."""
    return Kept(key_of(CALL, operation), None)


def list_of(cohort: Cohort, synced_at: datetime | None) -> Kept:
    """How an audience's list stands."""
    said = {
        "audience": cohort.audience,
        "name": cohort.name,
        "list_id": cohort.list_id,
        "members": len(cohort.inside),
        "refused": cohort.list_refused,
        "synced_at": None if synced_at is None else _utc(synced_at),
    }
    return Kept(key_of(LIST, cohort.audience), orjson.dumps(said))


def entry(audience: str, member_id: str, list_id: str, refused: str | None, *, sure: bool = True) -> Kept:
    """That an id is in a list, or why it was refused; or, not `sure`, that a call is about to say one or the other."""
    said = {"audience": audience, "id": member_id, "list_id": list_id, "refused": refused, "sure": sure}
    return Kept(key_of(ENTRY, audience, member_id), orjson.dumps(said))


def entry_gone(audience: str, member_id: str) -> Kept:
    """That an id is in no list any more."""
    return Kept(key_of(ENTRY, audience, member_id), None)


def read(key: bytes | None, value: bytes | None) -> tuple[Sequence[str], Mapping[str, Any] | None]:
    """The parts of a key, and what the record says; None for a tombstone.

    Raises:
        Unreadable: it is none of ours.

    """
    try:
        parts, said = orjson.loads(key or b""), None if value is None else orjson.loads(value)
    except orjson.JSONDecodeError:
        raise Unreadable from None
    if not isinstance(parts, list) or not parts or not all(isinstance(part, str) for part in parts):
        raise Unreadable
    if said is not None and not isinstance(said, dict):
        raise Unreadable
    return parts, said


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
