"""The coupons of Kakao's brand messages."""

from collections.abc import Mapping
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, SerializeAsAny

from schemas.content.base import Length, NoFlag, Part
from schemas.content.kakao_places import Places
from schemas.tagged import tagged
from schemas.values import Text

Description = TypeVar("Description")


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


class Coupon(Places, Generic[Description]):
    """A coupon; how long its description may be, the message says."""

    title: Annotated[SerializeAsAny[CouponTitle], tagged("type", TITLES, "coupon")] = Field(description="What it is for.")
    description: Description = Field(description="What it says.")


LongCoupon = Coupon[Annotated[str, Length(1, 18)]]
ShortCoupon = Coupon[Annotated[str, Length(1, 12)]]
