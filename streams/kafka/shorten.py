"""Records of ours that are too large for their topic, made smaller; each says what was cut.

The headers of dead letters and messages only say to which trace they belong: a record that is cut does not say it.
"""

from typing import Any

import orjson
from msgspec.structs import replace

from schemas.records.contact import Contact
from streams.exact_json import read, write
from streams.kafka.producer import OutgoingRecord

#: Texts of a message that have no length of their own, and what may be left of each when the record must be smaller.
MESSAGE_TEXTS = ("error", "status_description", "status_name", "status_group_name", "bulk_id", "event_id", "audience")
MESSAGE_TEXTS_LEFT = (4096, 1024, 256, 64)
DETAIL_LEFT = 1024
#: What base64 is cut by, so that what is left of it can still be read.
BASE64_GROUP, BASE64_BYTES = 4, 3


def shorter_letter(record: OutgoingRecord, most: int) -> OutgoingRecord | None:
    """Cut a dead letter to so many bytes with its key: first its value, then its headers, its detail and its key.

    Topic, partition and offset of the original always stay. None when even they are too much.
    """
    letter = orjson.loads(record.value or b"{}")
    text, key = letter["value"], record.key
    cut: dict[str, int] = {}
    for part, left in (("value", ""), ("headers", []), ("detail", letter["detail"][:DETAIL_LEFT]), ("key", None)):
        if letter[part] and letter[part] != left:
            cut[part] = _original_bytes(letter, part)
            letter[part] = left
        if part == "key":
            key = None
        room = most - len(orjson.dumps({**letter, "cut": cut})) - len(key or b"")
        if room >= 0:
            if text:
                letter["value"] = _cut_text(text, room, BASE64_GROUP if letter["value_encoding"] == "base64" else 1)
            if letter["value"] == text:
                cut.pop("value", None)
            return replace(record, key=key, value=orjson.dumps({**letter, "cut": cut}), headers=())
    return None


def shorter_message(record: OutgoingRecord, most: int) -> OutgoingRecord | None:
    """Cut those texts of a message that may have any length, all of them alike; None when that is not enough."""
    told = orjson.loads(record.value or b"{}")
    for left in MESSAGE_TEXTS_LEFT:
        long = {name: told[name] for name in MESSAGE_TEXTS if len(told[name] or "") > left}
        cut = {name: len(text.encode()) for name, text in long.items()}
        value = orjson.dumps({**told, **{name: text[:left] for name, text in long.items()}, "cut": cut})
        if len(value) + len(record.key or b"") <= most:
            return replace(record, value=value, headers=())
    return None


def shorter_contact(record: OutgoingRecord, most: int) -> OutgoingRecord | None:
    """Leave out of a contact its largest custom attributes; the header `cut` names them.

    None when what is no custom attribute is too large by itself.
    """
    contact: dict[str, Any] = read(record.value or b"{}")
    sizes = {name: len(write(contact[name])) for name in contact.keys() - Contact.model_fields.keys()}
    gone: list[str] = []
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        gone.append(name)
        del contact[name]
        headers = [*record.headers, ("cut", ", ".join(gone).encode())]
        value = write(contact)
        told = sum(len(title.encode()) + len(content or b"") for title, content in headers)
        if len(value) + told + len(record.key or b"") <= most:
            return replace(record, value=value, headers=headers)
    return None


def shorter_told(record: OutgoingRecord, most: int) -> OutgoingRecord | None:
    """Cut what Infobip told: first the content of an inbound message, then long texts; the header `cut` names them."""
    told: dict[str, Any] = read(record.value or b"{}")
    for left in (None, *MESSAGE_TEXTS_LEFT):
        long = [name for name, text in told.items() if left and isinstance(text, str) and len(text) > left]
        gone = [*(["content"] if told.get("content") is not None else []), *long]
        value = write({**told, **{name: told[name][:left] if name in long else None for name in gone}})
        headers = [*record.headers, ("cut", ", ".join(gone).encode())]
        if (
            len(value) + len(record.key or b"") + sum(len(content or b"") + len(name) for name, content in headers)
            <= most
        ):
            return replace(record, value=value, headers=headers)
    return None


def shorter_membership(record: OutgoingRecord, most: int) -> OutgoingRecord | None:
    """Name as many audiences as fit: better than none, though whoever leaves those may lose the tag too early.

    It comes to that only where a topic's limit was lowered below what is asked for at the start.
    """
    told = orjson.loads(record.value or b"{}")
    part = "entered" if "entered" in told else "audiences"
    while told[part]:
        kept = list(told[part])[: len(told[part]) // 2]
        told[part] = kept if part == "audiences" else {name: told[part][name] for name in kept}
        value = orjson.dumps(told)
        if len(value) + len(record.key or b"") <= most:
            return replace(record, value=value)
    return None


def _original_bytes(letter: dict[str, Any], part: str) -> int:
    if part == "headers":
        return sum(len(one["name"].encode()) + _bytes_of(one["value"], one["encoding"]) for one in letter[part])
    return _bytes_of(letter[part], letter.get(f"{part}_encoding", "utf-8"))


def _bytes_of(text: str | None, encoding: str) -> int:
    if text is None:
        return 0
    if encoding == "base64":
        return len(text) // BASE64_GROUP * BASE64_BYTES - text[-2:].count("=")
    return len(text.encode())


def _cut_text(text: str, room: int, group: int) -> str:
    """The longest beginning of a text that takes so many bytes as JSON, in whole groups of characters."""
    low, high = 0, min(len(text), room) // group
    if min(len(text), room) == len(text) and len(orjson.dumps(text)) - 2 <= room:
        return text
    while low < high:
        middle = (low + high + 1) // 2
        if len(orjson.dumps(text[: middle * group])) - 2 <= room:
            low = middle
        else:
            high = middle - 1
    return text[: low * group]
