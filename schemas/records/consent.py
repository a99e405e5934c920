"""Who no longer wants messages, and who wants them again."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.records.delivery_report import Source
from schemas.wire import Wire

ConsentState = Literal["out", "in"]
#: How the person said so: a link in an email, a complaint about one, a word such as STOP, a setting of the channel.
ConsentReason = Literal["unsubscribe", "complaint", "keyword", "consent_update"]


class Consent(Wire):
    """One opt-out or opt-in: a record of `infobip_consents`, keyed by the address."""

    address: str = Field(description="Whose consent it is: a phone number or an email address, as Infobip writes it.")
    channel: str = Field(description="The channel it was told on.")
    state: ConsentState = Field(description="`out`: no more messages; `in`: messages again.")
    reason: ConsentReason = Field(
        description="How it was told: `unsubscribe` or `complaint` of an email, `keyword` of a text such as STOP, or "
        "`consent_update` of the channel's own setting."
    )
    at: datetime = Field(description="When it was told; where Infobip does not say, when it came.")
    source: Source = Field(description="How it came.")
    campaign: str | None = Field(description="The campaign of the message that it is about; null without one.")
