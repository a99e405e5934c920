"""Inbound messages of all channels, and what they say about their sender's consent."""

from streams.receiver.channel_names import channel_of
from streams.receiver.consent_words import AROUND
from streams.receiver.consents import consent
from streams.receiver.fields import count, name, number, part, text
from streams.receiver.identities import NO_MESSAGE, digest
from streams.receiver.inbound_contents import Content, content_of, is_shallow
from streams.receiver.reading import Arrival, Entry, Told
from streams.receiver.times import moment

#: Contents whose words are the person's own answer; a caption of a picture is none.
ANSWERS = frozenset(
    {
        "TEXT",
        "BUTTON",
        "BUTTON_REPLY",
        "LIST_REPLY",
        "INTERACTIVE_BUTTON_REPLY",
        "INTERACTIVE_LIST_REPLY",
        "SUGGESTION",
    }
)


def inbound(entry: Entry, arrival: Arrival) -> tuple[Told, ...] | str:
    """One message, and a consent where all it says is a word such as STOP."""
    message_id, content = name(entry.get("messageId")), content_of(entry)
    if not message_id:
        return NO_MESSAGE
    if content is None:
        return "has neither text, message nor content"
    if not is_shallow(content.whole):
        return "message: is nested too deeply"
    told = _message(entry, arrival, digest("inbound", message_id), content)
    sender, said = told.key, content.text
    state = arrival.words.state_of(said) if said and sender and content.type in ANSWERS else None
    if state is None or sender is None:
        return (told,)
    by_word = consent(
        arrival,
        address=sender,
        channel=told.value["channel"],
        state=state,
        reason="keyword",
        at=told.value["sent_at"],
        identity=told.id,
        campaign=told.value["campaign"],
    )
    return told, by_word


def _message(entry: Entry, arrival: Arrival, inbound_id: str, content: Content) -> Told:
    channel = channel_of(entry.get("channel") or entry.get("integrationType"), arrival.channel)
    # As SMS, MMS and WhatsApp call them, and as the newer channels do.
    sender = name(entry.get("from") or entry.get("sender"))
    to = name(entry.get("to") or entry.get("destination"))
    keyword, price = text(entry.get("keyword")) or content.keyword, part(entry.get("price"))
    value = {
        "inbound_id": inbound_id,
        "channel": channel,
        "received_at": arrival.received_at,
        "sent_at": moment(entry.get("receivedAt")),
        "job": arrival.triggers.job_of(channel, to, _first_words(keyword, content.text)),
        "from": sender,
        "to": to,
        "keyword": keyword,
        "text": content.text,
        "clean_text": content.clean_text,
        "type": content.type,
        "content": content.whole,
        "reply_to": name(entry.get("pairedMessageId")) or content.answers,
        "contact_name": text(part(entry.get("contact")).get("name")),
        "message_count": count(entry),
        "price_per_message": number(price.get("pricePerMessage")),
        "price_currency": text(price.get("currency")),
        "campaign": text(entry.get("campaignReferenceId")),
    }
    return Told("inbound_messages", sender, inbound_id, value)


def _first_words(keyword: str | None, said: str | None) -> list[str]:
    """What may be a job's keyword: Infobip's own, and the first word, with and without what stands around it."""
    words = [] if keyword is None else [keyword.strip()]
    first = (said or "").split(maxsplit=1)[:1]
    return [*words, *first, *(word.strip(AROUND) for word in first)]
