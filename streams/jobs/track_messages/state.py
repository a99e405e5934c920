"""What is remembered of a message: one small record, as bytes."""

from typing import Any, NamedTuple

import orjson

from streams.jobs.track_messages.transitions import Standing

VERSION = 1


class Origin(NamedTuple):
    """Where a message comes from; `sent_at_us` in Unix microseconds."""

    job: str | None = None
    channel: str | None = None
    event_id: str | None = None
    profile_id: str | None = None
    audience: str | None = None
    to: str | None = None
    sent_at_us: int | None = None
    parts: int | None = None


class Reply(NamedTuple):
    """What a person answered; of several the earliest counts, then the one with the lower id."""

    at_us: int
    inbound_id: str
    text: str


class Tracked(NamedTuple):
    """What is known of a message, and what was told of it; `began_ms` and `decided_ms` in Unix milliseconds."""

    #: When it began to wait: when it was sent, or first heard of.
    began_ms: int
    #: Whether our own record of it was read.
    is_owned: bool = False
    #: Whether its country reports nothing.
    is_silent: bool = False
    #: Whether its waiting time is over.
    has_waited: bool = False
    #: When it was first decided.
    decided_ms: int | None = None
    #: A digest of the outcome that was told last.
    said: int | None = None
    #: The campaign events that were told, as bits.
    events: int = 0
    origin: Origin = Origin()
    standing: Standing | None = None
    seen_at_us: int | None = None
    urls: tuple[str, ...] = ()
    reply: Reply | None = None


def encode(tracked: Tracked) -> bytes:
    """A state as bytes: an array in JSON, whose first entry is the version."""
    *plain, origin, standing, seen_at_us, urls, reply = tracked
    return orjson.dumps(
        (
            VERSION,
            *plain,
            tuple(origin),
            None if standing is None else tuple(standing),
            seen_at_us,
            urls,
            None if reply is None else tuple(reply),
        )
    )


def decode(state: bytes | None) -> Tracked | None:
    """The state again; None for what is none of this version."""
    if state is None:
        return None
    try:
        version, *fields = orjson.loads(state)
        return _decoded(*fields) if version == VERSION else None
    except (ValueError, TypeError):
        return None


def _decoded(*fields: Any) -> Tracked:
    *plain, origin, standing, seen_at_us, urls, reply = fields
    return Tracked._make(
        (
            *plain,
            Origin._make(origin),
            None if standing is None else Standing._make(standing),
            seen_at_us,
            tuple(urls),
            None if reply is None else Reply._make(reply),
        )
    )
