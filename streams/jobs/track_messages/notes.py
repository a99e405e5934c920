"""What a job tells itself in another key's partition: whom it wrote to, who answered, and what the answer is for."""

from collections.abc import Mapping
from typing import Any

import orjson

from streams.jobs.track_messages.facts import text, whole
from streams.jobs.track_messages.replies import Note, Waiting, family
from streams.jobs.track_messages.state import Reply

#: Before an address, so that none is the id of a message: UTF-8 has no such byte.
ADDRESS = b"\xff"


def address_key(address: str) -> bytes:
    """The key of what is known of an address."""
    return ADDRESS + address.encode(errors="replace")


def sent(message_id: str, channel: str | None, sent_ms: int) -> bytes:
    """The note that a message was sent to the address it is keyed by."""
    return orjson.dumps({"note": "sent", "message_id": message_id, "channel": channel, "sent_ms": sent_ms})


def answer(reply: Reply, channel: str | None) -> bytes:
    """The note that the address it is keyed by answered."""
    return orjson.dumps({"note": "answer", "channel": channel, **reply._asdict()})


def found(reply: Reply) -> bytes:
    """The note of what was answered to the message it is keyed by."""
    return orjson.dumps({"note": "found", **reply._asdict()})


def sent_of(value: Mapping[str, Any], until_ms: int) -> Note | None:
    """The message that a note tells of; None where it tells of none."""
    message_id, sent_ms = text(value.get("message_id")), whole(value.get("sent_ms"))
    if value.get("note") != "sent" or message_id is None or sent_ms is None:
        return None
    return Note(message_id, family(text(value.get("channel"))), sent_ms, until_ms)


def answer_of(value: Mapping[str, Any], until_ms: int) -> Waiting | None:
    """The answer that a note tells of; None where it tells of none."""
    reply = _reply(value) if value.get("note") == "answer" else None
    return None if reply is None else Waiting(reply, family(text(value.get("channel"))), until_ms)


def found_of(value: Mapping[str, Any]) -> Reply | None:
    """The answer that was found for a message; None where the note tells of none."""
    return _reply(value) if value.get("note") == "found" else None


def _reply(value: Mapping[str, Any]) -> Reply | None:
    at_us, inbound_id, said = whole(value.get("at_us")), text(value.get("inbound_id")), text(value.get("text"))
    return None if at_us is None or inbound_id is None or said is None else Reply(at_us, inbound_id, said)
