"""What people do with links and emails, as Infobip tells it."""

from datetime import datetime

from pydantic import Field

from schemas.wire import Wire


class Click(Wire):
    """One click on a tracked link, or opening of an email: a record of `infobip_clicks`, keyed by the message's id."""

    click_id: str = Field(description="The same for the same click, however often it is told.")
    channel: str = Field(description="The channel the message went by.")
    received_at: datetime = Field(description="When it came.")
    job: str | None = Field(description="The job that sent the message; null where its callback data is not ours.")
    event_id: str | None = Field(description="The event that asked for it; null where its callback data is not ours.")
    profile_id: str | None = Field(description="Whose event it was; null where its callback data is not ours.")
    audience: str | None = Field(description="The audience that was entered; null as above.")
    message_id: str | None = Field(description="The message's id; null for an email that Infobip names by no id.")
    notification_type: str = Field(description="`CLICKED`, and of emails also `OPENED`.")
    recipient: str | None = Field(description="Whom the message went to.")
    url: str | None = Field(description="The link; null for an opening.")
    clicked_at: datetime | None = Field(
        description="When it was clicked; null for emails, of which Infobip tells only when they were sent."
    )
    device_type: str | None = Field(description="What it was clicked on, such as Phone.")
    os: str | None = Field(description="The system of that device.")
    device_name: str | None = Field(description="The name of that device.")
    callback_data: str | None = Field(description="What came back with it, as it came.")
    campaign: str | None = Field(description="The campaign that the message belongs to; null without one.")
