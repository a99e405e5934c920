"""What a Kakao brand message says, which took the place of ChinguTalk: free forms, and templates with variables."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails

from schemas.content.base import Length, NoFlag, Part, Scheduled
from schemas.content.failover import SmsFailover
from schemas.content.kakao_chingu_buttons import CHANNEL, RichButton, RichButtons, TalkButtons
from schemas.content.kakao_coupons import Coupon, LongCoupon, ShortCoupon
from schemas.content.kakao_places import HeadPlaces, Image, Page, Places, Tail
from schemas.content.shapes import Web, is_final
from schemas.tagged import tagged
from schemas.tokens import literal
from schemas.values import Text

BESIDE_COUPON = 4
FIRST_TITLE = 25
ELEMENTS = (2, 6)

Price = Annotated[int, Field(ge=0, le=99_999_999), NoFlag]
Header = Annotated[str, Length(1, 20)]
More = Annotated[str, Length(0, 34)]
Values = Mapping[str, str]


class ChinguContent(Scheduled):
    """What all contents of the channel `kakao_chingu` have."""

    channel: Literal["kakao_chingu"] = Field(description="Kakao brand messages, for numbers of South Korea.")
    type: str = Field(description="What is sent.")
    targeting: Literal["ALL_CONSENT", "NON_FRIENDS", "TARGETED_FRIENDS"] | None = Field(
        None, description="Who of those that agreed to marketing may get it; default: friends of the channel."
    )
    sms_failover: SmsFailover | None = Field(None, description="An SMS for those whom the message does not reach.")

    @model_validator(mode="after")
    def _not_a_friend_yet(self) -> Self:
        if self.targeting in {None, "TARGETED_FRIENDS"} and _adding(self.model_dump()):
            raise ValueError(f"a button {CHANNEL} needs the targeting ALL_CONSENT or NON_FRIENDS")
        return self


def _adding(data: Any) -> int:
    """Count the buttons that add the channel, wherever they are."""
    match data:
        case {"type": "ADD_CHANNEL"}:
            return 1
        case dict():
            return sum(map(_adding, data.values()))
        case list() | tuple():
            return sum(map(_adding, data))
    return 0


class TextFreeForm(ChinguContent):
    """A text."""

    type: Literal["TEXT_FREE_FORM"] = Field(description="A text.")
    text: Annotated[str, Length(1, 1300)] = Field(description="The text.")
    coupon: Coupon[Text] | None = Field(None, description="A coupon.")
    buttons: TalkButtons | None = Field(None, description="Buttons; 5 at most, beside a coupon 4.")

    @field_validator("buttons")
    @classmethod
    def _room_for_coupon(cls, given: TalkButtons | None, info: ValidationInfo) -> TalkButtons | None:
        if given is not None and len(given) > BESIDE_COUPON and info.data.get("coupon") is not None:
            raise ValueError(f"must have at most {BESIDE_COUPON} entries beside a coupon")
        return given


class ImageFreeForm(TextFreeForm):
    """A picture and a text."""

    type: Literal["IMAGE_FREE_FORM"] = Field(description="A picture and a text.")
    image: Image = Field(description="The picture, JPG or PNG.")


class ImageWideFreeForm(ChinguContent):
    """A wide picture and a short text."""

    type: Literal["IMAGE_WIDE_FREE_FORM"] = Field(description="A wide picture and a short text.")
    text: Annotated[str, Length(1, 76)] = Field(description="The text.")
    image: Image = Field(description="The picture, JPG or PNG.")
    coupon: LongCoupon | None = Field(None, description="A coupon.")
    buttons: RichButtons | None = Field(None, description="One button or two.")


class ListItem(Places):
    """One item of a list."""

    title: Annotated[str, Length(1, 30)] = Field(description="What it is; the first item's is 25 characters at most.")
    url: Annotated[str, Length(1, 250), Web] = Field(description="Its picture, JPG or PNG.")


class ItemListFreeForm(ChinguContent):
    """A list."""

    type: Literal["ITEM_LIST_FREE_FORM"] = Field(description="A list.")
    header: Header = Field(description="What the list is.")
    item_list: tuple[ListItem, ...] = Field(min_length=3, max_length=5, description="Three items to five.")
    coupon: LongCoupon | None = Field(None, description="A coupon.")
    buttons: RichButtons | None = Field(None, description="One button or two.")

    @field_validator("item_list")
    @classmethod
    def _short_first_title(cls, given: tuple[ListItem, ...], info: ValidationInfo) -> tuple[ListItem, ...]:
        title = given[0].title
        length = len(title if is_final(title, info) else literal(title))
        if length > FIRST_TITLE:
            told = ValueError(f"must be at most {FIRST_TITLE} characters in the first item, not {length}")
            fault = InitErrorDetails(type="value_error", loc=(0, "title"), input=title, ctx={"error": told})
            raise ValidationError.from_exception_data("item_list", [fault])
        return given


class Commerce(Part):
    """What something costs."""

    title: Annotated[str, Length(1, 30)] = Field(description="What it is.")
    regular_price: Price = Field(description="What it costs.")
    discount_price: Price | None = Field(None, description="What it costs now; together with one of those below.")
    discount_fixed: Annotated[int, Field(ge=0, le=999_999), NoFlag] | None = Field(None, description="So much less.")
    discount_rate: Annotated[int, Field(ge=0, le=100), NoFlag] | None = Field(None, description="So many per cent less.")

    @model_validator(mode="after")
    def _says_the_discount(self) -> Self:
        if self.discount_price is not None and self.discount_fixed is None and self.discount_rate is None:
            raise ValueError("discount_price goes together with discount_fixed or discount_rate")
        return self


class CommerceFreeForm(ChinguContent):
    """Something for sale."""

    type: Literal["COMMERCE_FREE_FORM"] = Field(description="Something for sale.")
    commerce: Commerce = Field(description="What it costs.")
    image: Image = Field(description="Its picture, JPG or PNG.")
    buttons: RichButtons = Field(description="One button or two.")
    additional_content: More | None = Field(None, description="What else there is to say.")
    coupon: ShortCoupon | None = Field(None, description="A coupon.")


class Attachment(Part):
    """What an element of a carousel shows."""

    image: Image = Field(description="The picture, JPG or PNG.")
    buttons: RichButtons = Field(description="One button or two; in a whole carousel one ADD_CHANNEL at most.")
    coupon: ShortCoupon | None = Field(None, description="A coupon.")


class Carousel(ChinguContent):
    """What both kinds of carousel have."""

    tail: Tail | None = Field(None, description="What stands at the end.")

    @model_validator(mode="after")
    def _added_once(self) -> Self:
        if _adding(self.model_dump()) > 1:
            raise ValueError(f"a carousel may have one button {CHANNEL}")
        return self


class Head(HeadPlaces):
    """How a carousel begins."""

    header: Header = Field(description="The title.")
    content: Annotated[str, Length(1, 50)] = Field(description="The text.")
    image: Image = Field(description="The picture, JPG or PNG.")


class Element(Part):
    """One of a carousel."""

    header: Header = Field(description="The title.")
    message: Annotated[str, Length(1, 180)] = Field(description="The text.")
    attachment: Attachment = Field(description="What else it shows.")


class CarouselFreeForm(Carousel):
    """Pictures with texts, side by side."""

    type: Literal["CAROUSEL_FREE_FORM"] = Field(description="Pictures with texts, side by side.")
    head: Head | None = Field(None, description="What stands at the beginning.")
    elements: tuple[Element, ...] = Field(min_length=2, max_length=6, description="Two elements to six.")


class CommerceHead(HeadPlaces):
    """How a carousel of things for sale begins."""

    header: Text = Field(description="The title.")
    content: Text = Field(description="The text.")
    image_url: Page | None = Field(None, description="The picture.")


class CommerceAttachment(Attachment):
    """What something for sale shows."""

    commerce: Commerce | None = Field(None, description="What it costs.")


class CommerceElement(Part):
    """Something for sale in a carousel."""

    attachment: CommerceAttachment = Field(description="What it shows.")
    additional_content: More | None = Field(None, description="What else there is to say.")


class CarouselCommerceFreeForm(Carousel):
    """Things for sale, side by side."""

    type: Literal["CAROUSEL_COMMERCE_FREE_FORM"] = Field(description="Things for sale, side by side.")
    head: CommerceHead | None = Field(None, description="What stands at the beginning.")
    elements: tuple[CommerceElement, ...] = Field(
        min_length=1, max_length=6, description="One element to six, without a head two."
    )

    @field_validator("elements")
    @classmethod
    def _two_without_head(
        cls, given: tuple[CommerceElement, ...], info: ValidationInfo
    ) -> tuple[CommerceElement, ...]:
        if len(given) < 2 and "head" in info.data and info.data["head"] is None:
            raise ValueError("must have at least 2 entries without a head")
        return given


class Video(Part):
    """A film."""

    video_url: Annotated[str, Length(1, 500), Web] = Field(description="Where it is on Kakao TV.")
    thumbnail_url: Annotated[str, Length(1, 500), Web] | None = Field(None, description="Its picture, held by Kakao.")


class PremiumVideoFreeForm(ChinguContent):
    """A film and a text."""

    type: Literal["PREMIUM_VIDEO_FREE_FORM"] = Field(description="A film and a text.")
    header: Annotated[str, Length(0, 20)] | None = Field(None, description="The title.")
    content: Annotated[str, Length(0, 76)] | None = Field(None, description="The text.")
    video: Video = Field(description="The film.")
    button: RichButton | None = Field(None, description="A button.")
    coupon: LongCoupon | None = Field(None, description="A coupon.")


class TextVariable(ChinguContent):
    """A template and what is filled in."""

    type: Literal["TEXT_VARIABLE"] = Field(description="A template of a text.")
    template_code: Annotated[str, Length(1, 50)] = Field(description="The template, as Infobip knows it.")
    message_data: Values | None = Field(None, description="The values of variables in texts.")
    button_data: Values | None = Field(None, description="The values of variables in buttons.")
    coupon_data: Values | None = Field(None, description="The values of variables in the coupon.")


class ImageValue(Part):
    """A picture in place of the template's."""

    img_url: Page = Field(serialization_alias="img_url", description="Where it is.")


class ImageVariable(TextVariable):
    """A template with pictures, and what is filled in."""

    type: Literal["IMAGE_VARIABLE", "IMAGE_WIDE_VARIABLE", "ITEM_LIST_VARIABLE"] = Field(
        description="A template with a picture, a wide picture, or a list."
    )
    image_data: tuple[ImageValue, ...] | None = Field(None, description="The pictures, in their order.")


TYPES: Mapping[str, type[ChinguContent]] = {
    "TEXT_FREE_FORM": TextFreeForm,
    "IMAGE_FREE_FORM": ImageFreeForm,
    "IMAGE_WIDE_FREE_FORM": ImageWideFreeForm,
    "ITEM_LIST_FREE_FORM": ItemListFreeForm,
    "COMMERCE_FREE_FORM": CommerceFreeForm,
    "CAROUSEL_FREE_FORM": CarouselFreeForm,
    "CAROUSEL_COMMERCE_FREE_FORM": CarouselCommerceFreeForm,
    "PREMIUM_VIDEO_FREE_FORM": PremiumVideoFreeForm,
    "TEXT_VARIABLE": TextVariable,
    "IMAGE_VARIABLE": ImageVariable,
    "IMAGE_WIDE_VARIABLE": ImageVariable,
    "ITEM_LIST_VARIABLE": ImageVariable,
}
CONTENT = Annotated[ChinguContent, tagged("type", TYPES, "type of brand message")]
