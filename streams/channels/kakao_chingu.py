"""Kakao's brand messages, which took the place of ChinguTalk: `POST /kakao-chingu/1/messages`."""

from typing import Any

from schemas.content.kakao_brand import ChinguContent
from schemas.operations import LIST_KAKAO_CHINGU_LOGS, LIST_KAKAO_CHINGU_REPORTS, SEND_KAKAO_CHINGU
from streams.channels.channel import Channel
from streams.channels.unified import unified

#: What stands beside the content of a message.
OPTIONS = {"validity_period", "delivery_time_window", "sms_failover", "targeting"}


def content(said: ChinguContent) -> dict[str, Any]:
    """The content as Infobip takes it."""
    return said.wire("channel", *OPTIONS)


def options(said: ChinguContent) -> dict[str, Any]:
    """The options of one message."""
    return said.model_dump(by_alias=True, exclude_none=True, include=OPTIONS)


CHANNEL = Channel(
    name="kakao_chingu",
    operation=SEND_KAKAO_CHINGU,
    body=unified("kakao_chingu", content, options),
    logs=LIST_KAKAO_CHINGU_LOGS,
    reports=LIST_KAKAO_CHINGU_REPORTS,
)
