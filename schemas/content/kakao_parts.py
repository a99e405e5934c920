"""What Kakao's brand messages are made of. Infobip spells two of the places that a tap leads to in two ways."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import Field, SerializeAsAny, model_validator

from schemas.config.tagged import tagged
from schemas.config.values import Text
from schemas.content.base import Length, NoFlag, Part
from schemas.content.shapes import AnyLink, Web

Description = TypeVar("Description")
Price = Annotated[int, Field(ge=0, le=99_999_999), NoFlag]
Page = Annotated[Text, Web]
PlaceInApp = Annotated[Text, AnyLink]


class Links(Part):
    """The pages and apps that a coupon or an item of a list leads to."""

    url_mobile: Page = Field(description="The page's URL on a phone. Example: https://m.example.com/sale")
    url_pc: Page | None = Field(
        None,
        serialization_alias="urlPC",
        description="The page's URL on a computer. Default: none. Example: https://example.com/sale",
    )
    scheme_android: PlaceInApp | None = Field(
        None, description="The link into an app on Android. Default: none. Example: acme://sale"
    )
    scheme_ios: PlaceInApp | None = Field(
        None,
        serialization_alias="schemeIOS",
        description="The link into an app on iOS. Default: none. Example: acme://sale",
    )


class HeadPlaces(Part):
    """The pages and apps that the head of a carousel leads to."""

    url_mobile: Page | None = Field(
        None, description="The page's URL on a phone. Default: none. Example: https://m.example.com/sale"
    )
    url_pc: Page | None = Field(
        None, description="The page's URL on a computer. Default: none. Example: https://example.com/sale"
    )
    scheme_android: PlaceInApp | None = Field(
        None, description="The link into an app on Android. Default: none. Example: acme://sale"
    )
    scheme_ios: PlaceInApp | None = Field(
        None, description="The link into an app on iOS. Default: none. Example: acme://sale"
    )


class Tail(HeadPlaces):
    """The last card of a carousel, which leads on."""

    url_mobile: Page = Field(description="The page's URL on a phone. Example: https://m.example.com/sale")


class Image(Part):
    """A picture, and the link that a tap on it opens."""

    published: ClassVar[str] = "kakao.json: Image"

    url: Annotated[str, Length(1, 250), Web] = Field(
        description="The URL of the picture, 1 to 250 characters. Example: https://example.com/sale.jpg"
    )
    link: Annotated[str, Length(0, 250), AnyLink] | None = Field(
        None,
        description="The link that a tap on the picture opens, at most 250 characters. Default: none. Example: "
        "https://example.com/sale",
    )


class CouponTitle(Part):
    """What a coupon is for; Kakao has the words."""

    type: str = Field(description="The type of the coupon, which says what it gives. Example: SHIPPING_DISCOUNT_COUPON")


class PriceTitle(CouponTitle):
    """A coupon for so many won less."""

    published: ClassVar[str] = "kakao.json: PriceDiscountCouponTitleContent"

    type: Literal["PRICE_DISCOUNT_COUPON"] = Field(description="`PRICE_DISCOUNT_COUPON`: so many won less.")
    coupon_title_parameter: Annotated[int, Field(ge=1, le=99_999_999), NoFlag] = Field(
        description="Won that the coupon takes from the price, 1 to 99,999,999. Example: 3000"
    )


class PercentageTitle(CouponTitle):
    """A coupon for so many per cent less."""

    published: ClassVar[str] = "kakao.json: PercentageDiscountCouponTitleContent"

    type: Literal["PERCENTAGE_DISCOUNT_COUPON"] = Field(
        description="`PERCENTAGE_DISCOUNT_COUPON`: so many per cent less."
    )
    coupon_title_parameter: Annotated[int, Field(ge=1, le=100), NoFlag] = Field(
        description="Per cent that the coupon takes from the price, 1 to 100. Example: 20"
    )


class ShippingTitle(CouponTitle):
    """A coupon for cheaper shipping."""

    type: Literal["SHIPPING_DISCOUNT_COUPON"] = Field(description="`SHIPPING_DISCOUNT_COUPON`: shipping for less.")


class NamedTitle(CouponTitle):
    """A coupon for something free, or for something better at the same price."""

    published: ClassVar[str] = "kakao.json: FreeCouponTitleContent, UpCouponTitleContent"

    type: Literal["FREE_COUPON", "UP_COUPON"] = Field(
        description="What the coupon gives: FREE_COUPON something for nothing, UP_COUPON something better for the "
        "same price."
    )
    coupon_title_parameter: Annotated[str, Length(1, 7)] = Field(
        description="The thing that the coupon gives, 1 to 7 characters. Example: coffee"
    )


TITLES: Mapping[str, type[CouponTitle]] = {
    "PRICE_DISCOUNT_COUPON": PriceTitle,
    "PERCENTAGE_DISCOUNT_COUPON": PercentageTitle,
    "SHIPPING_DISCOUNT_COUPON": ShippingTitle,
    "FREE_COUPON": NamedTitle,
    "UP_COUPON": NamedTitle,
}
Title = Annotated[SerializeAsAny[CouponTitle], tagged("type", TITLES, "coupon")]


class Coupon(Links, Generic[Description]):
    """A coupon; how long its description may be, the message says."""

    published: ClassVar[str] = "kakao.json: Coupon, LongDescriptionCoupon, ShortDescriptionCoupon"

    title: Title = Field(description="The type of the coupon, and how much or what it gives.")
    description: Description = Field(
        description="The text of the coupon: with a text or picture any, with a wide picture, a list or a film 1 "
        "to 18 characters, else 1 to 12. Example: Until Sunday"
    )


LongCoupon = Coupon[Annotated[str, Length(1, 18)]]
ShortCoupon = Coupon[Annotated[str, Length(1, 12)]]


class Commerce(Part):
    """What a thing for sale is called and costs."""

    published: ClassVar[str] = "kakao.json: CommerceFreeForm"

    title: Annotated[str, Length(1, 30)] = Field(
        description="The name of the thing, 1 to 30 characters. Example: Sneakers"
    )
    regular_price: Price = Field(description="The price in won, 0 to 99,999,999. Example: 59000")
    discount_price: Price | None = Field(
        None,
        description="The price in won for now, 0 to 99,999,999; goes with `discount_fixed` or `discount_rate`. "
        "Default: none. Example: 49000",
    )
    discount_fixed: Annotated[int, Field(ge=0, le=999_999), NoFlag] | None = Field(
        None, description="Won less than the regular price, 0 to 999,999. Default: none. Example: 10000"
    )
    discount_rate: Annotated[int, Field(ge=0, le=100), NoFlag] | None = Field(
        None, description="Per cent less than the regular price, 0 to 100. Default: none. Example: 20"
    )

    @model_validator(mode="after")
    def _says_the_discount(self) -> Self:
        if self.discount_price is not None and self.discount_fixed is None and self.discount_rate is None:
            raise ValueError("discount_price goes together with discount_fixed or discount_rate")
        return self
