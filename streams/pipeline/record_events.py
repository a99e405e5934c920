"""Records of any shape read as events: a record is its own profile, and named by what it says it is."""

from typing import Any

from schemas.records.membership import EVENT_BYTES_MAX, NAME_MAX
from streams.exact_json import read
from streams.pipeline.decode import Entry, Record, Undecodable
from streams.profiles.address import encodable

#: What an event read from a record is, where membership events say enter or exit.
RECORD = "record"
#: By what records of ours are called, first what only they have: a report, a click, an inbound message, a message.
NAMED_BY = ("report_id", "click_id", "inbound_id", "event_id", "message_id")


def decode_record(record: Record, value: bytes) -> Entry | Undecodable:
    """Read the value of one record, which must be a JSON object.

    Those that share a key follow each other, as the events of a profile do.
    """
    if len(value) > EVENT_BYTES_MAX:
        return Undecodable(record, f"the value has {len(value)} bytes, more than {EVENT_BYTES_MAX}")
    try:
        said = read(value)
    except RecursionError:
        return Undecodable(record, "value: Invalid JSON: nested too deeply")
    except ValueError as error:
        return Undecodable(record, f"value: Invalid JSON: {error}")
    if not isinstance(said, dict):
        return Undecodable(record, "value: must be a JSON object")
    place = f"{record.topic}-{record.partition}-{record.offset}"
    event_id = next((name for key in NAMED_BY if (name := _name(said.get(key)))), place)
    profile_id = _name(said.get("profile_id")) or _key(record) or place
    audience, at = _name(said.get("audience")) or "", said.get("occurred_at")
    return Entry(record, RECORD, audience, profile_id, said, event_id, at if isinstance(at, str) else None)


def _name(said: Any) -> str | None:
    return said if isinstance(said, str) and 0 < len(said) <= NAME_MAX and encodable(said) else None


def _key(record: Record) -> str | None:
    return None if record.key is None else _name(record.key.decode(errors="replace"))
