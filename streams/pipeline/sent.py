"""What became of a message, as its record tells it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.records.message import Message
from streams.channels.batch_answers import MessageResult
from streams.channels.channel import OutboundMessage
from streams.pipeline.decode import Entry
from streams.pipeline.settle import writable


@dataclass(frozen=True, slots=True)
class SentBy:
    """What all messages of a job have in common."""

    job: str
    channel: str
    sender: str | None


def record_of(by: SentBy, entry: Entry, message: OutboundMessage, result: MessageResult, now: float) -> Message:
    """Tell of a message; `now` in Unix seconds is when it was refused, where Infobip was not asked."""
    parts, status = message.parts, result.status
    counted = None if parts is None else parts.parts
    return Message(
        message_id=result.known_as or message.message_id,
        job=by.job,
        channel=by.channel,
        event_id=message.event_id,
        profile_id=entry.profile_id,
        audience=entry.audience,
        to=message.to or None,
        sender=by.sender,
        status="enqueued" if result.outcome in {"accepted", "unchanged"} else "enqueue_failed",
        message_status=result.message_status,
        repeated=result.repeated,
        status_group_id=None if status is None else status.group_id,
        status_group_name=None if status is None else writable(status.group_name),
        status_id=None if status is None else status.id,
        status_name=None if status is None else writable(status.name),
        status_description=None if status is None else writable(status.description),
        error=writable(result.error),
        parts=counted if result.parts is None or counted is None else result.parts,
        encoding=None if parts is None else parts.encoding,
        bulk_id=writable(result.bulk_id),
        sent_at=result.at or datetime.fromtimestamp(now, UTC),
    )
