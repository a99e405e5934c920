"""The body that Infobip's newer channels share: messages with destinations, and options of the whole request."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from schemas.content.base import Scheduled
from schemas.jobs.send_message import SpeedLimit, UrlOptions
from streams.channels.channel import OutboundMessage, RequestOptions

Body = Callable[[Sequence[OutboundMessage], RequestOptions], dict[str, Any]]
#: A content in the form that Infobip takes, or the options that go beside it.
Part = Callable[[Any], Mapping[str, Any]]

TIME_UNITS = {"minute": "MINUTE", "hour": "HOUR", "day": "DAY"}


def timing(content: Scheduled) -> dict[str, Any]:
    """How long and when to deliver, as options of a message."""
    given = {"validityPeriod": content.validity_period, "deliveryTimeWindow": content.delivery_time_window}
    return {name: part.wire() for name, part in given.items() if part is not None}


def unified(
    channel: str, content: Part, options: Part = timing, request: Mapping[str, Any] | None = None, *, seen: bool = False
) -> Body:
    """What makes the body of a call.

    Args:
        channel: its name, which is a part of the URLs that reports go to.
        content: the content of one message in Infobip's form.
        options: the options of one message in Infobip's form.
        request: more options of the whole request, in Infobip's form.
        seen: whether the channel reports that a message was read.

    """

    def body(messages: Sequence[OutboundMessage], manner: RequestOptions) -> dict[str, Any]:
        whole = {"messages": [_message(one, manner) for one in messages]}
        of_request = {**request_options(manner, channel), **(request or {})}
        return {**whole, "options": of_request} if of_request else whole

    def _message(one: OutboundMessage, manner: RequestOptions) -> dict[str, Any]:
        message: dict[str, Any] = {
            "destinations": [{"to": one.to, "messageId": one.message_id}],
            "content": content(one.content),
            "webhooks": webhooks(one, manner, channel, seen=seen),
        }
        if manner.sender is not None:
            message["sender"] = manner.sender
        if chosen := {**options(one.content), **labels(manner)}:
            message["options"] = chosen
        return message

    return body


def labels(manner: RequestOptions) -> dict[str, Any]:
    """Under which names messages are found again, as options of each."""
    chosen: dict[str, Any] = {}
    if manner.platform is not None:
        chosen["platform"] = manner.platform.wire()
    if manner.campaign is not None:
        chosen["campaignReferenceId"] = manner.campaign
    return chosen


def webhooks(one: OutboundMessage, manner: RequestOptions, channel: str, *, seen: bool) -> dict[str, Any]:
    """Where reports go, and what comes back with them."""
    hooks: dict[str, Any] = {"callbackData": one.callback_data, "contentType": "application/json"}
    if (url := manner.address("reports", channel)) is not None:
        hooks["delivery"] = {"url": url}
        if seen:
            hooks["seen"] = {"url": manner.address("seen", channel)}
    return hooks


def request_options(manner: RequestOptions, channel: str) -> dict[str, Any]:
    """What the whole request asks for: its name, speed, and what becomes of URLs."""
    chosen: dict[str, Any] = {}
    if planned := schedule(manner):
        chosen["schedule"] = planned
    if manner.url_options is not None:
        chosen["tracking"] = tracking(manner.url_options, manner.address("clicks", channel))
    return chosen


def schedule(manner: RequestOptions) -> dict[str, Any]:
    """The name of the request, and its speed."""
    chosen: dict[str, Any] = {}
    if manner.bulk_id is not None:
        chosen["bulkId"] = manner.bulk_id
    if manner.speed_limit is not None:
        chosen["sendingSpeedLimit"] = _speed(manner.speed_limit)
    return chosen


def tracking(urls: UrlOptions, tracking_url: str | None) -> dict[str, Any]:
    """URL options in Infobip's words."""
    chosen: dict[str, Any] = {
        "shortenUrl": urls.shorten,
        "trackClicks": urls.track_clicks,
        "removeProtocol": urls.remove_protocol,
    }
    if urls.custom_domain is not None:
        chosen["customDomain"] = urls.custom_domain
    if urls.track_clicks and tracking_url is not None:
        chosen["trackingUrl"] = tracking_url
    return chosen


def _speed(limit: SpeedLimit) -> dict[str, Any]:
    return {"amount": limit.amount, "timeUnit": TIME_UNITS[limit.per]}
