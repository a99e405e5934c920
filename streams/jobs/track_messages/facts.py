"""What records tell of messages, read leniently: unknown keys pass, and what is missing is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from streams.jobs.track_messages.moments import microseconds
from streams.jobs.track_messages.state import Origin, Reply
from streams.jobs.track_messages.transitions import NOT_SENT, PENDING, Standing, rank_of

Value = Mapping[str, Any]
#: How the receiver names an email that came back late.
_LATE_BOUNCE = "LATE_BOUNCE"


@dataclass(frozen=True, slots=True)
class Fact:
    """What one record tells of its message; times in Unix microseconds."""

    #: The record, of which the message's origin can be read.
    value: Value
    #: Whether it is our own record of the message.
    is_own: bool = False
    standing: Standing | None = None
    seen_at_us: int | None = None
    url: str | None = None
    reply: Reply | None = None

    @property
    def job(self) -> str | None:
        """The job that it names."""
        return text(self.value.get("job"))

    @property
    def sent_at_us(self) -> int | None:
        """When the message was sent; None where it does not say."""
        return microseconds(self.value.get("sent_at"))

    @property
    def origin(self) -> Origin:
        """Where it says that the message comes from; read anew each time, because it is seldom asked for."""
        value = self.value
        return Origin(
            text(value.get("job")),
            text(value.get("channel")),
            text(value.get("event_id")),
            text(value.get("profile_id")),
            text(value.get("audience")),
            text(value.get("to") or value.get("recipient")),
            self.sent_at_us,
            whole(value.get("parts")),
        )


def read(value: bytes) -> Value | None:
    """A record's value; None where it is no object in JSON."""
    try:
        found = orjson.loads(value)
    except ValueError:
        return None
    return found if type(found) is dict else None


def of_message(value: Value, _: int) -> Fact:
    """Our own record of a message."""
    return Fact(value, is_own=True, standing=_handed_over(value))


def _handed_over(value: Value) -> Standing:
    if value.get("status") != "enqueue_failed":
        return Standing(
            PENDING,
            None,
            whole(value.get("status_id")),
            text(value.get("status_name")),
            parts=whole(value.get("parts")),
        )
    return Standing(
        NOT_SENT,
        None,
        whole(value.get("status_id")),
        text(value.get("status_name")),
        text(value.get("status_description")),
        None,
        text(value.get("message_status")),
        text(value.get("error")),
        whole(value.get("parts")),
    )


def of_report(value: Value, heard_ms: int) -> Fact:
    """A delivery or seen report."""
    if value.get("event") == "seen":
        return Fact(value, seen_at_us=_first_time(value, "seen_at", heard_ms))
    return Fact(value, standing=_reported(value))


def _reported(value: Value) -> Standing | None:
    status_id, name = whole(value.get("status_id")), text(value.get("status_name"))
    bounced = status_id is None and name == _LATE_BOUNCE
    rank = rank_of(whole(value.get("status_group_id")), status_id, bounced=bounced)
    if rank == 0:
        return None
    return Standing(
        rank,
        microseconds(value.get("done_at")),
        status_id,
        name,
        text(value.get("status_description")),
        whole(value.get("error_id")),
        text(value.get("error_name")),
        text(value.get("error_description")),
        whole(value.get("message_count")),
    )


def of_click(value: Value, heard_ms: int) -> Fact:
    """A click on a link; an email that was opened was seen, and Infobip does not tell when."""
    if value.get("notification_type") == "OPENED":
        return Fact(value, seen_at_us=_first_time(value, "clicked_at", heard_ms))
    return Fact(value, url=text(value.get("url")))


def reply_of(value: Value, heard_ms: int, now_ms: int) -> Reply:
    """What an inbound message says: its text, or else its type."""
    at_us = min(_first_time(value, "sent_at", heard_ms), now_ms * 1000)
    said = text(value.get("text"))
    return Reply(at_us, text(value.get("inbound_id")) or str(at_us), said or text(value.get("type")) or "")


def _first_time(value: Value, name: str, heard_ms: int) -> int:
    """A time; where it is not told, when we heard of it."""
    at_us = microseconds(value.get(name))
    if at_us is None:
        at_us = microseconds(value.get("received_at"))
    return heard_ms * 1000 if at_us is None else at_us


def text(said: object) -> str | None:
    """A text; None for anything else."""
    return said if isinstance(said, str) else None


def whole(said: object) -> int | None:
    """A whole number; None for anything else."""
    return said if isinstance(said, int) and not isinstance(said, bool) else None
