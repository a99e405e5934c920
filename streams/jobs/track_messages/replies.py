"""Answers that name no message: each belongs to the latest message to its address, by the times of both."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from streams.jobs.track_messages.state import Reply
from streams.profiles.phones import normal_phone

VERSION = 1
#: Of each sort, remembered of one address; more is a machine's.
ENTRIES_MAX = 20
#: Our clock and Infobip's may differ by so much: an answer may seem to be before its message.
SKEW_MS = 60_000
#: Channels whose answers come by another of them.
_FAMILIES: Mapping[str, str] = {
    "lms": "sms",
    "mms": "sms",
    "whatsapp_text": "whatsapp",
    "whatsapp_template": "whatsapp",
}
#: Argentina and Mexico: their mobile numbers have a digit behind the code that some write and some do not. All other
#: numbers both sides have in digits of E.164, so that to read them as libphonenumber does, at 10 µs, changes nothing.
_WRITTEN_TWICE = ("52", "54")


class Note(NamedTuple):
    """A message that was sent to the address; remembered until `until_ms`."""

    message_id: str
    family: str
    sent_ms: int
    until_ms: int


class Waiting(NamedTuple):
    """An answer that found no message yet: the note of one may still come."""

    reply: Reply
    family: str
    until_ms: int


class Index(NamedTuple):
    """What is remembered of an address; `used` are the ids of answers that found their message."""

    notes: tuple[Note, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    used: tuple[tuple[str, int], ...] = ()


def family(channel: str | None) -> str:
    """What channels are called that can answer each other."""
    return _FAMILIES.get(channel or "", channel or "")


def canonical(address: str | None) -> str | None:
    """An address in the one form that both sides have: of a phone number its digits; None for none."""
    text = (address or "").strip()
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()):
        return text.casefold() or None
    if digits.startswith(_WRITTEN_TWICE):
        return normal_phone(f"+{digits}", None) or digits
    return digits


def noted(index: Index, note: Note, wait_ms: int, now_ms: int) -> tuple[Index, list[tuple[str, Reply]]]:
    """With one more message to the address, and the answers that waited for it."""
    notes, waiting, used = _pruned(index, now_ms)
    if any(one.message_id == note.message_id for one in notes):
        return Index(notes, waiting, used), []
    found = [one for one in waiting if _fits(note, one.reply, wait_ms)]
    return Index(
        (*notes, note)[-ENTRIES_MAX:],
        tuple(one for one in waiting if one not in found),
        (*used, *((one.reply.inbound_id, one.until_ms) for one in found))[-ENTRIES_MAX:],
    ), [(note.message_id, one.reply) for one in found]


def answered(index: Index, said: Waiting, wait_ms: int, now_ms: int) -> tuple[Index, str | None]:
    """With one more answer, and the message that it belongs to, if there is one; each answer finds one once."""
    notes, waiting, used = _pruned(index, now_ms)
    if any(inbound_id == said.reply.inbound_id for inbound_id, _ in used):
        return Index(notes, waiting, used), None
    found = _latest(notes, said, wait_ms)
    if found is not None:
        return Index(notes, waiting, (*used, (said.reply.inbound_id, said.until_ms))[-ENTRIES_MAX:]), found.message_id
    known = any(one.reply.inbound_id == said.reply.inbound_id for one in waiting)
    return Index(notes, waiting if known else (*waiting, said)[-ENTRIES_MAX:], used), None


def _latest(notes: tuple[Note, ...], said: Waiting, wait_ms: int) -> Note | None:
    """The latest before it, rather of the same channel; else one that only seems to be later."""
    fitting = [one for one in notes if _fits(one, said.reply, wait_ms)]
    at_ms = said.reply.at_us // 1000
    return max(
        fitting,
        key=lambda one: (one.sent_ms <= at_ms, one.family == said.family, -abs(at_ms - one.sent_ms), one.message_id),
        default=None,
    )


def _fits(note: Note, reply: Reply, wait_ms: int) -> bool:
    return -SKEW_MS <= reply.at_us // 1000 - note.sent_ms <= wait_ms


def _pruned(index: Index, now_ms: int) -> Index:
    return Index(
        tuple(one for one in index.notes if one.until_ms > now_ms),
        tuple(one for one in index.waiting if one.until_ms > now_ms),
        tuple(one for one in index.used if one[1] > now_ms),
    )


def due(index: Index) -> int | None:
    """When nothing of it is needed any more, in Unix milliseconds; None where nothing is."""
    ends = [
        *(one.until_ms for one in index.notes),
        *(one.until_ms for one in index.waiting),
        *(until_ms for _, until_ms in index.used),
    ]
    return max(ends, default=None)


def encode(index: Index) -> bytes:
    """An index as bytes: an array in JSON, whose first entry is the version."""
    waiting = [(tuple(one.reply), one.family, one.until_ms) for one in index.waiting]
    return orjson.dumps((VERSION, [tuple(one) for one in index.notes], waiting, index.used))


def decode(state: bytes | None) -> Index:
    """The index again; an empty one for what is none of this version."""
    if state is None:
        return Index()
    try:
        version, *fields = orjson.loads(state)
        return _decoded(*fields) if version == VERSION else Index()
    except (ValueError, TypeError):
        return Index()


def _decoded(notes: Any, waiting: Any, used: Any) -> Index:
    return Index(
        tuple(Note(*one) for one in notes),
        tuple(Waiting(Reply(*reply), channel, until_ms) for reply, channel, until_ms in waiting),
        tuple((inbound_id, until_ms) for inbound_id, until_ms in used),
    )
