"""What Infobip tells of a message it was handed: that it arrived, that it did not, that it was seen."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.wire import Wire

#: What a report tells of: what became of the message, or that it was seen.
ReportEvent = Literal["delivery", "seen"]
#: How it came: Infobip called, or it was asked for its reports, or for its logs.
Source = Literal["webhook", "pull", "logs"]


class DeliveryReport(Wire):
    """One delivery or seen report: a record of `infobip_delivery_reports`, keyed by the message's id."""

    report_id: str = Field(description="The same for the same report, however often and however it comes.")
    event: ReportEvent = Field(description="Whether it tells what became of the message, or that it was seen.")
    channel: str = Field(
        description="The channel it went by, such as `sms` or `whatsapp`: the one that Infobip names, or that of the "
        "address."
    )
    source: Source = Field(description="How it came: by webhook, as a report that was asked for, or from the logs.")
    received_at: datetime = Field(description="When it came.")
    job: str | None = Field(description="The job that sent the message; null where its callback data is not ours.")
    event_id: str | None = Field(description="The event that asked for it; null where its callback data is not ours.")
    profile_id: str | None = Field(description="Whose event it was; null where its callback data is not ours.")
    audience: str | None = Field(description="The audience that was entered; null as above.")
    message_id: str | None = Field(description="The message's id; null for an email that Infobip names by no id.")
    bulk_id: str | None = Field(description="Infobip's id of the request that the message went with.")
    to: str | None = Field(description="Whom the message went to, as Infobip writes it.")
    sender: str | None = Field(description="Who sent it.")
    message_count: int | None = Field(description="How many parts it took.")
    price_per_message: float | None = Field(description="What a part cost, in `price_currency`.")
    price_currency: str | None = Field(description="The currency of the price, such as EUR.")
    status_group_id: int | None = Field(
        description="Infobip's status: 1 pending, 2 undeliverable, 3 delivered, 4 expired, 5 rejected; null when seen."
    )
    status_group_name: str | None = Field(description="Infobip's status; null when seen.")
    status_id: int | None = Field(description="Infobip's status; null when seen, and for a late bounce.")
    status_name: str | None = Field(description="Infobip's status; null when seen.")
    status_description: str | None = Field(description="Infobip's status; null when seen.")
    error_group_id: int | None = Field(description="Infobip's error; null where it gave none.")
    error_group_name: str | None = Field(description="Infobip's error; null where it gave none.")
    error_id: int | None = Field(description="Infobip's error, 0 where there was none; null where it gave none.")
    error_name: str | None = Field(description="Infobip's error; null where it gave none.")
    error_description: str | None = Field(description="Infobip's error; null where it gave none.")
    error_permanent: bool | None = Field(description="Whether another try would fail as well.")
    callback_data: str | None = Field(description="What came back with it, as it came.")
    sent_at: datetime | None = Field(description="When Infobip sent the message.")
    done_at: datetime | None = Field(description="When it got its status.")
    seen_at: datetime | None = Field(description="When it was seen.")
    original_mcc: str | None = Field(description="The country of the number's network: the first 3 digits of mccMnc.")
    original_mnc: str | None = Field(description="The network in that country: the digits behind them.")
    campaign: str | None = Field(description="The campaign that the message belongs to; null without one.")
