"""Viber: `POST /viber/2/messages`."""

from typing import Any

from schemas.content.viber import ViberContent
from schemas.operations import LIST_VIBER_LOGS, LIST_VIBER_REPORTS, SEND_VIBER
from streams.channels.channel import Channel
from streams.channels.unified import unified

#: What stands beside the content of a message.
OPTIONS = frozenset(
    {
        "validity_period",
        "delivery_time_window",
        "sms_failover",
        "label",
        "tracking_data",
        "apply_session_rate",
        "to_primary_device_only",
        "activation_check",
    }
)


def content(said: ViberContent) -> dict[str, Any]:
    """The content as Infobip takes it."""
    return said.wire("channel", *OPTIONS)


def options(said: ViberContent) -> dict[str, Any]:
    """The options of one message."""
    return said.model_dump(by_alias=True, exclude_none=True, include=set(OPTIONS))


CHANNEL = Channel(
    name="viber",
    operation=SEND_VIBER,
    body=unified("viber", content, options, seen=True),
    logs=LIST_VIBER_LOGS,
    reports=LIST_VIBER_REPORTS,
)
