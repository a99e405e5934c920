"""Kakao AlimTalk, whose texts are approved beforehand: `POST /kakao-alim/1/messages`.

A content has a type that it may leave out; a button may leave it out too in the published schema, but nothing else says
which button it is, so here it must not.
"""

from typing import Annotated, Any, Literal, Required

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from streams.simulator.messages.reading import form_of, wrong
from streams.simulator.messages.sending import Sending
from streams.simulator.messages.shared import (
    Destination,
    FailoverOptions,
    Filled,
    Messages,
    Schedule,
    Some,
    Webhooks,
    items,
    sized,
)
from streams.simulator.statuses import ENROUTE

Name = Annotated[str, sized(1, 28)]
Link = Annotated[str, sized(1, 500)]
Extra = Annotated[str, sized(0, 50)]
PLACES = ("schemeAndroid", "schemeIos", "urlMobile")


class AppLinkButton(TypedDict, total=False):
    """Opens an app."""

    type: Required[Literal["APP_LINK"]]
    name: Required[Name]
    schemeAndroid: Link
    schemeIos: Link
    urlMobile: Link
    urlPc: Link


def _two_places(button: Any) -> Any:
    if sum(place in button for place in PLACES) < 2:  # noqa: PLR2004
        raise wrong(f"must have two of {', '.join(PLACES)}")
    return button


class UrlButton(TypedDict, total=False):
    """Opens a page."""

    type: Required[Literal["URL"]]
    name: Required[Name]
    urlMobile: Required[Annotated[str, sized(0, 500)]]
    urlPc: Link
    target: Annotated[str, sized(0, 3)]


class ChatbotButton(TypedDict, total=False):
    """Goes on with a chatbot."""

    type: Required[Literal["CHATBOT_SWITCH"]]
    name: Required[Name]
    chatExtra: Extra
    chatEvent: Extra


class PlainButton(TypedDict):
    """A button that needs no more than its name."""

    type: Literal["DELIVERY_TRACKING", "BOT_KEYWORD", "MESSAGE_DELIVERY", "ADD_CHANNEL"]
    name: Name


Button = Annotated[
    Annotated[AppLinkButton, AfterValidator(_two_places)] | UrlButton | ChatbotButton | PlainButton,
    Field(discriminator="type"),
]


class Content(TypedDict, total=False):
    """An approved text, filled in."""

    type: Literal["TEMPLATE"]
    templateCode: Required[Annotated[str, sized(1, 30)]]
    text: Required[Annotated[str, sized(1, 1000)]]
    title: Annotated[str, sized(0, 50)]
    buttons: Annotated[list[Button], items(0, 5)]
    groupKey: str


class AlimMessage(TypedDict, total=False):
    """One content, to one or many."""

    sender: Required[Filled]
    destinations: Required[Annotated[list[Destination], Some]]
    content: Required[Content]
    options: FailoverOptions
    webhooks: Webhooks


class AlimRequestOptions(TypedDict, total=False):
    """What a request can be asked for."""

    schedule: Schedule
    priority: Literal["HIGH", "STANDARD", "LOW"]


SENDING = Sending("kakao_alim", form_of(Messages[AlimMessage, AlimRequestOptions]), ENROUTE)
