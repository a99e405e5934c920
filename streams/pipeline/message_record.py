"""The record of a message, written piece by piece: what many messages have in common is written once.

A model of 21 fields that is validated and dumped takes 7 µs of CPU; these bytes, which are the same, one.
Tests read them back by the model, and hold them against what it would write.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from pydantic_core import to_json

from schemas.records.message import Message, MessageStatus
from streams.channels.batch_answers import MessageResult
from streams.channels.channel import OutboundMessage
from streams.pipeline.words import writable


class MessageRecord(NamedTuple):
    """The record of a message as it is written, and what others go by without reading it."""

    message_id: str
    event_id: str
    channel: str
    message_status: MessageStatus
    value: bytes

    def read(self) -> Message:
        """What it says."""
        return Message.model_validate_json(self.value)


#: What tells of a message, whose profile and audience are given, what became of it.
Tell = Callable[[OutboundMessage, str, str, MessageResult], MessageRecord]


def teller(job: str, channel: str, sender: str | None, now: float) -> Tell:
    """What tells of messages of a job that go together.

    `now` in Unix seconds is when those were refused that Infobip was not asked about.
    """
    beginning = b',"job":%b,"channel":%b,"event_id":' % (_json(job), _json(channel))
    said_sender = b',"sender":%b' % _json(sender)
    refused_at = datetime.fromtimestamp(now, UTC)
    # Most messages of a window have the same result.
    last: MessageResult | None = None
    middle = end = b""

    def tell(message: OutboundMessage, profile_id: str, audience: str, result: MessageResult) -> MessageRecord:
        nonlocal last, middle, end
        if result is not last:
            last, middle, end = result, said_sender + _of_status(result), _of_request(result, refused_at)
        message_id = result.known_as or message.message_id
        value = b"".join(
            (
                b'{"message_id":',
                _json(message_id),
                beginning,
                _json(message.event_id),
                b',"profile_id":',
                _json(profile_id),
                b',"audience":',
                _json(audience),
                b',"to":',
                _json(message.to or None),
                middle,
                _of_parts(message, result),
                end,
            )
        )
        # What `MessageRecord(…)` does, without the call in between that named tuples make.
        return tuple.__new__(MessageRecord, (message_id, message.event_id, channel, result.message_status, value))

    return tell


def _of_status(result: MessageResult) -> bytes:
    """How it went, from `status` to `error`."""
    status = result.status
    said = {
        "status": "enqueued" if result.outcome in {"accepted", "unchanged"} else "enqueue_failed",
        "message_status": result.message_status,
        "repeated": result.repeated,
        "status_group_id": None if status is None else status.group_id,
        "status_group_name": None if status is None else writable(status.group_name),
        "status_id": None if status is None else status.id,
        "status_name": None if status is None else writable(status.name),
        "status_description": None if status is None else writable(status.description),
        "error": writable(result.error),
    }
    # As the model writes numbers of any length, which Infobip's own are not.
    return b"," + to_json(said)[1:-1]


def _of_parts(message: OutboundMessage, result: MessageResult) -> bytes:
    """What it costs: as Infobip counts, where its channel has parts."""
    if (parts := message.parts) is None:
        return b',"parts":null,"encoding":null'
    counted = parts.parts if result.parts is None else result.parts
    return b',"parts":%d,"encoding":"%b"' % (counted, parts.encoding.encode())


def _of_request(result: MessageResult, refused_at: datetime) -> bytes:
    """The request that it went with, and when."""
    at = orjson.dumps(result.at or refused_at, option=orjson.OPT_UTC_Z)
    return b',"bulk_id":%b,"sent_at":%b,"cut":{}}' % (_json(writable(result.bulk_id)), at)


_json = orjson.dumps
