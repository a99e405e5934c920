"""LMS, the long SMS of South Korea: an SMS with a title, `POST /sms/3/messages`."""

from typing import Any

from schemas.content.lms import LmsContent
from schemas.operations import LIST_SMS_LOGS, LIST_SMS_REPORTS, SEND_SMS
from streams.channels.channel import Channel
from streams.channels.unified import timing, unified


def content(said: LmsContent) -> dict[str, Any]:
    """The content as Infobip takes it."""
    return {"text": said.text}


def options(said: LmsContent) -> dict[str, Any]:
    """The options of one message: its title is one of them."""
    korea = {"title": said.title, "resellerCode": said.reseller_code}
    return {**timing(said), "regional": {"southKorea": korea}}


CHANNEL = Channel(
    name="lms",
    operation=SEND_SMS,
    body=unified("lms", content, options),
    logs=LIST_SMS_LOGS,
    reports=LIST_SMS_REPORTS,
)
