"""What an entry is about, by what it says of itself and by its shape."""

from collections.abc import Mapping
from typing import Any, Literal

from streams.receiver.fields import part, text

Sort = Literal[
    "delivery",
    "seen",
    "inbound",
    "click",
    "opening",
    "unsubscription",
    "complaint",
    "late_bounce",
    "marketing_update",
    "typing",
    "conversation",
    "sender_update",
    "template_update",
    "capability",
    "bounce_rate",
    "payment",
    "identity_change",
]

#: `event` of the Messages API, or its `type` in RCS.
EVENTS: Mapping[Any, Sort] = {
    "DELIVERY": "delivery",
    "SEEN": "seen",
    "MO": "inbound",
    "TYPING_STARTED": "typing",
    "TYPING_STOPPED": "typing",
    "TYPING_INDICATOR": "typing",
    "CONVERSATION_STARTED": "conversation",
    "RCS_SENDER_STATUS_UPDATE": "sender_update",
    "RCS_SENDER_LAUNCH_STATUS_UPDATE": "sender_update",
    "RCS_TEST_NUMBER_STATUS_UPDATE": "sender_update",
}
#: `notificationType` of tracked links and emails.
NOTIFICATIONS: Mapping[Any, Sort] = {
    "CLICKED": "click",
    "OPENED": "opening",
    "UNSUBSCRIBED": "unsubscription",
    "COMPLAINED": "complaint",
    "LATE_BOUNCE": "late_bounce",
}
#: `eventDetails.type`: email.json, receive-email-platform-events.
PLATFORM_EVENTS: Mapping[Any, Sort] = {
    "HIGH_BOUNCE_RATE_WARNING": "bounce_rate",
    "HIGH_BOUNCE_RATE_BLOCKED": "bounce_rate",
}
#: `content.type` of WhatsApp's notifications.
NOTICES: Mapping[Any, Sort] = {"payment": "payment", "user_identity_changed": "identity_change"}
#: What only one sort of entry has; the first that is there tells.
SHAPES: tuple[tuple[str, Sort], ...] = (
    ("status", "delivery"),
    ("seenAt", "seen"),
    ("receivedAt", "inbound"),
    ("messageTemplateId", "template_update"),
    ("templateStatus", "template_update"),
    ("capabilityCheckResult", "capability"),
)


def sort_of(entry: Mapping[str, Any]) -> Sort | None:
    """What an entry is about; None where it is nothing that is known."""
    event = entry.get("event")
    if event is not None and (found := EVENTS.get(text(event) or _type(event))) is not None:
        return found
    for key, sort in SHAPES:
        if key in entry:
            return sort
    if "notificationType" in entry:
        return NOTIFICATIONS.get(text(entry["notificationType"]))
    if "eventDetails" in entry:
        return PLATFORM_EVENTS.get(_type(entry["eventDetails"]))
    content = part(entry.get("content"))
    return "marketing_update" if "notificationMessagesStatus" in content else NOTICES.get(_type(content))


def _type(said: Any) -> str | None:
    return text(part(said).get("type"))
