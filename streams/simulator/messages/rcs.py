"""RCS: `POST /rcs/2/messages`.

An event in the past is let through, against the published text: the published example of one is in the past.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Required

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from streams.simulator.messages.mms import MmsContent
from streams.simulator.messages.reading import form_of, several, wrong
from streams.simulator.messages.sending import Message, Sending
from streams.simulator.messages.shared import (
    Destination,
    FailoverOptions,
    Messages,
    Moment,
    RequestOptions,
    SeenWebhooks,
    Some,
    ValidityPeriod,
    items,
    moment,
    sized,
    url,
)

FEWEST_ORDERED, ORDERED_MAX = 2, 10

Url2048 = Annotated[str, url(1, 2048)]


class Suggested(TypedDict):
    """What can be tapped, and what is told of it then."""

    text: Annotated[str, sized(1, 25)]
    postbackData: Annotated[str, sized(1, 2024)]


class Reply(Suggested, TypedDict):
    """Answers."""

    type: Literal["REPLY"]


class OpenUrl(Suggested, TypedDict, total=False):
    """Opens a page."""

    type: Required[Literal["OPEN_URL"]]
    url: Required[Url2048]
    application: Literal["BROWSER", "WEBVIEW"]
    webviewViewMode: Literal["FULL", "HALF", "TALL"]


class DialPhone(Suggested, TypedDict):
    """Calls."""

    type: Literal["DIAL_PHONE"]
    phoneNumber: Annotated[str, Field(pattern=r"^\+?[0-9]\d{1,14}$")]


class ShowLocation(Suggested, TypedDict, total=False):
    """Shows a place."""

    type: Required[Literal["SHOW_LOCATION"]]
    latitude: Required[Annotated[float, Field(ge=-90, le=90)]]
    longitude: Required[Annotated[float, Field(ge=-180, le=180)]]
    label: Annotated[str, sized(1, 100)]


class RequestLocation(Suggested, TypedDict):
    """Asks for a place."""

    type: Literal["REQUEST_LOCATION"]


class CreateCalendarEvent(Suggested, TypedDict, total=False):
    """Proposes a date."""

    type: Required[Literal["CREATE_CALENDAR_EVENT"]]
    startTime: Required[Moment]
    endTime: Required[Moment]
    title: Required[Annotated[str, sized(1, 100)]]
    description: Annotated[str, sized(1, 500)]


def _ends_later(event: Any) -> Any:
    if moment(event["startTime"]) >= moment(event["endTime"]):
        raise wrong("must be after startTime", at="endTime")
    return event


Suggestion = Annotated[
    Reply
    | OpenUrl
    | DialPhone
    | ShowLocation
    | RequestLocation
    | Annotated[CreateCalendarEvent, AfterValidator(_ends_later)],
    Field(discriminator="type"),
]
Suggestions = Annotated[list[Suggestion], items(0, 11)]


class Resource(TypedDict):
    """A file that is elsewhere."""

    url: Url2048


class TextContent(TypedDict, total=False):
    """A text."""

    type: Required[Literal["TEXT"]]
    text: Required[Annotated[str, sized(1, 3072)]]
    suggestions: Suggestions


class FileContent(TypedDict, total=False):
    """A file."""

    type: Required[Literal["FILE"]]
    file: Required[Resource]
    thumbnail: Resource
    suggestions: Suggestions


class Media(TypedDict, total=False):
    """The picture of a card."""

    file: Required[Resource]
    thumbnail: Resource
    height: Required[Literal["SHORT", "MEDIUM", "TALL"]]


class Card(TypedDict, total=False):
    """A card."""

    title: Annotated[str, sized(1, 200)]
    description: Annotated[str, sized(1, 2000)]
    media: Media
    suggestions: Annotated[list[Suggestion], items(0, 4)]


class CardContent(TypedDict, total=False):
    """One card."""

    type: Required[Literal["CARD"]]
    orientation: Required[Literal["HORIZONTAL", "VERTICAL"]]
    alignment: Required[Literal["LEFT", "RIGHT"]]
    content: Required[Card]
    suggestions: Suggestions


class CarouselContent(TypedDict, total=False):
    """Cards side by side."""

    type: Required[Literal["CAROUSEL"]]
    cardWidth: Required[Literal["SMALL", "MEDIUM"]]
    contents: Required[Annotated[list[Card], items(2, 10)]]
    suggestions: Suggestions


class Parameter(TypedDict):
    """What takes the place of a name."""

    name: str
    value: str


class TemplateContent(TypedDict, total=False):
    """A text that was approved."""

    type: Required[Literal["PROVIDER_TEMPLATE"]]
    templateId: Required[str]
    parameters: list[Parameter]


Content = Annotated[
    TextContent | FileContent | CardContent | CarouselContent | TemplateContent, Field(discriminator="type")
]


class MmsFailover(TypedDict, total=False):
    """The MMS that is sent where the message cannot be."""

    sender: str
    validityPeriod: ValidityPeriod
    content: Required[MmsContent]


class RcsOptions(FailoverOptions, TypedDict, total=False):
    """What a message can be asked for."""

    mmsFailover: MmsFailover


def _one_failover(options: Any) -> Any:
    if "smsFailover" in options and "mmsFailover" in options:
        raise wrong("must not be given together with smsFailover", at="mmsFailover")
    return options


class RcsMessage(TypedDict, total=False):
    """One content, to one or many."""

    sender: str
    destinations: Required[Annotated[list[Destination], Some]]
    content: Required[Content]
    options: Annotated[RcsOptions, AfterValidator(_one_failover)]
    webhooks: SeenWebhooks


class Ordering(TypedDict, total=False):
    """Whether messages come in their order."""

    respectOrder: bool
    stopOnFailure: bool


class RcsRequestOptions(RequestOptions, TypedDict, total=False):
    """What a request can be asked for."""

    messageOrdering: Ordering


def _in_order(request: Any) -> Any:
    ordering = request.get("options", {}).get("messageOrdering")
    if ordering is not None and ordering.get("respectOrder", True) and (problems := list(_disorder(request))):
        raise several(problems)
    return request


def _disorder(request: Any) -> Iterator[tuple[str, str]]:
    messages = request["messages"]
    failovers = [index for index, each in enumerate(messages) if _has_failover(each)]
    most = FEWEST_ORDERED if failovers else ORDERED_MAX
    if not FEWEST_ORDERED <= len(messages) <= most:
        yield "messages", f"size must be between {FEWEST_ORDERED} and {most}"
    if failovers not in ([], [0]):
        yield f"messages[{failovers[-1]}].options", "only the first message may have a failover"
    for index, each in enumerate(messages):
        if _common(each) != _common(messages[0]):
            yield f"messages[{index}]", "must have the sender, destinations, options and webhooks of the first message"


def _has_failover(message: Message) -> bool:
    return not message.get("options", {}).keys().isdisjoint({"smsFailover", "mmsFailover"})


def _common(message: Message) -> list[Any]:
    options = message.get("options", {})
    alike = [options.get(name) for name in ("platform", "deliveryTimeWindow", "campaignReferenceId")]
    to = [each["to"] for each in message["destinations"]]
    return [message.get("sender"), to, message.get("webhooks"), *alike]


_is_sender = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]{3,40}").fullmatch
SENDING = Sending(
    "rcs",
    form_of(Annotated[Messages[RcsMessage, RcsRequestOptions], AfterValidator(_in_order)]),
    is_sender=_is_sender,
)
