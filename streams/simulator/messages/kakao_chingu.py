"""Kakao brand messages, of the types that took the place of ChinguTalk's: `POST /kakao-chingu/1/messages`.

Of the published text's rules on the order of buttons none is checked.
"""

from typing import Annotated, Any, Literal, Required

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from streams.simulator.messages.kakao_brand import (
    Attachment,
    Button,
    Commerce,
    Coupon,
    Image,
    Link,
    Link250,
    LongCoupon,
    RichButton,
    RichButtons,
    ShortCoupon,
    Tail,
)
from streams.simulator.messages.reading import form_of, several, wrong
from streams.simulator.messages.sending import Sending
from streams.simulator.messages.shared import (
    Destination,
    FailoverOptions,
    FailoverWebhooks,
    Filled,
    Messages,
    RequestOptions,
    Some,
    items,
    sized,
)
from streams.simulator.statuses import ENROUTE

BUTTONS_MAX = 5
FIRST_TITLE, NEXT_TITLE = 25, 30
ELEMENTS_MAX = 6

Filled20 = Annotated[str, sized(1, 20)]
Filled1300 = Annotated[str, sized(1, 1300)]


class TextFreeForm(TypedDict, total=False):
    """A text."""

    type: Required[Literal["TEXT_FREE_FORM"]]
    text: Required[Filled1300]
    coupon: Coupon[str]
    buttons: list[Button]


class ImageFreeForm(TypedDict, total=False):
    """A picture and a text."""

    type: Required[Literal["IMAGE_FREE_FORM"]]
    text: Required[Filled1300]
    image: Required[Image]
    coupon: Coupon[str]
    buttons: list[Button]


def _room_for_coupon(content: Any) -> Any:
    most = BUTTONS_MAX - ("coupon" in content)
    if len(content.get("buttons", ())) > most:
        raise wrong(f"size must be between 0 and {most}", at="buttons")
    return content


class WideFreeForm(TypedDict, total=False):
    """A wide picture and a short text."""

    type: Required[Literal["IMAGE_WIDE_FREE_FORM"]]
    text: Required[Annotated[str, sized(1, 76)]]
    image: Required[Image]
    coupon: LongCoupon
    buttons: RichButtons


class ListItem(TypedDict, total=False):
    """One of a list."""

    title: Required[str]
    url: Required[Link250]
    urlMobile: Required[str]
    urlPC: str
    schemeAndroid: str
    schemeIOS: str


def _titled(listed: Any) -> Any:
    limits = [FIRST_TITLE, *[NEXT_TITLE] * (len(listed) - 1)]
    long = [
        (f"[{index}].title", f"size must be between 1 and {most}")
        for index, (each, most) in enumerate(zip(listed, limits, strict=True))
        if not 0 < len(each["title"]) <= most
    ]
    if long:
        raise several(long)
    return listed


class ListFreeForm(TypedDict, total=False):
    """A list."""

    type: Required[Literal["ITEM_LIST_FREE_FORM"]]
    header: Required[Filled20]
    buttons: RichButtons
    itemList: Required[Annotated[list[ListItem], items(3, 5), AfterValidator(_titled)]]
    coupon: LongCoupon


class CommerceFreeForm(TypedDict, total=False):
    """Something for sale."""

    type: Required[Literal["COMMERCE_FREE_FORM"]]
    commerce: Required[Commerce]
    buttons: Required[RichButtons]
    image: Required[Image]
    additionalContent: Annotated[str, sized(0, 34)]
    coupon: ShortCoupon


class Head(TypedDict, total=False):
    """How a carousel begins."""

    header: Required[Filled20]
    content: Required[Annotated[str, sized(1, 50)]]
    image: Required[Image]
    urlMobile: str
    urlPc: str
    schemeAndroid: str
    schemeIos: str


class Element(TypedDict):
    """One of a carousel."""

    header: Filled20
    message: Annotated[str, sized(1, 180)]
    attachment: Attachment


class CarouselFreeForm(TypedDict, total=False):
    """Things side by side."""

    type: Required[Literal["CAROUSEL_FREE_FORM"]]
    head: Head
    elements: Required[Annotated[list[Element], items(2, 6)]]
    tail: Tail


class CommerceHead(TypedDict, total=False):
    """How a carousel of things for sale begins."""

    header: Required[str]
    content: Required[str]
    imageUrl: str
    urlMobile: str
    urlPc: str
    schemeAndroid: str
    schemeIos: str


class CommerceAttachment(Attachment, TypedDict, total=False):
    """What belongs to something for sale."""

    commerce: Commerce


class CommerceElement(TypedDict, total=False):
    """Something for sale in a carousel."""

    attachment: Required[CommerceAttachment]
    additionalContent: Annotated[str, sized(0, 34)]


class CommerceCarouselFreeForm(TypedDict, total=False):
    """Things for sale side by side."""

    type: Required[Literal["CAROUSEL_COMMERCE_FREE_FORM"]]
    head: CommerceHead
    elements: Required[list[CommerceElement]]
    tail: Tail


def _enough(content: Any) -> Any:
    least = 1 if "head" in content else 2
    if not least <= len(content["elements"]) <= ELEMENTS_MAX:
        raise wrong(f"size must be between {least} and {ELEMENTS_MAX}", at="elements")
    return content


class Video(TypedDict, total=False):
    """A film."""

    videoUrl: Required[Link]
    thumbnailUrl: Annotated[str, sized(0, 500)]


class VideoFreeForm(TypedDict, total=False):
    """A film and a text."""

    type: Required[Literal["PREMIUM_VIDEO_FREE_FORM"]]
    header: Annotated[str, sized(0, 20)]
    content: Annotated[str, sized(0, 76)]
    video: Required[Video]
    button: RichButton
    coupon: LongCoupon


class TextVariable(TypedDict, total=False):
    """An approved text and what is filled in."""

    type: Required[Literal["TEXT_VARIABLE"]]
    templateCode: Required[Annotated[str, sized(1, 50)]]
    messageData: dict[str, str]
    buttonData: dict[str, str]
    couponData: dict[str, str]


class ImageVariable(TypedDict, total=False):
    """An approved text with pictures, and what is filled in."""

    type: Required[Literal["IMAGE_VARIABLE", "IMAGE_WIDE_VARIABLE", "ITEM_LIST_VARIABLE"]]
    templateCode: Required[Annotated[str, sized(1, 50)]]
    messageData: dict[str, str]
    buttonData: dict[str, str]
    couponData: dict[str, str]
    imageData: list[dict[str, str]]


Content = Annotated[
    TextFreeForm
    | Annotated[ImageFreeForm, AfterValidator(_room_for_coupon)]
    | WideFreeForm
    | ListFreeForm
    | CommerceFreeForm
    | CarouselFreeForm
    | Annotated[CommerceCarouselFreeForm, AfterValidator(_enough)]
    | VideoFreeForm
    | TextVariable
    | ImageVariable,
    Field(discriminator="type"),
]


class ChinguOptions(FailoverOptions, TypedDict, total=False):
    """What a message can be asked for."""

    targeting: Literal["ALL_CONSENT", "NON_FRIENDS", "TARGETED_FRIENDS"]


class ChinguMessage(TypedDict, total=False):
    """One content, to one or many."""

    sender: Required[Filled]
    destinations: Required[Annotated[list[Destination], Some]]
    content: Required[Content]
    options: ChinguOptions
    webhooks: FailoverWebhooks


SENDING = Sending("kakao_chingu", form_of(Messages[ChinguMessage, RequestOptions]), ENROUTE)
