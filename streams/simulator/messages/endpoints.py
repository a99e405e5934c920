"""What each messaging operation answers: from what was asked, to an answer, through the outbox and nothing else."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from streams.simulator.answers import Answer, Refusal
from streams.simulator.endpoints import Ask
from streams.simulator.messages import whatsapp
from streams.simulator.messages.logs import list_logs
from streams.simulator.messages.reading import read
from streams.simulator.messages.sending import Message, Sending, plain_number
from streams.simulator.messages.shared import moment
from streams.simulator.messages.shelf import SENDINGS
from streams.simulator.outbox import Outbox, Sent, Upload
from streams.simulator.statuses import BAD_DESTINATION, BAD_SENDER, Status

_WHATSAPP_FIELDS = frozenset({"from", "to", "messageId", "content", "callbackData", "notifyUrl"})


def send(sending: Sending, outbox: Outbox, ask: Ask) -> Answer:
    """Take messages of a channel, each for each of its recipients, and answer with the status of each."""
    request = read(sending.form, ask.body, ask.now, outbox.options.unknown_keys)
    options = request.get("options", {})
    schedule = options.get("schedule", {})
    bulk_id = schedule.get("bulkId") or outbox.made_up_id()
    when = (ask.now.timestamp(), moment(schedule["sendAt"]).timestamp() if "sendAt" in schedule else None)
    counts_parts = options.get("includeSmsCountInResponse", False)
    rows: list[dict[str, Any]] = []
    for message in request["messages"]:
        counted = counts_parts and "text" in message["content"]
        details = {"details": {"messageCount": sending.parts(message["content"])}} if counted else {}
        rows += [
            {"messageId": sent.message_id, "status": sent.status.shown, "destination": sent.to, **details}
            for sent in _send_one(sending, outbox, message, options, bulk_id, when)
        ]
    return Answer(200, {"bulkId": bulk_id, "messages": rows}, items=len(rows))


def _send_one(
    sending: Sending, outbox: Outbox, message: Message, options: Message, bulk_id: str, when: tuple[float, float | None]
) -> Iterator[Sent]:
    verdict = (sending.judge(message) or sending.accepted) if sending.knows_senders(message) else BAD_SENDER
    webhooks = message.get("webhooks", {})
    own = message.get("options")
    asked = {**own, **options} if own else options
    now, send_at = when
    for to, message_id in sending.recipients(message):
        yield outbox.take(
            Sent(
                sending.channel,
                message_id or outbox.made_up_id(),
                bulk_id,
                to,
                message.get("sender"),
                message["content"],
                webhooks.get("callbackData"),
                webhooks.get("delivery", {}).get("url"),
                options.get("tracking", {}).get("trackingUrl"),
                asked,
                now,
                verdict if sending.is_address(to) else BAD_DESTINATION,
                send_at=send_at,
                webhooks=webhooks,
            )
        )


def send_whatsapp_text(outbox: Outbox, ask: Ask) -> Answer:
    """Take one text."""
    message = read(whatsapp.TEXT, ask.body, ask.now, outbox.options.unknown_keys)
    return Answer(200, _send_whatsapp(outbox, message, None, ask.now.timestamp()), items=1)


def send_whatsapp_template(outbox: Outbox, ask: Ask) -> Answer:
    """Take templates; only of several the answer names the bulk."""
    request = read(whatsapp.TEMPLATE, ask.body, ask.now, outbox.options.unknown_keys, from_message=True)
    messages = request["messages"]
    bulk_id = request.get("bulkId") or (outbox.made_up_id() if len(messages) > 1 else None)
    rows = [_send_whatsapp(outbox, message, bulk_id, ask.now.timestamp()) for message in messages]
    bulk = {"bulkId": bulk_id} if len(messages) > 1 else {}
    return Answer(200, {"messages": rows, **bulk}, items=len(rows))


def _send_whatsapp(outbox: Outbox, message: Message, bulk_id: str | None, now: float) -> dict[str, Any]:
    to = plain_number(message["to"])
    sent = outbox.take(
        Sent(
            "whatsapp",
            message.get("messageId") or outbox.made_up_id(),
            bulk_id,
            to,
            plain_number(message["from"]),
            message["content"],
            message.get("callbackData"),
            message.get("notifyUrl"),
            message.get("urlOptions", {}).get("trackingUrl"),
            {name: value for name, value in message.items() if name not in _WHATSAPP_FIELDS},
            now,
            _whatsapp_verdict(outbox, message, to),
        )
    )
    return {"to": to, "messageCount": 1, "messageId": sent.message_id, "status": sent.status.shown}


def _whatsapp_verdict(outbox: Outbox, message: Message, to: str) -> Status:
    if outbox.templates.of(plain_number(message["from"])) is None:
        return BAD_SENDER
    return whatsapp.judge(message, to)


def list_whatsapp_templates(outbox: Outbox, ask: Ask) -> Answer:
    """Answer the templates of a sender."""
    templates = outbox.templates.of(plain_number(ask.name))
    if templates is None:
        raise Refusal(40401, "Sender does not exist")
    return Answer(200, {"templates": templates})


def upload_mms(outbox: Outbox, ask: Ask) -> Answer:
    """Keep content that messages can refer to, under an id that the same content always has."""
    missing = [name for name in ("X-Content-Id", "X-Media-Type") if not ask.headers.get(name)]
    if missing:
        return _not_uploaded(f"Required request header '{missing[0]}' is not present")
    minutes = ask.headers.get("X-Validity-Period-Minutes", "1")
    if not (minutes.isascii() and minutes.isdecimal()):
        return _not_uploaded("Request header 'X-Validity-Period-Minutes' is not a number")
    content_id, media_type = ask.headers["X-Content-Id"], ask.headers["X-Media-Type"]
    uploaded_id = hashlib.sha256(content_id.encode() + b"\n" + ask.body).hexdigest().upper()
    outbox.uploads[uploaded_id] = Upload(content_id, media_type, len(ask.body))
    return Answer(200, {"uploadedContentId": uploaded_id})


def _not_uploaded(message: str) -> Answer:
    return Answer(400, {"bulkId": "", "messages": [], "errorMessage": message})


MessageEndpoint = Callable[[Outbox, Ask], Answer]

MESSAGE_ENDPOINTS: Mapping[str, MessageEndpoint] = {
    **{f"send_{each.channel}": partial(send, each) for each in SENDINGS.values()},
    **{f"list_{each.channel}_logs": partial(list_logs, each) for each in SENDINGS.values()},
    "send_whatsapp_text": send_whatsapp_text,
    "send_whatsapp_template": send_whatsapp_template,
    "list_whatsapp_templates": list_whatsapp_templates,
    "upload_mms": upload_mms,
}
