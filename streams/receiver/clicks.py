"""Clicks on tracked links, and openings of emails: one flat event each."""

from streams.receiver.callback_data import owner
from streams.receiver.fields import name, part, text
from streams.receiver.identities import NO_MESSAGE, digest, message_of
from streams.receiver.reading import Arrival, Entry, Told
from streams.receiver.times import moment


def click(entry: Entry, arrival: Arrival) -> tuple[Told, ...] | str:
    """One click, or one opening.

    Of emails, `sendDateTime` is when the email was sent: two clicks differ only by their `eventId`.
    """
    message_id, identity = message_of(entry, arrival.channel)
    if not identity:
        return NO_MESSAGE
    url, event_id = text(entry.get("url")), name(entry.get("eventId"))
    clicked_at = None if arrival.channel == "email" else moment(entry.get("sendDateTime"))
    click_id = digest(identity, url, clicked_at) if not event_id else digest("event", event_id)
    device, callback_data = part(entry.get("recipientInfo")), text(entry.get("callbackData"))
    value = {
        "click_id": click_id,
        "channel": arrival.channel,
        "received_at": arrival.received_at,
        **owner(callback_data),
        "message_id": message_id,
        "notification_type": entry["notificationType"],
        "recipient": name(entry.get("recipient")),
        "url": url,
        "clicked_at": clicked_at,
        "device_type": text(device.get("deviceType")),
        "os": text(device.get("os")),
        "device_name": text(device.get("deviceName")),
        "callback_data": callback_data,
        "campaign": text(entry.get("campaignReferenceId")),
    }
    return (Told("clicks", message_id, click_id, value),)
