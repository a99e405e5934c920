"""Email: `POST /email/4/messages`."""

from collections.abc import Sequence
from typing import Any

import orjson

from schemas.content.email import EmailContent
from schemas.jobs.send_message import UrlOptions
from schemas.operations import LIST_EMAIL_LOGS, LIST_EMAIL_REPORTS, SEND_EMAIL
from streams.channels.channel import Channel, OutboundMessage, RequestOptions
from streams.channels.unified import labels, schedule, timing, webhooks

#: What stands in the content of a message, as it is, and what Infobip wants as the text of a JSON object.
SAID = {"subject", "html", "amp_html", "text", "template_id", "template_language_version", "optout_landing_page_id"}
AS_JSON = {"default_placeholders", "landing_page_placeholders", "headers"}


def body(messages: Sequence[OutboundMessage], manner: RequestOptions) -> dict[str, Any]:
    """The body; each message has one recipient, because what comes back with its reports is its own."""
    whole: dict[str, Any] = {"messages": [_message(one, manner) for one in messages]}
    of_request: dict[str, Any] = {}
    if planned := schedule(manner):
        of_request["schedule"] = planned
    if manner.url_options is not None:
        of_request["tracking"] = tracking(manner.url_options, manner.address("clicks", "email"))
    return {**whole, "options": of_request} if of_request else whole


def tracking(urls: UrlOptions, tracking_url: str | None) -> dict[str, Any]:
    """URL options in Infobip's words for email, which has none for the form of URLs; openings are the account's."""
    chosen: dict[str, Any] = {"trackClicks": urls.track_clicks}
    if urls.track_clicks and tracking_url is not None:
        chosen["trackingUrl"] = tracking_url
    return chosen


def _message(one: OutboundMessage, manner: RequestOptions) -> dict[str, Any]:
    message: dict[str, Any] = {
        "destinations": [_destination(one, one.content)],
        "content": _content(one.content),
        "webhooks": webhooks(one, manner, "email", seen=False),
    }
    if manner.sender is not None:
        message["sender"] = manner.sender
    if options := {**timing(one.content), **labels(manner)}:
        message["options"] = options
    return message


def _destination(one: OutboundMessage, said: EmailContent) -> dict[str, Any]:
    to = {"destination": one.to, "messageId": one.message_id}
    if said.placeholders:
        to["placeholders"] = orjson.dumps(said.placeholders).decode()
    return {"to": [to]} if said.reply_to is None else {"to": [to], "replyTo": said.reply_to}


def _content(said: EmailContent) -> dict[str, Any]:
    plain = said.model_dump(by_alias=True, exclude_none=True, include=SAID)
    mappings = said.model_dump(by_alias=True, include=AS_JSON)
    return plain | {name: orjson.dumps(mapping).decode() for name, mapping in mappings.items() if mapping}


CHANNEL = Channel(name="email", operation=SEND_EMAIL, body=body, logs=LIST_EMAIL_LOGS, reports=LIST_EMAIL_REPORTS)
