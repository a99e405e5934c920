"""How the sends of one channel are read, judged, answered and logged: a channel is a value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from streams.sandbox.infobip.messages.reading import Form
from streams.sandbox.infobip.statuses import ACCEPTED, Status
from streams.sandbox.infobip.values import is_phone

Message = Mapping[str, Any]
Recipient = tuple[str, str | None]
"""An address and the id that was asked for."""


def plain_number(to: str) -> str:
    """Return a number as Infobip shows it, without the plus."""
    return to.removeprefix("+")


def one_each(message: Message) -> Iterable[Recipient]:
    """Return the recipients of a message: one for each destination."""
    return [(plain_number(each["to"]), each.get("messageId")) for each in message["destinations"]]


def _unjudged(_: Message) -> Status | None:
    return None


def _one_part(_: Message) -> int:
    return 1


def _content(content: Message) -> Message:
    return {"content": content}


@dataclass(frozen=True, slots=True)
class Sending:
    """What is particular to a channel.

    `judge` says why Infobip would not send a message that is right in form, `parts` how many a content takes, and
    `logged` how the logs show a content.
    """

    channel: str
    form: Form
    accepted: Status = ACCEPTED
    recipients: Callable[[Message], Iterable[Recipient]] = one_each
    is_address: Callable[[str], object] = is_phone
    judge: Callable[[Message], Status | None] = _unjudged
    parts: Callable[[Message], int] = _one_part
    logged: Callable[[Message], Message] = _content
