"""The options of the kind `track_messages`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from schemas.config.values import Duration, Flag, JobName, Region, Text, once
from schemas.content import CHANNEL_NAMES
from schemas.jobs.job import JobSettings
from schemas.jobs.silent_countries import COUNTRIES_WITHOUT_REPORTS

#: Reports may take so long, by the same guide as the countries without any.
WAIT = timedelta(days=4)
WAIT_FOR_REPLY = timedelta(hours=2)
ALL = "all"


def _channel(name: str) -> str:
    if name not in CHANNEL_NAMES:
        raise ValueError(f"unknown channel (there are: {', '.join(CHANNEL_NAMES)})")
    return name


def _channel_or_all(name: str) -> str:
    return name if name == ALL else _channel(name)


Channel = Annotated[str, AfterValidator(_channel), WithJsonSchema({"type": "string", "enum": list(CHANNEL_NAMES)})]
ChannelOrAll = Annotated[
    str, AfterValidator(_channel_or_all), WithJsonSchema({"type": "string", "enum": [*CHANNEL_NAMES, ALL]})
]


class TrackMessages(JobSettings):
    """A job that tells what became of every message: outcomes, and campaign events."""

    kind: Literal["track_messages"] = Field(description="`track_messages`: tells what became of every message.")
    jobs: Annotated[tuple[JobName, ...], AfterValidator(once)] = Field(
        (), description="The jobs whose messages are followed, by name. Default: all of them. Example: [order-sms]"
    )
    wait: Duration = Field(
        WAIT,
        description="How long a message waits for its final report before it is said to have none. A mapping of one "
        "unit: seconds, minutes, hours or days. Default: {days: 4}. Example: {hours: 48}",
        json_schema_extra={"default": {"days": 4}},
    )
    wait_by_channel: Mapping[Channel, Duration] = Field(
        {}, description="The same for messages of some channels. Default: none. Example: {whatsapp_text: {days: 1}}"
    )
    wait_by_job: Mapping[JobName, Duration] = Field(
        {},
        description="The same for messages of some jobs, whatever their channel. Default: none. Example: {order-sms: "
        "{hours: 6}}",
    )
    wait_for_reply: Duration = Field(
        WAIT_FOR_REPLY,
        description="How long after a message an answer that names none is taken for its reply: of several messages to "
        "an address, it belongs to the latest. A mapping of one unit: seconds, minutes, hours or days. Default: "
        "{hours: 2}. Example: {minutes: 30}",
        json_schema_extra={"default": {"hours": 2}},
    )
    campaign_event: Text = Field(
        "campaign", description="What campaign events are called, as their event_type. Default: campaign."
    )
    campaign_events_of: Annotated[tuple[ChannelOrAll, ...], AfterValidator(once)] = Field(
        ("sms", "mms"),
        description="The channels whose messages make campaign events; all for every one, [] for none. Default: [sms, "
        "mms]. Example: [all]",
    )
    countries_without_reports: Annotated[tuple[Region, ...], AfterValidator(once)] = Field(
        tuple(COUNTRIES_WITHOUT_REPORTS),
        description="Countries whose operators report nothing of SMS, MMS and LMS: a message to a number there is said "
        "to have no report at once; one that comes all the same is believed. Replaces the table. Default: the 34 "
        "places of the table in the docs. Example: [BR, DE]",
    )
    pull: Flag = Field(
        default=False,
        description="Ask Infobip's logs for messages whose reports are missing, whatever the mode of webhooks. "
        "Default: false.",
    )
