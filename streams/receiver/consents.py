"""Opt-outs and opt-ins: of emails, by a word, and by a setting of the channel."""

from collections.abc import Mapping

from schemas.records.consent import ConsentReason, ConsentState
from streams.receiver.fields import name, part, text
from streams.receiver.identities import digest
from streams.receiver.reading import Arrival, Entry, Told
from streams.receiver.times import moment

#: What WhatsApp says of a person's marketing messages: whatsapp.json, receive-whatsapp-marketing-update-notification.
MARKETING: Mapping[str, ConsentState] = {"stop": "out", "resume": "in"}


def consent(
    arrival: Arrival,
    *,
    address: str,
    channel: str,
    state: ConsentState,
    reason: ConsentReason,
    at: str | None,
    identity: str | None,
    campaign: str | None = None,
) -> Told:
    """A consent to be written; `identity` names what it was told by, if anything does."""
    value = {
        "address": address,
        "channel": channel,
        "state": state,
        "reason": reason,
        "at": at or arrival.received_at,
        "source": arrival.source,
        "campaign": campaign,
    }
    return Told("consents", address, digest(address, channel, state, reason, identity or at), value)


def unsubscribed(entry: Entry, arrival: Arrival) -> tuple[Told, ...] | str:
    """That somebody unsubscribed from emails."""
    return _of_email(entry, arrival, "unsubscribe")


def complained(entry: Entry, arrival: Arrival) -> tuple[Told, ...] | str:
    """That somebody called an email spam."""
    return _of_email(entry, arrival, "complaint")


def _of_email(entry: Entry, arrival: Arrival, reason: ConsentReason) -> tuple[Told, ...] | str:
    address = name(entry.get("recipient"))
    if not address:
        return "recipient: is missing, or no address"
    told = consent(
        arrival,
        address=address,
        channel=arrival.channel,
        state="out",
        reason=reason,
        at=None,  # sendDateTime is when the email was sent
        identity=name(entry.get("eventId")) or name(entry.get("messageId")),
        campaign=text(entry.get("campaignReferenceId")),
    )
    return (told,)


def marketing_update(entry: Entry, arrival: Arrival) -> tuple[Told, ...] | str:
    """That somebody stopped or resumed marketing messages of a sender in WhatsApp."""
    content = part(entry.get("content"))
    address, said = name(content.get("from")), text(content.get("notificationMessagesStatus"))
    state = MARKETING.get((said or "").lower())
    if not address or state is None:
        return "content: names no person in `from`, or no known notificationMessagesStatus"
    told = consent(
        arrival,
        address=address,
        channel=arrival.channel,
        state=state,
        reason="consent_update",
        at=moment(entry.get("createdAt")),
        identity=None,
    )
    return (told,)
