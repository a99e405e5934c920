"""RCS: `POST /rcs/2/messages`."""

from typing import Any

from schemas.content.rcs import RcsContent
from schemas.operations import LIST_RCS_LOGS, LIST_RCS_REPORTS, SEND_RCS
from streams.channels.channel import Channel
from streams.channels.unified import unified

#: What stands beside the content of a message.
OPTIONS = {"validity_period", "delivery_time_window", "sms_failover", "mms_failover"}


def content(said: RcsContent) -> dict[str, Any]:
    """The content as Infobip takes it."""
    return said.wire("channel", *OPTIONS)


def options(said: RcsContent) -> dict[str, Any]:
    """The options of one message."""
    return said.model_dump(by_alias=True, exclude_none=True, include=OPTIONS)


CHANNEL = Channel(
    name="rcs",
    operation=SEND_RCS,
    body=unified("rcs", content, options, seen=True),
    logs=LIST_RCS_LOGS,
    reports=LIST_RCS_REPORTS,
)
