"""How the sends of one channel are read, judged, answered and logged: a channel is a value."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from streams.channels.sms_parts import count
from streams.simulator.messages.reading import Form
from streams.simulator.statuses import ACCEPTED, Status
from streams.simulator.values import is_phone

Message = Mapping[str, Any]
Recipient = tuple[str, str | None]
"""An address and the id that was asked for."""


def plain_number(to: str) -> str:
    """Return a number as Infobip shows it, without the plus."""
    return to.removeprefix("+")


def one_each(message: Message) -> Iterable[Recipient]:
    """Return the recipients of a message: one for each destination."""
    return [(plain_number(each["to"]), each.get("messageId")) for each in message["destinations"]]


def is_registered(sender: str) -> bool:
    """Say whether a text can be the name of a sender: one that can be read."""
    return bool(sender.strip()) and sender.isprintable()


def is_sms_sender(sender: str) -> bool:
    """Say whether an SMS can come from a sender: up to 15 digits, or 3 to 11 characters of its alphabet."""
    if _is_number(sender) is not None:
        return True
    is_basic = (written := count(sender)).encoding == "GSM_7BIT" and written.units == len(sender)
    is_name = any(each.isalpha() for each in sender) and sender.isprintable() and sender == sender.strip()
    return is_basic and is_name and FEWEST <= len(sender) <= MOST


FEWEST, MOST = 3, 11
_is_number = re.compile(r"(?!00)[0-9]{3,15}").fullmatch


def _unjudged(_: Message) -> Status | None:
    return None


def _one_part(_: Message) -> int:
    return 1


def _content(content: Message) -> Message:
    return {"content": content}


@dataclass(frozen=True, slots=True)
class Sending:
    """What is particular to a channel.

    `is_sender` says whether somebody can be a sender, `judge` why Infobip would not send a message that is right in
    form, `parts` how many a content takes, and `logged` how the logs show a content.
    """

    channel: str
    form: Form
    accepted: Status = ACCEPTED
    recipients: Callable[[Message], Iterable[Recipient]] = one_each
    is_address: Callable[[str], object] = is_phone
    is_sender: Callable[[str], object] = is_registered
    judge: Callable[[Message], Status | None] = _unjudged
    parts: Callable[[Message], int] = _one_part
    logged: Callable[[Message], Message] = _content

    def knows_senders(self, message: Message) -> bool:
        """Say whether the message, and what is sent in its place, can come from whom they name."""
        named, options = message.get("sender"), message.get("options", {})
        others = [options.get(each, {}).get("sender") for each in ("smsFailover", "mmsFailover")]
        known = named is None or bool(self.is_sender(named))
        return known and all(each is None or is_sms_sender(each) for each in others)
