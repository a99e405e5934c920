"""Viber: `POST /viber/2/messages`."""

from typing import Annotated, Any, Literal, Required

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from streams.simulator.messages.reading import form_of, several, wrong
from streams.simulator.messages.sending import Sending, is_registered
from streams.simulator.messages.shared import (
    Destination,
    FailoverOptions,
    Filled,
    Messages,
    RequestOptions,
    SeenWebhooks,
    Some,
    Url1000,
    items,
    sized,
)

Text1000 = Annotated[str, sized(0, 1000)]
Caption = Annotated[str, sized(1, 1000)]
Title = Annotated[str, sized(1, 30)]
TITLES_OF_CARD = (10, 12)
SENDER_MAX = 20


class Button(TypedDict):
    """A button that does something."""

    title: Title
    action: Text1000


class OptionalButton(TypedDict, total=False):
    """A button that may do nothing."""

    title: Required[Title]
    action: Text1000


class TextContent(TypedDict, total=False):
    """A text."""

    type: Required[Literal["TEXT"]]
    text: Required[Annotated[str, sized(1, 1000)]]
    button: Button


class ImageContent(TypedDict, total=False):
    """An image, which needs a text where it has a button."""

    type: Required[Literal["IMAGE"]]
    text: Caption
    mediaUrl: Required[Url1000]
    showImageInFullScreen: bool
    button: Button


def _captioned(content: Any) -> Any:
    if "button" in content and "text" not in content:
        raise wrong("must not be null", at="text")
    return content


class TemplateContent(TypedDict, total=False):
    """A text that was approved."""

    type: Required[Literal["TEMPLATE"]]
    templateId: Required[str]
    parameters: dict[str, str]
    language: Required[str]


_FILE_NAME = r".*\.(docx?|dotx?|xlsx?|f?ods|f?odt|rtf|odf|txt|info|pdf|xps|pdax|eps|csv|xlsm|xltx)$"


class FileContent(TypedDict):
    """A file."""

    type: Literal["FILE"]
    fileName: Annotated[str, Field(pattern=_FILE_NAME)]
    mediaUrl: Annotated[str, Field(pattern=r"^(https?)://.*$")]


_DURATION = r"^P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$"


class VideoContent(TypedDict, total=False):
    """A video."""

    type: Required[Literal["VIDEO"]]
    text: Caption
    mediaUrl: Required[Url1000]
    mediaDuration: Required[Annotated[str, Field(pattern=_DURATION)]]
    thumbnailUrl: Required[Url1000]
    buttonTitle: Title
    button: OptionalButton


class ListContent(TypedDict):
    """A choice."""

    type: Literal["LIST"]
    text: Annotated[str, sized(1, 85)]
    options: Annotated[list[Annotated[str, sized(0, 50)]], items(2, 5)]


class CardButton(TypedDict):
    """A button of a card."""

    title: Filled
    action: Text1000


class Card(TypedDict, total=False):
    """One card of a carousel."""

    text: Required[Annotated[str, sized(2, 38)]]
    mediaUrl: Required[Url1000]
    buttons: Annotated[list[CardButton], items(0, 2)]


def _titled(card: Any) -> Any:
    long = [
        (f"buttons[{index}].title", f"size must be between 1 and {most}")
        for index, (button, most) in enumerate(zip(card.get("buttons", ()), TITLES_OF_CARD, strict=False))
        if len(button["title"]) > most
    ]
    if long:
        raise several(long)
    return card


class CarouselContent(TypedDict):
    """Cards side by side."""

    type: Literal["CAROUSEL"]
    text: Annotated[str, sized(1, 1000)]
    cards: Annotated[list[Annotated[Card, AfterValidator(_titled)]], items(2, 5)]


Content = Annotated[
    TextContent
    | Annotated[ImageContent, AfterValidator(_captioned)]
    | TemplateContent
    | FileContent
    | VideoContent
    | ListContent
    | CarouselContent,
    Field(discriminator="type"),
]


class ViberOptions(FailoverOptions, TypedDict, total=False):
    """What a message can be asked for."""

    trackingData: Annotated[str, sized(1, 100)]
    label: Literal["PROMOTIONAL", "TRANSACTIONAL"]
    applySessionRate: bool
    toPrimaryDeviceOnly: bool
    activationCheck: bool


class ViberMessage(TypedDict, total=False):
    """One content, to one or many."""

    sender: Required[Filled]
    destinations: Required[Annotated[list[Destination], Some]]
    content: Required[Content]
    options: ViberOptions
    webhooks: SeenWebhooks


def _is_sender(sender: str) -> bool:
    return is_registered(sender) and len(sender) <= SENDER_MAX


SENDING = Sending("viber", form_of(Messages[ViberMessage, RequestOptions]), is_sender=_is_sender)
