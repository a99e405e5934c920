"""What a Kakao brand message says, which took the place of ChinguTalk: free forms, and templates with variables."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails

from schemas.config.values import Text
from schemas.content.base import Length, Part
from schemas.content.kakao_brand import ChinguContent
from schemas.content.kakao_carousels import CarouselCommerceFreeForm, CarouselFreeForm
from schemas.content.kakao_chingu_buttons import RichButton, RichButtons, TalkButtons
from schemas.content.kakao_parts import Commerce, Coupon, Image, Links, LongCoupon, Page, ShortCoupon
from schemas.content.one_of import one_of
from schemas.content.shapes import ForTemplate, Web, is_final
from schemas.text.tokens import literal

BESIDE_COUPON = 4
FIRST_TITLE = 25

Values = Mapping[str, Annotated[str, ForTemplate]]


class Talk(ChinguContent):
    """A text, and what goes with it."""

    text: Annotated[str, Length(1, 1300)] = Field(description="The text.")
    coupon: Coupon[Text] | None = Field(None, description="A coupon.")
    buttons: TalkButtons | None = Field(None, description="Buttons; 5 at most, beside a coupon 4.")

    @field_validator("buttons")
    @classmethod
    def _room_for_coupon(cls, given: TalkButtons | None, info: ValidationInfo) -> TalkButtons | None:
        if given is not None and len(given) > BESIDE_COUPON and info.data.get("coupon") is not None:
            raise ValueError(f"must have at most {BESIDE_COUPON} entries beside a coupon")
        return given


class TextFreeForm(Talk):
    """A text."""

    type: Literal["TEXT_FREE_FORM"] = Field(description="A text.")


class ImageFreeForm(Talk):
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


class ListItem(Links):
    """One item of a list."""

    title: Annotated[str, Length(1, 30)] = Field(description="What it is; the first item's is 25 characters at most.")
    url: Annotated[str, Length(1, 250), Web] = Field(description="Its picture, JPG or PNG.")


class ItemListFreeForm(ChinguContent):
    """A list."""

    type: Literal["ITEM_LIST_FREE_FORM"] = Field(description="A list.")
    header: Annotated[str, Length(1, 20)] = Field(description="What the list is.")
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


class CommerceFreeForm(ChinguContent):
    """Something for sale."""

    type: Literal["COMMERCE_FREE_FORM"] = Field(description="Something for sale.")
    commerce: Commerce = Field(description="What it costs.")
    image: Image = Field(description="Its picture, JPG or PNG.")
    buttons: RichButtons = Field(description="One button or two.")
    additional_content: Annotated[str, Length(0, 34)] | None = Field(None, description="What else there is to say.")
    coupon: ShortCoupon | None = Field(None, description="A coupon.")


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


class Variable(ChinguContent):
    """A template and what is filled in."""

    template_code: Annotated[str, Length(1, 50)] = Field(description="The template, as Infobip knows it.")
    message_data: Values | None = Field(None, description="The values of variables in texts.")
    button_data: Values | None = Field(None, description="The values of variables in buttons.")
    coupon_data: Values | None = Field(None, description="The values of variables in the coupon.")


class TextVariable(Variable):
    """A template of a text."""

    type: Literal["TEXT_VARIABLE"] = Field(description="A template of a text.")


class ImageValue(Part):
    """A picture in place of the template's."""

    img_url: Page = Field(serialization_alias="img_url", description="Where it is.")


class ImageVariable(Variable):
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
CONTENT = one_of(ChinguContent, TYPES, "type of brand message")
