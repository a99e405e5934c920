"""Delivery and seen reports of all channels, in all their forms."""

from collections.abc import Mapping
from typing import Any

from schemas.records.delivery_report import ReportEvent
from streams.receiver.callback_data import owner
from streams.receiver.channel_names import channel_of
from streams.receiver.fields import NOTHING, count, name, network, number, part, recipient_of, text, truth, whole
from streams.receiver.identities import NO_MESSAGE, digest, message_of
from streams.receiver.reading import Arrival, Entry, Told
from streams.receiver.times import moment

#: What a late bounce means in the words of status groups: it tells no status itself.
BOUNCED: Mapping[str, Any] = {"groupId": 2, "groupName": "UNDELIVERABLE", "name": "LATE_BOUNCE"}


def delivery(entry: Entry, arrival: Arrival) -> tuple[Told, ...] | str:
    """What became of a message; from the logs the same, under other names."""
    status = part(entry.get("status"))
    status_id = whole(status.get("id"))
    group_id = whole(status.get("groupId"))
    if status_id is None and group_id is None:
        return "status: is missing, or names neither id nor groupId"
    channel = channel_of(entry.get("channel"), arrival.channel)
    message_id, identity = message_of(entry, channel)
    if not identity:
        return NO_MESSAGE
    done_at = moment(entry.get("doneAt"))
    known_by = status_id if status_id is not None else f"group {group_id}"
    report_id = digest(identity, "delivery", known_by, done_at)
    began = _beginning(entry, arrival, report_id, "delivery", channel, message_id)
    sent_at = moment(entry.get("sentAt"))
    value = {**began, **_status(status), **_error(entry), **_end(entry, sent_at, done_at, None)}
    return (Told("delivery_reports", message_id, report_id, value),)


def seen(entry: Entry, arrival: Arrival) -> tuple[Told, ...] | str:
    """That a message was seen: no status, and mostly no callback data."""
    channel = channel_of(entry.get("channel"), arrival.channel)
    message_id, identity = message_of(entry, channel)
    if not identity:
        return NO_MESSAGE
    seen_at = moment(entry.get("seenAt"))
    report_id = digest(identity, "seen", None, seen_at)
    began = _beginning(entry, arrival, report_id, "seen", channel, message_id)
    # OMNI failover spells it so.
    sent_at = moment(entry.get("sentAt") or entry.get("sendAt"))
    value = {**began, **_status(NOTHING), **_error(NOTHING), **_end(entry, sent_at, None, seen_at)}
    return (Told("delivery_reports", message_id, report_id, value),)


def late_bounce(entry: Entry, arrival: Arrival) -> tuple[Told, ...] | str:
    """That an email came back after it had been taken: an event that tells neither a status nor its own time."""
    message_id, identity = message_of(entry, arrival.channel)
    if not identity:
        return NO_MESSAGE
    report_id = digest(identity, "delivery", "LATE_BOUNCE", name(entry.get("eventId")))
    began = _beginning(entry, arrival, report_id, "delivery", arrival.channel, message_id)
    sent_at = moment(entry.get("sendDateTime"))
    value = {**began, **_status(BOUNCED), **_error(NOTHING), **_end(entry, sent_at, None, None)}
    return (Told("delivery_reports", message_id, report_id, value),)


def _beginning(
    entry: Entry, arrival: Arrival, report_id: str, event: ReportEvent, channel: str, message_id: str | None
) -> dict[str, Any]:
    price = part(entry.get("price"))
    return {
        "report_id": report_id,
        "event": event,
        "channel": channel,
        "source": arrival.source,
        "received_at": arrival.received_at,
        **owner(text(entry.get("callbackData"))),
        "message_id": message_id,
        "bulk_id": name(entry.get("bulkId")),
        "to": recipient_of(entry),
        "sender": name(entry.get("sender") or entry.get("from")),
        "message_count": count(entry),
        "price_per_message": number(price.get("pricePerMessage")),
        "price_currency": text(price.get("currency")),
    }


def _status(status: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status_group_id": whole(status.get("groupId")),
        "status_group_name": text(status.get("groupName")),
        "status_id": whole(status.get("id")),
        "status_name": text(status.get("name")),
        "status_description": text(status.get("description")),
    }


def _error(entry: Mapping[str, Any]) -> dict[str, Any]:
    error = part(entry.get("error"))
    return {
        "error_group_id": whole(error.get("groupId")),
        "error_group_name": text(error.get("groupName")),
        "error_id": whole(error.get("id")),
        "error_name": text(error.get("name")),
        "error_description": text(error.get("description")),
        "error_permanent": truth(error.get("permanent")),
    }


def _end(entry: Entry, sent_at: str | None, done_at: str | None, seen_at: str | None) -> dict[str, Any]:
    mcc, mnc = network(entry.get("mccMnc"))
    return {
        "callback_data": text(entry.get("callbackData")),
        "sent_at": sent_at,
        "done_at": done_at,
        "seen_at": seen_at,
        "original_mcc": mcc,
        "original_mnc": mnc,
        "campaign": text(entry.get("campaignReferenceId")),
    }
