"""What people write to numbers and senders of the account."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from schemas.wire import Wire


class InboundMessage(Wire):
    """One message that somebody sent: a record of `infobip_inbound_messages`, keyed by who sent it."""

    model_config = ConfigDict(serialize_by_alias=True)

    inbound_id: str = Field(description="The same for the same message, however often and however it comes.")
    channel: str = Field(description="The channel it came by: the one that Infobip names, or that of the address.")
    received_at: datetime = Field(description="When it came here.")
    sent_at: datetime | None = Field(description="When Infobip received it.")
    job: str | None = Field(description="The job that asked for such messages; null where none did.")
    from_: str | None = Field(alias="from", description="Who sent it, as Infobip writes the number.")
    to: str | None = Field(description="The number or sender it was sent to.")
    keyword: str | None = Field(description="The keyword that Infobip found in it.")
    text: str | None = Field(
        description="What it says; of what is no text its caption, title or button; null where there is none."
    )
    clean_text: str | None = Field(description="The text without the keyword, where Infobip tells it.")
    type: str | None = Field(description="What it is, such as TEXT, IMAGE or BUTTON; null where Infobip does not say.")
    content: Any = Field(
        description="All of it as Infobip wrote it: an object, or a list of parts for MMS and the Messages API; null "
        "for SMS, which are their text."
    )
    reply_to: str | None = Field(description="The id of the message it answers, where Infobip knows.")
    contact_name: str | None = Field(description="What the person is called there.")
    message_count: int | None = Field(description="How many parts it took.")
    price_per_message: float | None = Field(description="What a part cost, in `price_currency`.")
    price_currency: str | None = Field(description="The currency of the price, such as EUR.")
    campaign: str | None = Field(description="The campaign that it belongs to; null without one.")
