"""What each address takes, and how a body is read: a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from schemas.records.delivery_report import Source
from streams.receiver.bodies import entries_of, sound_entries, written
from streams.receiver.clicks import click
from streams.receiver.consent_words import PUBLISHED, ConsentWords
from streams.receiver.consents import complained, marketing_update, unsubscribed
from streams.receiver.delivery_reports import delivery, late_bounce, seen
from streams.receiver.inbound_messages import inbound
from streams.receiver.reading import Arrival, Channel, Reader, Reading, Told, Unreadable, What
from streams.receiver.sorts import Sort, sort_of
from streams.receiver.triggers import Triggers

NO_TRIGGERS = Triggers()


@dataclass(frozen=True, slots=True)
class Form:
    """What an address takes: what is read, by which reader, and what is taken and written nowhere."""

    readers: Mapping[Sort, Reader]
    written_nowhere: frozenset[Sort] = frozenset()


MESSAGES: Mapping[Sort, Reader] = {"delivery": delivery, "seen": seen, "click": click, "inbound": inbound}
#: A subscription has one address for all the events it asks for, and a message of WhatsApp's one for its delivery and
#: for having been seen: so every address of a channel takes all that its channel tells.
BY_CHANNEL: Mapping[Channel, Form] = {
    "sms": Form(MESSAGES),
    "mms": Form(MESSAGES),
    "whatsapp": Form(
        {**MESSAGES, "marketing_update": marketing_update}, frozenset({"payment", "identity_change", "template_update"})
    ),
    "viber": Form(MESSAGES, frozenset({"template_update"})),
    "rcs": Form(MESSAGES, frozenset({"typing", "conversation", "sender_update", "template_update", "capability"})),
    "kakao_alim": Form(MESSAGES),
    "kakao_chingu": Form(MESSAGES),
    "email": Form(
        {
            "delivery": delivery,
            "click": click,
            "opening": click,
            "unsubscription": unsubscribed,
            "complaint": complained,
            "late_bounce": late_bounce,
        },
        frozenset({"bounce_rate"}),
    ),
    "omni": Form(MESSAGES, frozenset({"typing"})),
}
#: Inbound emails are in multipart/form-data, and nobody asks for them.
NOWHERE: frozenset[tuple[What, Channel]] = frozenset({("inbound", "email")})
FORMS: Mapping[tuple[What, Channel], Form] = {
    (what, channel): form
    for what in get_args(What)
    for channel, form in BY_CHANNEL.items()
    if (what, channel) not in NOWHERE
}


def read(
    what: What,
    channel: Channel,
    body: bytes,
    *,
    received_at: str,
    source: Source,
    triggers: Triggers = NO_TRIGGERS,
    words: ConsentWords = PUBLISHED,
) -> Reading:
    """Read a body that came to an address. Whatever it holds, nothing is raised.

    Args:
        what: the first part of the address.
        channel: the second part of the address; with `what` a key of `FORMS`.
        body: as it came, unpacked.
        received_at: when it came, RFC 3339 in UTC.
        source: by which way it came.
        triggers: which jobs ask for inbound messages.
        words: by which words people opt out and in.

    """
    found = entries_of(body)
    if isinstance(found, str):
        return Reading(unreadable=(Unreadable(body, found),))
    arrival = Arrival(channel, received_at, source, triggers, words)
    form = FORMS[what, channel]
    if isinstance(found, list):
        return _read_all(found, form, arrival)
    told = _read_one(found, form, arrival)
    return Reading(unreadable=(Unreadable(body, told),)) if isinstance(told, str) else Reading(told)


def read_entries(
    what: What,
    channel: Channel,
    entries: list[Any],
    *,
    received_at: str,
    source: Source,
    triggers: Triggers = NO_TRIGGERS,
    words: ConsentWords = PUBLISHED,
) -> Reading:
    """Read what stood in `results` of a page that was asked for, of reports or of logs; the rest is as in `read`."""
    arrival = Arrival(channel, received_at, source, triggers, words)
    return _read_all(sound_entries(entries), FORMS[what, channel], arrival)


def _read_all(entries: list[Any], form: Form, arrival: Arrival) -> Reading:
    """Read entries one by one: a bad one spoils none of the others."""
    records: list[Told] = []
    unreadable: list[Unreadable] = []
    for place, entry in enumerate(entries):
        told = _read_one(entry, form, arrival)
        if isinstance(told, str):
            unreadable.append(Unreadable(written(entry), f"results[{place}]: {told}"))
        else:
            records += told
    return Reading(records, unreadable)


def _read_one(entry: Any, form: Form, arrival: Arrival) -> tuple[Told, ...] | str:
    if type(entry) is not dict:
        return "is no object"
    sort = sort_of(entry)
    if sort in form.written_nowhere:
        return ()
    reader = None if sort is None else form.readers.get(sort)
    return "is nothing that Infobip tells of this channel" if reader is None else reader(entry, arrival)
