"""What the buttons of a WhatsApp template are filled in with."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, SerializeAsAny

from schemas.config.tagged import tagged
from schemas.content.base import Length, NoFlag, Part
from schemas.content.shapes import Suffix, Words


class Button(Part):
    """What every button has."""

    type: str = Field(description="The type of the button, as the template has it. Example: QUICK_REPLY")


class QuickReplyButton(Button):
    """A button that answers."""

    published: ClassVar[str] = "whatsapp.json: TemplateQuickReplyButtonContent"

    type: Literal["QUICK_REPLY"] = Field(description="`QUICK_REPLY`: a button that answers.")
    parameter: Annotated[str, Length(1, 128)] = Field(
        description="The text that comes back when somebody taps the button, 1 to 128 characters. Example: yes"
    )


class UrlButton(Button):
    """A button that opens a page."""

    published: ClassVar[str] = "whatsapp.json: TemplateUrlButtonContent"

    type: Literal["URL"] = Field(description="`URL`: a button that opens a page.")
    parameter: Annotated[Words, Suffix] = Field(
        description='The end of the template\'s URL; values are percent-encoded. Example: "sale?from={{city}}"'
    )


class CopyCodeButton(Button):
    """A button that copies a code."""

    published: ClassVar[str] = "whatsapp.json: TemplateCopyCodeButtonContent"

    type: Literal["COPY_CODE"] = Field(description="`COPY_CODE`: a button that copies a code.")
    parameter: Annotated[str, Length(1, 15)] = Field(
        description="The code to copy, 1 to 15 characters. Example: SPRING20"
    )


class FlowButton(Button):
    """A button that starts a WhatsApp Flow."""

    published: ClassVar[str] = "whatsapp.json: TemplateFlowButtonContent"

    type: Literal["FLOW"] = Field(description="`FLOW`: a button that starts a WhatsApp Flow.")
    flow_token: Annotated[str, Length(0, 3000)] | None = Field(
        None, description="The flow's token, at most 3,000 characters. Default: none."
    )
    data: Mapping[str, Any] | None = Field(
        None,
        description="What the flow's first screen is given, as a mapping. Default: nothing. Example: {name: "
        '"{{first_name}}"}',
    )


class ShopButton(Button):
    """A button that shows what is for sale."""

    published: ClassVar[str] = "whatsapp.json: TemplateCatalogButtonContent"

    thumbnail_product_retailer_id: Annotated[str, Length(0, 3000)] | None = Field(
        None,
        description="The id of the product in the picture, at most 3,000 characters. Default: the first of the "
        "catalog.",
    )


class CatalogButton(ShopButton):
    """A button that shows the catalog."""

    type: Literal["CATALOG"] = Field(description="`CATALOG`: a button that shows the catalog; goes alone.")


class Section(Part):
    """Some products under one title."""

    published: ClassVar[str] = "whatsapp.json: MultiProductSectionContent"

    title: Annotated[str, Length(0, 24)] = Field(
        description="The title above the products, at most 24 characters. Example: New in spring"
    )
    product_retailer_ids: tuple[Annotated[str, Length(0, 3000)], ...] = Field(
        description="The ids of the products in the catalog, each at most 3,000 characters. Example: [sku-1, sku-2]"
    )


class MultiProductButton(ShopButton):
    """A button that shows some products of the catalog."""

    published: ClassVar[str] = "whatsapp.json: TemplateMultiProductButtonContent"

    type: Literal["MULTI_PRODUCT"] = Field(
        description="`MULTI_PRODUCT`: a button that shows some products of the catalog; goes alone."
    )
    sections: tuple[Section, ...] = Field(min_length=1, max_length=10, description="The products in 1 to 10 sections.")


class VoiceCallButton(Button):
    """A button that calls the business."""

    published: ClassVar[str] = "whatsapp.json: TemplateVoiceCallButtonContent"

    type: Literal["VOICE_CALL"] = Field(description="`VOICE_CALL`: a button that calls the business.")
    call_validity_period: Annotated[int, Field(ge=1, le=43_200), NoFlag] | None = Field(
        None, description="Minutes for which the button works, 1 to 43,200. Default: 10,080 (7 days). Example: 1440"
    )
    call_context_payload: Annotated[str, Length(1, 512)] | None = Field(
        None,
        description="The text that comes back with the call, 1 to 512 characters. Default: none. Example: spring-sale",
    )


CARD_BUTTONS: Mapping[str, type[Button]] = {"QUICK_REPLY": QuickReplyButton, "URL": UrlButton}
BUTTONS: Mapping[str, type[Button]] = {
    **CARD_BUTTONS,
    "COPY_CODE": CopyCodeButton,
    "FLOW": FlowButton,
    "CATALOG": CatalogButton,
    "MULTI_PRODUCT": MultiProductButton,
    "VOICE_CALL": VoiceCallButton,
}
AnyButton = Annotated[SerializeAsAny[Button], tagged("type", BUTTONS, "button")]
CardButton = Annotated[SerializeAsAny[Button], tagged("type", CARD_BUTTONS, "button of a card")]
