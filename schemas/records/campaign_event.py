"""What happened to a message, as campaign tools count it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.wire import Wire

CampaignStatus = Literal["enqueued", "enqueue_failed", "delivered", "rejected", "failed"]


class CampaignEvent(Wire):
    """One thing that happened to a message: a record of `infobip_campaign_events`, keyed by its id; each once."""

    event_type: str = Field(description="What such events are called: the job's `campaign_event`.")
    action_type: str = Field(description="The channel, such as sms or mms.")
    status: CampaignStatus = Field(
        description="`enqueued` or `enqueue_failed`: whether Infobip took it; `delivered`; `rejected` by Infobip; "
        "`failed`: it was not delivered, or expired."
    )
    status_code: int | None = Field(
        description="Infobip's error, 0 where there was none; for `enqueue_failed` its status; null where it gave none."
    )
    error: str | None = Field(
        description="The error's name, such as EC_UNIDENTIFIED_SUBSCRIBER, or the status's where there is no error; "
        "null where all went well."
    )
    comment: str | None = Field(description="The same in words; null where there are none.")
    number_of_message_parts: int | None = Field(description="How many parts it took; null where that is not known.")
    message_id: str = Field(description="The message's id.")
    job: str | None = Field(description="The job that sent the message.")
    channel: str | None = Field(description="The job's channel; the same as `action_type`.")
    event_id: str | None = Field(description="The event that asked for it.")
    profile_id: str | None = Field(description="Whose event it was.")
    audience: str | None = Field(description="The audience that was entered.")
    at: datetime = Field(description="When it happened: when it was sent, or got its status.")
