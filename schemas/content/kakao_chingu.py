"""What a Kakao brand message says, which took the place of ChinguTalk: free forms, and templates with variables."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

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

#: Buttons beside a coupon, without one 5: kakao.json, KakaoChinguOutboundTextFreeFormContent.buttons.
BESIDE_COUPON = 4
#: Characters of the first item's title, of the others' 30: kakao.json, ItemListElement.title.
FIRST_TITLE = 25

Values = Mapping[str, Annotated[str, ForTemplate]]


class Talk(ChinguContent):
    """A text, and what goes with it."""

    published: ClassVar[str] = (
        "kakao.json: KakaoChinguOutboundTextFreeFormContent, KakaoChinguOutboundImageFreeFormContent"
    )

    text: Annotated[str, Length(1, 1300)] = Field(
        description='The text, 1 to 1,300 characters. Example: "Hello {{first_name}}, welcome!"'
    )
    coupon: Coupon[Text] | None = Field(None, description="A coupon under the text. Default: none.")
    buttons: TalkButtons | None = Field(
        None, description="The buttons under the text, at most 5, or 4 beside a coupon. Default: none."
    )

    @field_validator("buttons")
    @classmethod
    def _room_for_coupon(cls, given: TalkButtons | None, info: ValidationInfo) -> TalkButtons | None:
        if given is not None and len(given) > BESIDE_COUPON and info.data.get("coupon") is not None:
            raise ValueError(f"must have at most {BESIDE_COUPON} entries beside a coupon")
        return given


class TextFreeForm(Talk):
    """A text with buttons."""

    type: Literal["TEXT_FREE_FORM"] = Field(description="`TEXT_FREE_FORM`: a text with buttons and a coupon, if any.")


class ImageFreeForm(Talk):
    """A picture and a text."""

    type: Literal["IMAGE_FREE_FORM"] = Field(description="`IMAGE_FREE_FORM`: a picture and a text.")
    image: Image = Field(description="The picture above the text, JPG or PNG.")


class ImageWideFreeForm(ChinguContent):
    """A wide picture and a short text."""

    published: ClassVar[str] = "kakao.json: KakaoChinguOutboundImageWideFreeFormContent"

    type: Literal["IMAGE_WIDE_FREE_FORM"] = Field(
        description="`IMAGE_WIDE_FREE_FORM`: a wide picture and a short text."
    )
    text: Annotated[str, Length(1, 76)] = Field(
        description='The text, 1 to 76 characters. Example: "Hello {{first_name}}, welcome!"'
    )
    image: Image = Field(description="The picture above the text, JPG or PNG.")
    coupon: LongCoupon | None = Field(None, description="A coupon under the text. Default: none.")
    buttons: RichButtons | None = Field(None, description="The buttons under the text, 1 or 2. Default: none.")


class ListItem(Links):
    """One item of a list."""

    published: ClassVar[str] = "kakao.json: ItemListElement"

    title: Annotated[str, Length(1, 30)] = Field(
        description="The name of the item, 1 to 30 characters, of the first item 25. Example: Sneakers"
    )
    url: Annotated[str, Length(1, 250), Web] = Field(
        description="The URL of the item's picture (JPG or PNG), 1 to 250 characters. Example: "
        "https://example.com/sale.jpg"
    )


class ItemListFreeForm(ChinguContent):
    """A list of three to five items."""

    published: ClassVar[str] = "kakao.json: KakaoChinguOutboundItemListFreeFormContent"

    type: Literal["ITEM_LIST_FREE_FORM"] = Field(description="`ITEM_LIST_FREE_FORM`: a list of items with pictures.")
    header: Annotated[str, Length(1, 20)] = Field(
        description="The title above the list, 1 to 20 characters. Example: New in spring"
    )
    item_list: tuple[ListItem, ...] = Field(min_length=3, max_length=5, description="The items in order, 3 to 5.")
    coupon: LongCoupon | None = Field(None, description="A coupon under the list. Default: none.")
    buttons: RichButtons | None = Field(None, description="The buttons under the list, 1 or 2. Default: none.")

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
    """A thing for sale, with its price."""

    published: ClassVar[str] = "kakao.json: KakaoChinguOutboundCommerceFreeFormContent"

    type: Literal["COMMERCE_FREE_FORM"] = Field(description="`COMMERCE_FREE_FORM`: a thing for sale, with its price.")
    commerce: Commerce = Field(description="What the thing is called and costs.")
    image: Image = Field(description="The picture of the thing, JPG or PNG.")
    buttons: RichButtons = Field(description="The buttons under the price, 1 or 2.")
    additional_content: Annotated[str, Length(0, 34)] | None = Field(
        None, description="What else there is to say, at most 34 characters. Default: nothing. Example: Only this week"
    )
    coupon: ShortCoupon | None = Field(None, description="A coupon under the price. Default: none.")


class Video(Part):
    """A film on Kakao TV."""

    published: ClassVar[str] = "kakao.json: FreeFormVideo"

    video_url: Annotated[str, Length(1, 500), Web] = Field(
        description="The URL of the film on Kakao TV, 1 to 500 characters. Example: https://tv.kakao.com/v/123456789"
    )
    thumbnail_url: Annotated[str, Length(1, 500), Web] | None = Field(
        None,
        description="The URL of the film's picture, which Kakao must hold; 1 to 500 characters. Default: Kakao "
        "TV's. Example: https://mud-kage.kakao.com/sale.jpg",
    )


class PremiumVideoFreeForm(ChinguContent):
    """A film and a text."""

    published: ClassVar[str] = "kakao.json: KakaoChinguOutboundPremiumVideoFreeFormContent"

    type: Literal["PREMIUM_VIDEO_FREE_FORM"] = Field(
        description="`PREMIUM_VIDEO_FREE_FORM`: a film, maybe with a text."
    )
    header: Annotated[str, Length(0, 20)] | None = Field(
        None, description="The title, at most 20 characters. Default: none."
    )
    content: Annotated[str, Length(0, 76)] | None = Field(
        None, description="The text under the title, at most 76 characters. Default: none."
    )
    video: Video = Field(description="The film and the picture that stands for it.")
    button: RichButton | None = Field(None, description="A button under the film. Default: none.")
    coupon: LongCoupon | None = Field(None, description="A coupon under the film. Default: none.")


class Variable(ChinguContent):
    """A template and what is filled in."""

    published: ClassVar[str] = (
        "kakao.json: KakaoChinguOutboundTextVariableContent, KakaoChinguOutboundImageVariableContent"
    )

    template_code: Annotated[str, Length(1, 50)] = Field(
        description="The code under which Infobip knows the template, 1 to 50 characters. Example: welcome_01"
    )
    message_data: Values | None = Field(
        None,
        description="Values of variables in the template's texts by their names. Default: none. Example: {name: "
        '"{{first_name}}"}',
    )
    button_data: Values | None = Field(
        None,
        description="Values of variables in the template's buttons by their names. Default: none. Example: {path: "
        "sale}",
    )
    coupon_data: Values | None = Field(
        None,
        description="Values of variables in the template's coupon by their names. Default: none. Example: "
        '{percent: "20"}',
    )


class TextVariable(Variable):
    """A template of a text."""

    type: Literal["TEXT_VARIABLE"] = Field(description="`TEXT_VARIABLE`: a template of a text.")


class ImageValue(Part):
    """A picture in place of the template's."""

    img_url: Page = Field(
        serialization_alias="img_url", description="The URL of the picture. Example: https://example.com/sale.jpg"
    )


class ImageVariable(Variable):
    """A template with pictures, and what is filled in."""

    type: Literal["IMAGE_VARIABLE", "IMAGE_WIDE_VARIABLE", "ITEM_LIST_VARIABLE"] = Field(
        description="The type of the template: IMAGE_VARIABLE has a picture, IMAGE_WIDE_VARIABLE a wide picture, "
        "ITEM_LIST_VARIABLE a list."
    )
    image_data: tuple[ImageValue, ...] | None = Field(
        None, description="The pictures in place of the template's, in its order. Default: the template's own."
    )


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
