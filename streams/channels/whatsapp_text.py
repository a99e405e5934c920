"""WhatsApp texts: `POST /whatsapp/1/message/text`, one message a call."""

from collections.abc import Sequence
from typing import Any

from schemas.operations import SEND_WHATSAPP_TEXT
from streams.channels.channel import Channel, OutboundMessage, RequestOptions
from streams.channels.whatsapp import message


def body(messages: Sequence[OutboundMessage], manner: RequestOptions) -> dict[str, Any]:
    """The body, which is the message itself."""
    (one,) = messages
    return message(one, manner, "whatsapp_text", one.content.wire("channel"))


CHANNEL = Channel(
    name="whatsapp_text",
    operation=SEND_WHATSAPP_TEXT,
    body=body,
    takes_many=False,
)
