"""MMS: `POST /mms/2/messages`, and the content that is uploaded for it: `POST /mms/1/content`."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Required

from pydantic import AfterValidator, Discriminator, Field, Tag
from typing_extensions import TypedDict

from streams.simulator.messages.reading import form_of
from streams.simulator.messages.sending import Message, Recipient, Sending, is_sms_sender, plain_number
from streams.simulator.messages.shared import (
    Days,
    Destination,
    Filled,
    Hour,
    Int32,
    Messages,
    Minute,
    Platform,
    RequestOptions,
    Some,
    Text255,
    ValidityPeriod,
    Webhooks,
    an_hour_at_least,
    is_url,
    items,
    sized,
)
from streams.simulator.statuses import BAD_NOTIFY_URL, TEXT_TOO_LONG, Status

CHARACTERS_MAX = 1600


class TextSegment(TypedDict, total=False):
    """A text."""

    type: Required[Literal["TEXT"]]
    contentId: str
    text: Required[Annotated[str, sized(1, 4096)]]


class LinkSegment(TypedDict, total=False):
    """Something that is elsewhere."""

    type: Required[Literal["LINK"]]
    contentId: str
    contentType: str
    contentUrl: Required[Filled]


class SmilSegment(TypedDict, total=False):
    """The order of the others."""

    type: Required[Literal["SMIL"]]
    contentId: str
    contentType: Required[str]
    smil: Required[Filled]


class UploadedSegment(TypedDict, total=False):
    """Something that was uploaded before."""

    type: Required[Literal["UPLOADED_REFERENCE"]]
    contentId: str
    uploadedContentId: Required[Filled]


Segment = Annotated[TextSegment | LinkSegment | SmilSegment | UploadedSegment, Field(discriminator="type")]


class MmsContent(TypedDict, total=False):
    """A title and what is under it."""

    title: Annotated[str, sized(0, 66)]
    messageSegments: Required[Annotated[list[Segment], Some]]


class Group(TypedDict):
    """People who see each other."""

    group: Annotated[list[Destination], items(1, 200)]


def _kind(destination: Any) -> str | None:
    if not isinstance(destination, dict):
        return None
    return "A GROUP" if "group" in destination else "A SINGLE"


MmsDestination = Annotated[
    Annotated[Destination, Tag("A SINGLE")] | Annotated[Group, Tag("A GROUP")],
    Discriminator(_kind),
]


class MmsTime(TypedDict, total=False):
    """A time of day, of which either part may be missing."""

    hour: Hour
    minute: Minute


_MmsWindow = TypedDict("_MmsWindow", {"days": Required[Days], "from": MmsTime, "to": MmsTime}, total=False)


class Reseller(TypedDict, total=False):
    """Who sells on."""

    resellerCode: Int32


class MmsRegional(TypedDict, total=False):
    """What countries ask for."""

    southKorea: Reseller


class MmsSmsFailover(TypedDict, total=False):
    """The SMS that is sent where the MMS cannot be."""

    sender: str
    text: Required[Filled]
    validityPeriod: ValidityPeriod
    regional: MmsRegional


class MmsOptions(TypedDict, total=False):
    """What an MMS can be asked for."""

    platform: Platform
    validityPeriod: ValidityPeriod
    deliveryTimeWindow: Annotated[_MmsWindow, AfterValidator(an_hour_at_least)]
    smsFailover: MmsSmsFailover
    regional: MmsRegional
    campaignReferenceId: Text255


class MmsMessage(TypedDict, total=False):
    """One content, to one or many."""

    sender: str
    destinations: Required[Annotated[list[MmsDestination], Some]]
    content: Required[MmsContent]
    options: MmsOptions
    webhooks: Webhooks


def _recipients(message: Message) -> Iterable[Recipient]:
    for destination in message["destinations"]:
        for each in destination.get("group", [destination]):
            yield plain_number(each["to"]), each.get("messageId")


def _judge(message: Message) -> Status | None:
    if any(len(segment.get("text", "")) > CHARACTERS_MAX for segment in message["content"]["messageSegments"]):
        return TEXT_TOO_LONG
    report_to = message.get("webhooks", {}).get("delivery", {}).get("url")
    return None if report_to is None or is_url(report_to) else BAD_NOTIFY_URL


SENDING = Sending(
    "mms",
    form_of(Messages[MmsMessage, RequestOptions]),
    recipients=_recipients,
    judge=_judge,
    is_sender=is_sms_sender,
)
