"""What the same thing is known by, however often it is told."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from streams.receiver.fields import name, recipient_of

DIGITS = 32
#: What is said of an entry without one.
NO_MESSAGE = "messageId: is missing, or no id"


def digest(*parts: str | int | None) -> str:
    """Make an id: 32 hexadecimal digits, the same for the same parts, for ever."""
    return sha256(orjson.dumps(parts)).hexdigest()[:DIGITS]


def message_of(entry: Mapping[str, Any], channel: str) -> tuple[str | None, str]:
    """The id of an entry's message, and what stands for it in ids of ours; that is empty where there is neither.

    Infobip's reports of emails may lack the id: then the request and the recipient stand for the message.
    """
    said = entry.get("messageId")
    found = name(said)
    if found:
        return found, found
    if channel == "email" and (said is None or found is not None):
        bulk, to = name(entry.get("bulkId")), recipient_of(entry)
        if bulk and to:
            return None, digest(bulk, to)
    return None, ""
