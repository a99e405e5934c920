"""The ids of messages: what one is made of, today and in the form that was given up."""

from dataclasses import dataclass
from hashlib import blake2b, sha1
from typing import NamedTuple
from uuid import UUID, uuid5

import orjson

from schemas.records.replays import Replay
from schemas.text.blanks import BLANKS, is_blank
from streams.pipeline.decode import Entry, Record
from streams.pipeline.origin import replay_of, timestamp_of

#: The name space of message ids: the same message has the same id for ever, so this never changes.
MESSAGES = UUID("6f0f2c5e-8a53-5d0c-9a7e-3c1c5d7a4b21")
DIGEST_BYTES = 16
_OF_MESSAGES = sha1(MESSAGES.bytes, usedforsecurity=False)
#: The first digit of an id's fourth group says its variant, by whichever digit the hash has there.
_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
MINUTE_MS, DAY_MS = 60_000, 86_400_000
#: Clocks of those that publish may be ahead by so much.
CLOCKS_APART_MS = 10 * MINUTE_MS


class Named(NamedTuple):
    """An event and its message by name; `timestamp` is when the event was published first, where that is known."""

    event_id: str
    message_id: str
    timestamp: int | None


class MessageIds:
    """The ids of one job's messages."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._former = uuid5(MESSAGES, job)

    def name(self, entry: Entry) -> Named:
        """Name the message that an event asks for.

        With an `event_id` it is made of job, event, profile and audience. Without one, of what stays the same when the
        event is read, mirrored or replayed from elsewhere: its first record's timestamp and value, and not the place,
        which a topic that is made anew uses again. Only where brokers keep no timestamps, the place is all there is.
        """
        record = entry.record
        place: Record | Replay = record
        timestamp = timestamp_of(record)
        # Nearly no record has headers.
        if record.headers and (replay := replay_of(record)) is not None:
            place, timestamp = replay, replay.timestamp
        # A blank is no event's own: many would have it in common.
        event_id = entry.event_id
        if event_id and not (event_id[0] in BLANKS and is_blank(event_id)):
            parts: list[str | int] = [self._job, entry.profile_id, entry.audience, event_id]
        else:
            event_id = f"{place.topic}-{place.partition}-{place.offset}"
            digest = blake2b(record.value or b"", digest_size=DIGEST_BYTES).hexdigest()
            known = event_id if timestamp is None else timestamp
            parts = [self._job, entry.profile_id, entry.audience, known, digest]
        # What `Named(…)` does, without the call in between that named tuples make.
        return tuple.__new__(Named, (event_id, message_id(orjson.dumps(parts)), timestamp))

    def former(self, event_id: str) -> str:
        """The id that the message of an event had before ids named profile and audience."""
        return str(uuid5(self._former, event_id))


def message_id(name: bytes) -> str:
    """The UUID of version 5 that a name has in the space of messages: as `uuid5` says it, in a third of the time."""
    named = _OF_MESSAGES.copy()
    named.update(name)
    said = named.hexdigest()
    return f"{said[:8]}-{said[8:12]}-5{said[13:16]}-{_VARIANTS[said[16]]}{said[17:20]}-{said[20:32]}"


@dataclass(frozen=True, slots=True)
class Former:
    """What a job may have sent under ids of the former form; `until` is when it gave that up, in Unix milliseconds."""

    until: int

    def may_hold(self, timestamp: int | None, *, may_repeat: bool) -> bool:
        """Whether an event published at this time may have been sent so; `may_repeat` as of a window.

        What is older than the change may have been in the air with whatever process came before. For a day more, that
        process may have been running beside this one; then at least the first window of a partition is looked up.
        """
        if timestamp is None:
            return may_repeat
        return timestamp < self.until + (DAY_MS if may_repeat else CLOCKS_APART_MS)
