"""What every WhatsApp message has, whatever it says."""

from typing import Any

from streams.channels.channel import OutboundMessage, RequestOptions
from streams.channels.unified import tracking


def message(one: OutboundMessage, manner: RequestOptions, channel: str, content: Any) -> dict[str, Any]:
    """A message as Infobip takes it; reports that it was seen go where delivery reports go."""
    whole = {
        "from": manner.sender,
        "to": one.to,
        "messageId": one.message_id,
        "content": content,
        "callbackData": one.callback_data,
    }
    if (url := manner.address("reports", channel)) is not None:
        whole["notifyUrl"] = url
    if manner.url_options is not None:
        whole["urlOptions"] = tracking(manner.url_options, manner.address("clicks", channel))
    return whole if manner.platform is None else {**whole, **manner.platform.wire()}
