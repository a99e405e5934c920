"""What Kakao brand messages are made of: buttons, coupons, pictures, prices."""

from typing import Annotated, Generic, Literal, Required, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from streams.simulator.messages.shared import items, sized

Name = TypeVar("Name")
Description = TypeVar("Description")
Short = Annotated[str, sized(1, 14)]
Shorter = Annotated[str, sized(1, 8)]
Link = Annotated[str, sized(1, 500)]
Link250 = Annotated[str, sized(0, 250)]
Price = Annotated[int, Field(ge=0, le=99_999_999)]


class AppLinkButton(TypedDict, Generic[Name], total=False):
    """Opens an app."""

    type: Required[Literal["APP_LINK"]]
    name: Required[Name]
    schemeAndroid: Link
    schemeIos: Link
    urlMobile: Link
    urlPc: Link


class UrlButton(TypedDict, Generic[Name], total=False):
    """Opens a page."""

    type: Required[Literal["URL"]]
    name: Required[Name]
    urlPc: Link
    urlMobile: Required[Link]
    target: Literal["OUT"]


class PlainButton(TypedDict, Generic[Name]):
    """A button that needs no more than its name."""

    type: Literal["BOT_KEYWORD", "MESSAGE_DELIVERY"]
    name: Name


class FormButton(TypedDict, Generic[Name]):
    """Opens a form."""

    type: Literal["BUSINESS_FORM"]
    name: Name
    businessFormKey: str


class ChannelButton(TypedDict):
    """Follows the channel."""

    type: Literal["ADD_CHANNEL"]


Button = Annotated[
    AppLinkButton[Short] | UrlButton[Short] | PlainButton[Short] | FormButton[Short] | ChannelButton,
    Field(discriminator="type"),
]
RichButton = Annotated[
    AppLinkButton[Shorter] | UrlButton[Shorter] | PlainButton[Shorter] | FormButton[Shorter] | ChannelButton,
    Field(discriminator="type"),
]
RichButtons = Annotated[list[RichButton], items(1, 2)]


class PriceTitle(TypedDict):
    """So much less."""

    type: Literal["PRICE_DISCOUNT_COUPON"]
    couponTitleParameter: Annotated[int, Field(ge=1, le=99_999_999)]


class PercentageTitle(TypedDict):
    """So many hundredths less."""

    type: Literal["PERCENTAGE_DISCOUNT_COUPON"]
    couponTitleParameter: Annotated[int, Field(ge=1, le=100)]


class ShippingTitle(TypedDict):
    """Nothing for shipping."""

    type: Literal["SHIPPING_DISCOUNT_COUPON"]


class NamedTitle(TypedDict):
    """Something for nothing, or something better."""

    type: Literal["FREE_COUPON", "UP_COUPON"]
    couponTitleParameter: Annotated[str, sized(1, 7)]


class Coupon(TypedDict, Generic[Description], total=False):
    """A coupon."""

    title: Required[Annotated[PriceTitle | PercentageTitle | ShippingTitle | NamedTitle, Field(discriminator="type")]]
    description: Required[Description]
    urlMobile: Required[str]
    urlPC: str
    schemeIOS: str
    schemeAndroid: str


ShortCoupon = Coupon[Annotated[str, sized(1, 12)]]
LongCoupon = Coupon[Annotated[str, sized(1, 18)]]


class Image(TypedDict, total=False):
    """A picture."""

    url: Required[Annotated[str, sized(1, 250)]]
    link: Link250


class Commerce(TypedDict, total=False):
    """What something costs."""

    title: Required[Annotated[str, sized(1, 30)]]
    regularPrice: Required[Price]
    discountPrice: Price
    discountFixed: Annotated[int, Field(ge=0, le=999_999)]
    discountRate: Annotated[int, Field(ge=0, le=100)]


class Attachment(TypedDict, total=False):
    """What belongs to an element."""

    image: Required[Image]
    buttons: Required[RichButtons]
    coupon: ShortCoupon


class Tail(TypedDict, total=False):
    """How a carousel ends."""

    schemeAndroid: str
    schemeIos: str
    urlMobile: Required[str]
    urlPc: str
