"""Events of what people do with links and emails: each is one flat object."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from streams.simulator.feedback.bodies import Body, platform_of, there
from streams.simulator.feedback.courses import Kind, Step
from streams.simulator.feedback.times import milliseconds
from streams.simulator.outbox import Sent

_RECIPIENT: Mapping[str, Any] = {"deviceType": "Phone", "os": "iOS 12", "deviceName": "Apple"}
_PLACE: Mapping[str, Any] = {"countryName": "Germany", "city": "Berlin"}
_NOTIFICATIONS: Mapping[Kind, str] = {
    "open": "OPENED",
    "click": "CLICKED",
    "unsubscribe": "UNSUBSCRIBED",
    "complaint": "COMPLAINED",
    "late_bounce": "LATE_BOUNCE",
}
#: What the provider of a mailbox tells, who knows nothing of a device.
_OF_PROVIDERS = frozenset({"complaint", "late_bounce"})


def tracking_body(sent: Sent, step: Step, number: int) -> Body:
    """Return the event of a report: an email's, or a click on a link of another message.

    The form of clicks is published for SMS and MMS; other channels are told of in the same.
    """
    return _of_email(sent, step, number) if sent.channel == "email" else _of_link(sent, step)


def _of_link(sent: Sent, step: Step) -> Body:
    return there(
        notificationType=_NOTIFICATIONS[step.kind],
        recipient=sent.to,
        url=step.url,
        sendDateTime=milliseconds(step.told_at),
        messageId=sent.message_id,
        bulkId=sent.bulk_id,
        callbackData=sent.callback_data,
        recipientInfo=_RECIPIENT,
        geoLocationInfo=_PLACE,
        **platform_of(sent),
    )


def _of_email(sent: Sent, step: Step, number: int) -> Body:
    """Return an event of an email, whose time is that of the email."""
    address = (sent.sender or "").rstrip(">").rpartition("<")[2]
    by_provider = step.kind in _OF_PROVIDERS
    return there(
        notificationType=_NOTIFICATIONS[step.kind],
        eventId=str(uuid5(NAMESPACE_URL, f"{sent.message_id} {number}")),
        domain=address.partition("@")[2] or None,
        recipient=sent.to,
        sender=address if by_provider else None,
        url=step.url or None,
        sendDateTime=milliseconds(sent.sent_at),
        messageId=sent.message_id,
        bulkId=sent.bulk_id,
        callbackData=sent.callback_data,
        recipientInfo=None if by_provider else _RECIPIENT,
        geoLocation=None if by_provider else _PLACE,
        campaignReferenceId=sent.options.get("campaignReferenceId"),
        **platform_of(sent),
    )
