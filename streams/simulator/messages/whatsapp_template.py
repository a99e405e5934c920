"""What WhatsApp templates are filled in with: headers, placeholders, buttons, cards."""

import re
from collections import Counter
from typing import Annotated, Any, Literal, Required

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from streams.simulator.messages.reading import wrong
from streams.simulator.messages.shared import Filled, Moment, filled, items, sized, tested, url
from streams.simulator.messages.whatsapp_orders import OrderDetails, OrderStatus

BUTTONS_MAX = 10
OF_TYPE_MAX = {"URL": 2, "COPY_CODE": 1, "FLOW": 1}
ALONE = frozenset({"CATALOG", "MULTI_PRODUCT", "ORDER_DETAILS"})

_breaks = re.compile(r"[\n\r\t]| {5}").search


def _unbroken(text: str) -> str:
    return "cannot have new-line/tab characters or more than 4 consecutive spaces" if _breaks(text) else ""


ProductId = Annotated[str, sized(0, 3000)]
MediaUrl = Annotated[str, url(1, 2048)]
Placeholder = Annotated[str, tested(filled, _unbroken)]


class TextHeader(TypedDict):
    """A text above."""

    type: Literal["TEXT"]
    placeholder: Placeholder


class DocumentHeader(TypedDict):
    """A file above."""

    type: Literal["DOCUMENT"]
    mediaUrl: MediaUrl
    filename: Annotated[str, sized(1, 240)]


class MediaHeader(TypedDict):
    """A picture or a film above."""

    type: Literal["IMAGE", "VIDEO", "GIF"]
    mediaUrl: MediaUrl


class LocationHeader(TypedDict):
    """A place above."""

    type: Literal["LOCATION"]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


Header = Annotated[TextHeader | DocumentHeader | MediaHeader | LocationHeader, Field(discriminator="type")]


class QuickReplyButton(TypedDict):
    """Answers."""

    type: Literal["QUICK_REPLY"]
    parameter: Annotated[str, sized(1, 128)]


class UrlButton(TypedDict):
    """Opens a page."""

    type: Literal["URL"]
    parameter: str


class CopyCodeButton(TypedDict):
    """Copies a code."""

    type: Literal["COPY_CODE"]
    parameter: Annotated[str, sized(1, 15)]


class FlowButton(TypedDict, total=False):
    """Begins a flow."""

    type: Required[Literal["FLOW"]]
    flowToken: Annotated[str, sized(0, 3000)]
    data: dict[str, Any]


class CatalogButton(TypedDict, total=False):
    """Opens a catalog."""

    type: Required[Literal["CATALOG"]]
    thumbnailProductRetailerId: ProductId


class Section(TypedDict):
    """Products of one kind."""

    title: Annotated[str, sized(0, 24)]
    productRetailerIds: list[ProductId]


class ProductsButton(TypedDict, total=False):
    """Shows products."""

    type: Required[Literal["MULTI_PRODUCT"]]
    thumbnailProductRetailerId: ProductId
    sections: Required[Annotated[list[Section], items(1, 10)]]


class OrderButton(TypedDict):
    """Pays."""

    type: Literal["ORDER_DETAILS"]
    action: OrderDetails


class CallButton(TypedDict, total=False):
    """Calls."""

    type: Required[Literal["VOICE_CALL"]]
    callValidityPeriod: Annotated[int, Field(ge=1, le=43200)]
    callContextPayload: Annotated[str, sized(1, 512)]


Button = Annotated[
    QuickReplyButton
    | UrlButton
    | CopyCodeButton
    | FlowButton
    | CatalogButton
    | ProductsButton
    | OrderButton
    | CallButton,
    Field(discriminator="type"),
]


def _few(buttons: Any) -> Any:
    types = Counter(button["type"] for button in buttons)
    if any(types[each] > most for each, most in OF_TYPE_MAX.items()):
        raise wrong("must have no more than 2 URL buttons, 1 COPY_CODE button and 1 FLOW button")
    if len(buttons) > 1 and not types.keys().isdisjoint(ALONE):
        raise wrong(f"{', '.join(sorted(ALONE))} must be the only button")
    return buttons


class Body(TypedDict):
    """The text of a template: what is filled in."""

    placeholders: list[Placeholder]


class Card(TypedDict, total=False):
    """One card of a carousel."""

    header: Required[Header]
    body: Body
    buttons: Annotated[
        list[Annotated[QuickReplyButton | UrlButton, Field(discriminator="type")]],
        items(1, 2),
    ]


class Carousel(TypedDict):
    """Cards side by side."""

    cards: Annotated[list[Card], items(1, 10)]


class Offer(TypedDict):
    """Something that ends."""

    expirationTime: Moment


class OrderStatuses(TypedDict):
    """What became of orders."""

    orderStatuses: list[OrderStatus]


class TemplateData(TypedDict, total=False):
    """What a template is filled in with."""

    body: Required[Body]
    header: Header
    buttons: Annotated[list[Button], items(0, BUTTONS_MAX), AfterValidator(_few)]
    carousel: Carousel
    limitedTimeOffer: Offer
    orderStatus: OrderStatuses


class TemplateContent(TypedDict):
    """An approved text, and what it is filled in with."""

    templateName: Annotated[str, sized(1, 512)]
    templateData: TemplateData
    language: Filled
