"""The carousels among Kakao's brand messages."""

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from schemas.config.values import Text
from schemas.content.base import Length, Part
from schemas.content.kakao_brand import ChinguContent, adding
from schemas.content.kakao_chingu_buttons import CHANNEL, RichButtons
from schemas.content.kakao_parts import Commerce, HeadPlaces, Image, Page, ShortCoupon, Tail

Header = Annotated[str, Length(1, 20)]


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
        if adding(self.model_dump()) > 1:
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
    additional_content: Annotated[str, Length(0, 34)] | None = Field(None, description="What else there is to say.")


class CarouselCommerceFreeForm(Carousel):
    """Things for sale, side by side."""

    type: Literal["CAROUSEL_COMMERCE_FREE_FORM"] = Field(description="Things for sale, side by side.")
    head: CommerceHead | None = Field(None, description="What stands at the beginning.")
    elements: tuple[CommerceElement, ...] = Field(
        min_length=1, max_length=6, description="One element to six, without a head two."
    )

    @field_validator("elements")
    @classmethod
    def _two_without_head(cls, given: tuple[CommerceElement, ...], info: ValidationInfo) -> tuple[CommerceElement, ...]:
        if len(given) == 1 and "head" in info.data and info.data["head"] is None:
            raise ValueError("must have at least 2 entries without a head")
        return given
