"""Kakao AlimTalk: `POST /kakao-alim/1/messages`."""

from collections.abc import Sequence
from typing import Any

from schemas.content.kakao_alim import AlimContent
from schemas.operations import LIST_KAKAO_ALIM_LOGS, LIST_KAKAO_ALIM_REPORTS, SEND_KAKAO_ALIM
from streams.channels.channel import Channel, OutboundMessage, RequestOptions
from streams.channels.unified import unified

#: What stands beside the content of a message.
OPTIONS = {"validity_period", "delivery_time_window", "sms_failover"}


def content(said: AlimContent) -> dict[str, Any]:
    """The content as Infobip takes it."""
    return said.wire("channel", "priority", *OPTIONS)


def options(said: AlimContent) -> dict[str, Any]:
    """The options of one message."""
    return said.model_dump(by_alias=True, exclude_none=True, include=OPTIONS)


_plain_body = unified("kakao_alim", content, options)


def body(messages: Sequence[OutboundMessage], manner: RequestOptions) -> dict[str, Any]:
    """The request; how urgent it is says the job, so all its messages agree on it."""
    whole, priority = _plain_body(messages, manner), messages[0].content.priority
    return whole if priority is None else {**whole, "options": {**whole.get("options", {}), "priority": priority}}


CHANNEL = Channel(
    name="kakao_alim",
    operation=SEND_KAKAO_ALIM,
    body=body,
    logs=LIST_KAKAO_ALIM_LOGS,
    reports=LIST_KAKAO_ALIM_REPORTS,
)
