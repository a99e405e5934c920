"""One event's message on its way."""

from dataclasses import dataclass
from typing import Any

from streams.channels.channel import InvalidMessage, OutboundMessage
from streams.channels.sms_parts import Parts


@dataclass(slots=True)
class Draft:
    """One event's message: ready to go, or why it cannot be made; `entry` is its place in the window.

    `expires_at` is when it is too late for it, in Unix seconds.
    """

    entry: int
    message_id: str
    event_id: str
    former_id: str | None = None
    expires_at: float | None = None
    to: str | None = None
    content: Any = None
    callback_data: str = ""
    parts: Parts | None = None
    unfit: InvalidMessage | None = None

    def is_of(self, message_id: str) -> bool:
        """Whether it is the message of this id, in today's form or the former one."""
        return message_id in (self.message_id, self.former_id)

    def outbound(self) -> OutboundMessage:
        """The message, to be sent."""
        return OutboundMessage(
            self.message_id, self.to or "", self.content, self.callback_data, self.former_id, self.expires_at
        )
