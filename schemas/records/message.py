"""What was handed to Infobip: a record for each message."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.wire import Wire

#: How it went, in the words that decision splits of journeys are made with.
MessageStatus = Literal[
    "Success",
    "Error: Missing phone number in request",
    "Error: Missing email address in request",
    "Error: Missing message field in request",
    "Error: Event too old",
    "Error: Sent before",
    "Error: Invalid phone number",
    "Error: Invalid email address",
    "Error: Invalid text length",
    "Error: Invalid template name",
    "Error: Invalid scenario key",
    "Error: Invalid promotional flag",
    "Error: Invalid image url length",
    "Error: Invalid from field",
    "Error: Invalid buttons field length",
    "Error: Invalid button url length",
    "Error: Invalid button text length",
    "Error: Invalid androidScheme and iosScheme length",
    "Error: Invalid callback data length",
    "Error: Missing reseller code in request",
    "Error: Invalid request",
    "Error: Rejected by Infobip",
]
Encoding = Literal["GSM_7BIT", "UCS_2"]


class Message(Wire):
    """One message handed to Infobip, or refused: a record of `infobip_messages`, keyed by its id."""

    message_id: str = Field(description="Its id at Infobip, made of job, event, profile and audience: one for ever.")
    job: str = Field(description="The job that sent it.")
    channel: str = Field(description="The channel.")
    event_id: str = Field(description="The event that asked for it.")
    profile_id: str = Field(description="Whose event it was.")
    audience: str = Field(description="The audience that was entered.")
    to: str | None = Field(description="The phone number in digits, or the email address; null where there is none.")
    sender: str | None = Field(description="Who sent it, as Infobip knows the sender.")
    status: Literal["enqueued", "enqueue_failed"] = Field(description="Whether Infobip took it.")
    message_status: MessageStatus = Field(description="How it went, in words to branch on.")
    repeated: bool = Field(description="Infobip had this message before: it was not sent again.")
    status_group_id: int | None = Field(description="Infobip's status; null where it gave none.")
    status_group_name: str | None = Field(description="Infobip's status; null where it gave none.")
    status_id: int | None = Field(description="Infobip's status; null where it gave none.")
    status_name: str | None = Field(description="Infobip's status; null where it gave none.")
    status_description: str | None = Field(description="Infobip's status; null where it gave none.")
    error: str | None = Field(description="Why it was refused: what is wrong, or Infobip's code and words.")
    parts: int | None = Field(description="How many parts the text takes; null where the channel has none.")
    encoding: Encoding | None = Field(description="How the parts are encoded; null where the channel has none.")
    bulk_id: str | None = Field(description="The name that its window's requests bear, or Infobip's id of its request.")
    sent_at: datetime = Field(description="When it was handed over, or refused.")
    cut: dict[str, int] = Field(
        {},
        description="Texts that were cut because the topic takes no record so large: by the name of the field the bytes"
        ' it had, such as {"event_id": 900000}; empty: none.',
    )

    @property
    def is_enqueued(self) -> bool:
        """Whether Infobip took it."""
        return self.status == "enqueued"
