"""Delivery and seen reports in the forms that Infobip publishes, channel by channel."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from streams.simulator.feedback.courses import Step, failover_of, stand_in_of
from streams.simulator.feedback.times import wire_time
from streams.simulator.messages.networks import network_of
from streams.simulator.messages.shelf import parts_of
from streams.simulator.options import SimulatorOptions
from streams.simulator.outbox import Sent
from streams.simulator.statuses import Status

Body = dict[str, Any]
PRICE: Mapping[str, Any] = {"pricePerMessage": 0, "currency": "EUR"}
_OF_NETWORKS = frozenset({"sms", "mms"})
_SMTP_DELIVERED = "250 2.0.0 OK"


def there(**values: Any) -> Body:
    """Return those values that are there: what is None has no key."""
    return {name: value for name, value in values.items() if value is not None}


def platform_of(sent: Sent) -> Mapping[str, Any]:
    """Return on whose behalf a message was sent; WhatsApp says it on the message itself."""
    found: Mapping[str, Any] = sent.options if sent.channel == "whatsapp" else sent.options.get("platform", {})
    return {name: found[name] for name in ("entityId", "applicationId") if name in found}


def _status(step: Step) -> Status:
    if step.status is None:
        raise ValueError(step.kind)
    return step.status


def _channel_of(sent: Sent, step: Step) -> str:
    return stand_in_of(sent) if step.stands_in else sent.channel


def sender_of(sent: Sent, step: Step) -> str | None:
    """Return who a message came from, or the one that stands in for it."""
    instead = failover_of(sent) if step.stands_in else None
    if instead is None:
        return sent.sender
    sender: str | None = instead.get("sender") or instead.get("from") or sent.sender
    return sender


def unified(sent: Sent, step: Step) -> Body:
    """Return a report as most channels tell it, and as it is pulled."""
    status, channel = _status(step), _channel_of(sent, step)
    return there(
        bulkId=sent.bulk_id,
        price=PRICE,
        status=status.shown,
        error=status.error.shown,
        messageId=sent.message_id,
        to=sent.to,
        sender=sender_of(sent, step),
        sentAt=wire_time(sent.sent_at),
        doneAt=wire_time(step.done_at),
        messageCount=1 if step.stands_in else parts_of(sent.channel, sent.content),
        mccMnc=network_of(sent.to) if channel in _OF_NETWORKS else None,
        callbackData=sent.callback_data,
        platform=platform_of(sent) or None,
        campaignReferenceId=sent.options.get("campaignReferenceId"),
    )


def of_sms_v1(sent: Sent, step: Step) -> Body:
    """Return a report as the first version of SMS reports has it."""
    told = unified(sent, step)
    told.pop("platform", None)
    renamed = {"sender": "from", "messageCount": "smsCount"}
    return {**{renamed.get(name, name): value for name, value in told.items()}, **platform_of(sent)}


def _of_rcs(sent: Sent, step: Step) -> Body:
    """Return a report of RCS; the channel is told where another could stand in."""
    told = unified(sent, step)
    if failover_of(sent) is not None:
        told["channel"] = _channel_of(sent, step).upper()
    if not step.stands_in:
        told["price"] = {"trafficType": "BASIC", **PRICE}
        told["interactionType"] = "BASIC_MESSAGE"
    return told | {"conversation": {"canInitiate": False}}


_OF_WHATSAPP = ("price", "status", "error", "messageId", "doneAt", "messageCount", "sentAt", "to")


def _of_whatsapp(options: SimulatorOptions, sent: Sent, step: Step) -> Body:
    """Return a report of WhatsApp, which does not say who sent it; without a bulk its id is empty."""
    told = unified(sent, step)
    kept = (*_OF_WHATSAPP, "callbackData") if options.whatsapp_callback_data else _OF_WHATSAPP
    body = {name: told[name] for name in kept if name in told}
    return {"bulkId": sent.bulk_id or "", **body, "contact": {"phoneNumber": sent.to}}


def _of_email(sent: Sent, step: Step) -> Body:
    status = _status(step)
    return there(
        **platform_of(sent),
        campaignReferenceId=sent.options.get("campaignReferenceId"),
        bulkId=sent.bulk_id,
        price=PRICE,
        status=status.shown,
        error=status.error.shown,
        messageId=sent.message_id,
        doneAt=wire_time(step.done_at),
        smsCount=1,
        sentAt=wire_time(sent.sent_at),
        attemptCount=1,
        timeToFirstAttempt=0,
        sendingIp="192.0.2.0",
        smtp={"response": _SMTP_DELIVERED if status.error.id == 0 else f"550 5.1.1 {status.error.name}"},
        callbackData=sent.callback_data,
        to=sent.to,
    )


def of_email_pulled(sent: Sent, step: Step) -> Body:
    """Return a report of an email as it is pulled."""
    return unified(sent, step) | {"attemptCount": 1, "timeToFirstAttempt": 0}


def delivery_body(options: SimulatorOptions, sent: Sent, step: Step) -> Body:
    """Return a delivery report as it is posted."""
    special: Mapping[str, Callable[[Sent, Step], Body]] = {
        "rcs": _of_rcs,
        "whatsapp": partial(_of_whatsapp, options),
        "email": _of_email,
    }
    return special.get(sent.channel, unified)(sent, step)


def seen_body(sent: Sent, step: Step) -> Body:
    """Return a seen report, which says neither the bulk nor what was to come back."""
    named = None if sent.channel == "whatsapp" else sent.options.get("campaignReferenceId")
    return there(
        messageId=sent.message_id,
        **{"from": sent.sender},
        to=sent.to,
        sentAt=wire_time(sent.sent_at),
        seenAt=wire_time(step.told_at),
        **platform_of(sent),
        campaignReferenceId=named,
        contact={"phoneNumber": sent.to} if sent.channel == "whatsapp" else None,
    )
