"""What Kakao's brand messages are made of. Infobip spells two of the places that a tap leads to in two ways."""

from collections.abc import Mapping
from typing import Annotated, Generic, Literal, Self, TypeVar

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
    """What a coupon or an item of a list leads to."""

    url_mobile: Page = Field(description="The page, on a phone.")
    url_pc: Page | None = Field(None, serialization_alias="urlPC", description="The page, on a computer.")
    scheme_android: PlaceInApp | None = Field(None, description="The place in an app, on Android.")
    scheme_ios: PlaceInApp | None = Field(
        None, serialization_alias="schemeIOS", description="The place in an app, on iOS."
    )


class HeadPlaces(Part):
    """What the head of a carousel leads to."""

    url_mobile: Page | None = Field(None, description="The page, on a phone.")
    url_pc: Page | None = Field(None, description="The page, on a computer.")
    scheme_android: PlaceInApp | None = Field(None, description="The place in an app, on Android.")
    scheme_ios: PlaceInApp | None = Field(None, description="The place in an app, on iOS.")


class Tail(HeadPlaces):
    """The end of a carousel, which leads on."""

    url_mobile: Page = Field(description="The page, on a phone.")


class Image(Part):
    """A picture."""

    url: Annotated[str, Length(1, 250), Web] = Field(description="Where it is.")
    link: Annotated[str, Length(0, 250), AnyLink] | None = Field(None, description="The page that a tap on it opens.")


class CouponTitle(Part):
    """What a coupon is for; Kakao has the words."""

    type: str = Field(description="What it is for.")


class PriceTitle(CouponTitle):
    """So much less."""

    type: Literal["PRICE_DISCOUNT_COUPON"] = Field(description="A lower price.")
    coupon_title_parameter: Annotated[int, Field(ge=1, le=99_999_999), NoFlag] = Field(description="By how many won.")


class PercentageTitle(CouponTitle):
    """So many hundredths less."""

    type: Literal["PERCENTAGE_DISCOUNT_COUPON"] = Field(description="A lower price.")
    coupon_title_parameter: Annotated[int, Field(ge=1, le=100), NoFlag] = Field(description="By how many per cent.")


class ShippingTitle(CouponTitle):
    """Cheaper shipping."""

    type: Literal["SHIPPING_DISCOUNT_COUPON"] = Field(description="Cheaper shipping.")


class NamedTitle(CouponTitle):
    """Something for nothing, or something better for the same."""

    type: Literal["FREE_COUPON", "UP_COUPON"] = Field(description="Something free, or more of it.")
    coupon_title_parameter: Annotated[str, Length(1, 7)] = Field(description="What.")


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

    title: Title = Field(description="What it is for.")
    description: Description = Field(description="What it says.")


LongCoupon = Coupon[Annotated[str, Length(1, 18)]]
ShortCoupon = Coupon[Annotated[str, Length(1, 12)]]


class Commerce(Part):
    """What something costs."""

    title: Annotated[str, Length(1, 30)] = Field(description="What it is.")
    regular_price: Price = Field(description="What it costs.")
    discount_price: Price | None = Field(None, description="What it costs now; together with one of those below.")
    discount_fixed: Annotated[int, Field(ge=0, le=999_999), NoFlag] | None = Field(None, description="So much less.")
    discount_rate: Annotated[int, Field(ge=0, le=100), NoFlag] | None = Field(None, description="So many % less.")

    @model_validator(mode="after")
    def _says_the_discount(self) -> Self:
        if self.discount_price is not None and self.discount_fixed is None and self.discount_rate is None:
            raise ValueError("discount_price goes together with discount_fixed or discount_rate")
        return self
