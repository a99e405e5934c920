"""The carousels among Kakao's brand messages."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from schemas.config.values import Text
from schemas.content.base import Length, Part
from schemas.content.kakao_brand import ChinguContent, adding
from schemas.content.kakao_chingu_buttons import CHANNEL, RichButtons
from schemas.content.kakao_parts import Commerce, HeadPlaces, Image, Page, ShortCoupon, Tail

Header = Annotated[str, Length(1, 20)]


class Attachment(Part):
    """What an element of a carousel shows."""

    published: ClassVar[str] = "kakao.json: CarouselFreeFormElementAttachment"

    image: Image = Field(description="The picture of the element, JPG or PNG.")
    buttons: RichButtons = Field(
        description="The buttons of the element, 1 or 2; in a whole carousel one ADD_CHANNEL at most."
    )
    coupon: ShortCoupon | None = Field(None, description="A coupon under the element. Default: none.")


class Carousel(ChinguContent):
    """What both kinds of carousel have."""

    tail: Tail | None = Field(None, description="A last card that leads on to a page. Default: none.")

    @model_validator(mode="after")
    def _added_once(self) -> Self:
        if adding(self.model_dump()) > 1:
            raise ValueError(f"a carousel may have one button {CHANNEL}")
        return self


class Head(HeadPlaces):
    """The first card of a carousel."""

    published: ClassVar[str] = "kakao.json: CarouselFreeFormHead"

    header: Header = Field(description="The title, 1 to 20 characters. Example: New in spring")
    content: Annotated[str, Length(1, 50)] = Field(description="The text under the title, 1 to 50 characters.")
    image: Image = Field(description="The picture of the head, JPG or PNG.")


class Element(Part):
    """One card of a carousel: a title, a text and a picture."""

    published: ClassVar[str] = "kakao.json: CarouselFreeFormElement"

    header: Header = Field(description="The title, 1 to 20 characters. Example: New in spring")
    message: Annotated[str, Length(1, 180)] = Field(description="The text under the title, 1 to 180 characters.")
    attachment: Attachment = Field(description="The picture, the buttons and the coupon of the element.")


class CarouselFreeForm(Carousel):
    """Pictures with texts, side by side."""

    published: ClassVar[str] = "kakao.json: KakaoChinguOutboundCarouselFreeFormContent"

    type: Literal["CAROUSEL_FREE_FORM"] = Field(description="`CAROUSEL_FREE_FORM`: pictures with texts, side by side.")
    head: Head | None = Field(None, description="A first card with a title, a text and a picture. Default: none.")
    elements: tuple[Element, ...] = Field(min_length=2, max_length=6, description="The elements in order, 2 to 6.")


class CommerceHead(HeadPlaces):
    """The first card of a carousel of things for sale."""

    published: ClassVar[str] = "kakao.json: CarouselCommerceHead"

    header: Text = Field(description="The title above the things for sale. Example: New in spring")
    content: Text = Field(description="The text under the title. Example: Only this week")
    image_url: Page | None = Field(
        None, description="The URL of the head's picture. Default: none. Example: https://example.com/sale.jpg"
    )


class CommerceAttachment(Attachment):
    """What a thing for sale shows: its picture, price and buttons."""

    published: ClassVar[str] = "kakao.json: CarouselCommerceFreeFormElementAttachment"

    commerce: Commerce | None = Field(
        None, description="What the thing is called and costs. Default: nothing is said of it."
    )


class CommerceElement(Part):
    """One card of a carousel: a thing for sale."""

    published: ClassVar[str] = "kakao.json: CarouselCommerceFreeFormElement"

    attachment: CommerceAttachment = Field(
        description="The picture, the price, the buttons and the coupon of the element."
    )
    additional_content: Annotated[str, Length(0, 34)] | None = Field(
        None, description="What else there is to say, at most 34 characters. Default: nothing. Example: Only this week"
    )


class CarouselCommerceFreeForm(Carousel):
    """Things for sale, side by side."""

    published: ClassVar[str] = "kakao.json: KakaoChinguOutboundCarouselCommerceFreeFormContent"

    type: Literal["CAROUSEL_COMMERCE_FREE_FORM"] = Field(
        description="`CAROUSEL_COMMERCE_FREE_FORM`: things for sale, side by side."
    )
    head: CommerceHead | None = Field(None, description="A first card with a title and a text. Default: none.")
    elements: tuple[CommerceElement, ...] = Field(
        min_length=1, max_length=6, description="The elements in order, 1 to 6; without a head at least 2."
    )

    @field_validator("elements")
    @classmethod
    def _two_without_head(cls, given: tuple[CommerceElement, ...], info: ValidationInfo) -> tuple[CommerceElement, ...]:
        if len(given) == 1 and "head" in info.data and info.data["head"] is None:
            raise ValueError("must have at least 2 entries without a head")
        return given
