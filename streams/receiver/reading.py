"""What was read of a body: what it tells, and what of it nobody can read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from schemas.config import webhooks
from schemas.records.delivery_report import Source
from streams.receiver.consent_words import ConsentWords
from streams.receiver.triggers import Triggers

What = webhooks.What
Channel = webhooks.ChannelWord
#: The topic that a record is for, by its name after `infobip_`.
Topic = Literal["delivery_reports", "clicks", "inbound_messages", "consents"]

#: One entry of a body, as JSON has it.
Entry = dict[str, Any]


class Told(NamedTuple):
    """One record to be written: `value` has the fields of its model in their order, ready for `exact_json.write`.

    `id` is the same whenever the same is told again, by whatever way. `key` is None where Infobip names no message. One
    is made of each report, and of a frozen dataclass that would take twice as long.
    """

    topic: Topic
    key: str | None
    id: str
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry, or a whole body, that nobody can read; `detail` says why in one line, and nothing of what it holds."""

    value: bytes
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read of a body, in its order."""

    records: Sequence[Told] = ()
    unreadable: Sequence[Unreadable] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """How something came: to which channel's address, when (RFC 3339 in UTC), by which way; and whose it may be."""

    channel: Channel
    received_at: str
    source: Source
    triggers: Triggers
    words: ConsentWords


#: Reads an entry: what it tells, or in words why it cannot be read.
Reader = Callable[[Entry, Arrival], tuple[Told, ...] | str]
