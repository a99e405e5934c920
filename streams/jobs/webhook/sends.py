"""Infobip's sends whose bodies templates make: parted by recipient, each with the id of its message."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from schemas import operations
from schemas.operations import Operation
from streams.channels.channel import AddressOf, Channel, OutboundMessage, RequestOptions, nowhere
from streams.pipeline.callback_data import callback_data
from streams.pipeline.message_ids import Named

Body = dict[str, Any]


class NoMessages(ValueError):
    """A body is none that its operation takes: the text says what it lacks."""


@dataclass(frozen=True, slots=True)
class Part:
    """A body with one recipient alone: `message` and `recipient` are parts of it, and nobody else's."""

    body: Body
    message: Body
    recipient: Body
    to: str


@dataclass(frozen=True, slots=True)
class Send:
    """One of Infobip's sends: how its body is parted, and where reports are asked for in a message."""

    channel: Channel
    parts: Callable[[Body], Iterator[Part]]
    ask: Callable[[Body, str, AddressOf, str], None]


def messages(
    send: Send, body: Any, place: int, name: Named, whose: tuple[str, str, str], address: AddressOf = nowhere
) -> list[OutboundMessage]:
    """The messages of an event, one for each recipient of the body that its template gave.

    What the template gave stays: an id, callback data, an address for reports. `whose` are job, profile and audience.

    Raises:
        NoMessages: the body is none of the operation's.

    """
    if not isinstance(body, dict):
        raise NoMessages("gave no object, which a send of Infobip's takes")
    job, profile_id, audience = whose
    told = callback_data(job, name.event_id, profile_id, audience, {})
    found = []
    for number, part in enumerate(send.parts(body)):
        given = part.recipient.get("messageId")
        message_id = given if isinstance(given, str) and given else numbered(name.message_id, number)
        part.recipient["messageId"] = message_id
        send.ask(part.message, told, address, send.channel.name)
        found.append(OutboundMessage(message_id, part.to, part.body, told, event_id=name.event_id, entry=place))
    if not found:
        raise NoMessages("gave no message with a recipient")
    return found


def numbered(message_id: str, number: int) -> str:
    """The id of an event's message to one of its recipients: the event's own for the first."""
    return message_id if number == 0 else str(uuid5(UUID(message_id), str(number)))


def sender_of(body: Body) -> str | None:
    """Who sends a message, in the words of its operation."""
    said = next(iter(body.get("messages", ())), body)
    found = said.get("sender", said.get("from"))
    return found if isinstance(found, str) else None


# --- how bodies are parted ------------------------------------------------------------------------------------------


def _listed(of: Body, key: str) -> Sequence[Body]:
    found = of.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise NoMessages(f"gave no list of objects as `{key}`")
    return found


def _to(recipient: Mapping[str, Any], key: str = "to") -> str:
    found = recipient.get(key)
    return found if isinstance(found, str) else ""


def _by_destination(body: Body) -> Iterator[Part]:
    for message in _listed(body, "messages"):
        for destination in _listed(message, "destinations"):
            own = {**destination}
            alone = {**message, "destinations": [own]}
            yield Part({**body, "messages": [alone]}, alone, own, _to(own))


def _by_email(body: Body) -> Iterator[Part]:
    """Copies go with the first of those that they are copies for."""
    for message in _listed(body, "messages"):
        for destination in _listed(message, "destinations"):
            others = destination
            for recipient in _listed(destination, "to"):
                own = {**recipient}
                alone = {**message, "destinations": [{**others, "to": [own]}]}
                yield Part({**body, "messages": [alone]}, alone, own, _to(own, "destination"))
                others = {key: value for key, value in destination.items() if key not in {"cc", "bcc"}}


def _by_message(body: Body) -> Iterator[Part]:
    for message in _listed(body, "messages"):
        own = {**message}
        yield Part({**body, "messages": [own]}, own, own, _to(own))


def _whole(body: Body) -> Iterator[Part]:
    own = {**body}
    yield Part(own, own, own, _to(own))


# --- where reports are asked for ------------------------------------------------------------------------------------


def _in_webhooks(message: Body, told: str, address: AddressOf, channel: str) -> None:
    hooks: Body = {"callbackData": told, "contentType": "application/json"}
    if (url := address("reports", channel)) is not None:
        hooks["delivery"] = {"url": url}
        if channel in _SEEN:
            hooks["seen"] = {"url": address("seen", channel)}
    given = message.get("webhooks")
    message["webhooks"] = {**hooks, **given} if isinstance(given, dict) else hooks


def _in_message(message: Body, told: str, address: AddressOf, channel: str) -> None:
    message.setdefault("callbackData", told)
    if (url := address("reports", channel)) is not None and "notifyUrl" not in message:
        message["notifyUrl"] = url
        if channel == "sms":
            message.setdefault("notifyContentType", "application/json")


#: Channels that report at an address of its own that a message was read.
_SEEN = frozenset({"viber", "rcs", "omni"})


# --- the table ------------------------------------------------------------------------------------------------------


def _only(bodies: Sequence[OutboundMessage], _: RequestOptions) -> Any:
    return bodies[0].content


def _send(
    channel: str,
    operation: Operation,
    logs: Operation | None,
    reports: Operation | None,
    parts: Callable[[Body], Iterator[Part]] = _by_destination,
    ask: Callable[[Body, str, AddressOf, str], None] = _in_webhooks,
) -> Send:
    return Send(Channel(channel, operation, _only, takes_many=False, logs=logs, reports=reports), parts, ask)


#: Those that are made here as carefully as a channel's own, by their operation.
SENDS: Mapping[str, Send] = {
    send.channel.operation.name: send
    for send in (
        _send("sms", operations.SEND_SMS, operations.LIST_SMS_LOGS, operations.LIST_SMS_REPORTS),
        _send(
            *("sms", operations.SEND_SMS_V2, operations.LIST_SMS_LOGS, operations.LIST_SMS_REPORTS),
            ask=_in_message,
        ),
        _send("mms", operations.SEND_MMS, operations.LIST_MMS_LOGS, operations.LIST_MMS_REPORTS),
        _send("email", operations.SEND_EMAIL, operations.LIST_EMAIL_LOGS, operations.LIST_EMAIL_REPORTS, _by_email),
        _send("viber", operations.SEND_VIBER, operations.LIST_VIBER_LOGS, operations.LIST_VIBER_REPORTS),
        _send("rcs", operations.SEND_RCS, operations.LIST_RCS_LOGS, operations.LIST_RCS_REPORTS),
        _send(
            *("kakao_alim", operations.SEND_KAKAO_ALIM),
            *(operations.LIST_KAKAO_ALIM_LOGS, operations.LIST_KAKAO_ALIM_REPORTS),
        ),
        _send(
            *("kakao_chingu", operations.SEND_KAKAO_CHINGU),
            *(operations.LIST_KAKAO_CHINGU_LOGS, operations.LIST_KAKAO_CHINGU_REPORTS),
        ),
        _send("omni", operations.SEND_MESSAGES, None, None),
        _send("whatsapp_template", operations.SEND_WHATSAPP_TEMPLATE, None, None, _by_message, _in_message),
        _send("whatsapp_text", operations.SEND_WHATSAPP_TEXT, None, None, _whole, _in_message),
        *(_send("whatsapp", one, None, None, _whole, _in_message) for one in operations.WHATSAPP_SENDS),
    )
}
