"""What a WhatsApp template is filled in with."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, field_validator

from schemas.config.tagged import tagged
from schemas.content.base import Length, MessageContent, NoFlag, Part
from schemas.content.failover import SmsSender
from schemas.content.senders import SenderFault, of_whatsapp
from schemas.content.shapes import Suffix, Web, shaped

#: How many of its buttons may be of one type, and which stand alone.
BUTTONS_MAX = {"URL": 2, "COPY_CODE": 1, "FLOW": 1}
LONELY_BUTTONS = frozenset({"CATALOG", "MULTI_PRODUCT"})

#: Infobip publishes no limit for these.
Words = Annotated[str, shaped(r"(?s:.+)", "must not be empty")]
#: Infobip refuses the others. They are not mended: what a profile says would look like something else, unnoticed.
Placeholder = Annotated[
    Words, shaped(r"(?!.* {5})[^\r\n\t]*", "must not hold line breaks, tabs or more than 4 spaces in a row")
]
MediaUrl = Annotated[str, Length(1, 2048), Web]


def _in_order(given: Any) -> Any:
    """Read `{1: …, 2: …}` in the order of its numbers; in that of their texts, 10 would come before 2."""
    if not isinstance(given, dict):
        return given
    numbered = {int(key): text for key, text in given.items() if str(key).isascii() and str(key).isdigit()}
    if len(numbered) < len(given):
        raise ValueError("must be a list, or a mapping by number such as {1: ..., 2: ...}")
    if gaps := [str(number) for number in range(1, len(numbered) + 1) if number not in numbered]:
        raise ValueError(f"must be numbered from 1 without gaps: {', '.join(gaps)} is missing")
    return [numbered[number] for number in sorted(numbered)]


Body = Annotated[
    tuple[Placeholder, ...],
    BeforeValidator(_in_order, json_schema_input_type=tuple[str, ...] | dict[str, str]),
]


class Header(Part):
    """What every header has."""

    type: str = Field(description="What it is.")


class TextHeader(Header):
    """A text with a placeholder."""

    type: Literal["TEXT"] = Field(description="A text.")
    placeholder: Placeholder = Field(description="What its placeholder stands for.")


class MediaHeader(Header):
    """Something to look at."""

    type: Literal["IMAGE", "VIDEO", "GIF"] = Field(description="A picture or a film.")
    media_url: MediaUrl = Field(description="Where Infobip finds it.")


class DocumentHeader(Header):
    """A PDF file."""

    type: Literal["DOCUMENT"] = Field(description="A PDF file.")
    media_url: MediaUrl = Field(description="Where Infobip finds it.")
    filename: Annotated[str, Length(1, 240)] = Field(description="What it is called.")


class LocationHeader(Header):
    """A place on the map."""

    type: Literal["LOCATION"] = Field(description="A place.")
    latitude: Annotated[float, Field(ge=-90, le=90), NoFlag] = Field(description="-90 to 90.")
    longitude: Annotated[float, Field(ge=-180, le=180), NoFlag] = Field(description="-180 to 180.")


class Button(Part):
    """What every button has."""

    type: str = Field(description="What it does.")


class QuickReplyButton(Button):
    """Answers."""

    type: Literal["QUICK_REPLY"] = Field(description="An answer.")
    parameter: Annotated[str, Length(1, 128)] = Field(description="What comes back when it is tapped.")


class UrlButton(Button):
    """Opens a page."""

    type: Literal["URL"] = Field(description="A link.")
    parameter: Annotated[Words, Suffix] = Field(description="The end of the template's URL.")


class CopyCodeButton(Button):
    """Copies a code."""

    type: Literal["COPY_CODE"] = Field(description="A code to copy.")
    parameter: Annotated[str, Length(1, 15)] = Field(description="The code.")


class FlowButton(Button):
    """Starts a flow."""

    type: Literal["FLOW"] = Field(description="A WhatsApp Flow.")
    flow_token: Annotated[str, Length(0, 3000)] | None = Field(None, description="Its token.")
    data: Mapping[str, Any] | None = Field(None, description="What its first screen is given.")


class ShopButton(Button):
    """Shows what is on sale."""

    thumbnail_product_retailer_id: Annotated[str, Length(0, 3000)] | None = Field(
        None, description="The product in the picture; default: the catalog's first."
    )


class CatalogButton(ShopButton):
    """Shows the catalog."""

    type: Literal["CATALOG"] = Field(description="The catalog.")


class Section(Part):
    """Some products."""

    title: Annotated[str, Length(0, 24)] = Field(description="What they are called together.")
    product_retailer_ids: tuple[Annotated[str, Length(0, 3000)], ...] = Field(description="Which.")


class MultiProductButton(ShopButton):
    """Shows some products of the catalog."""

    type: Literal["MULTI_PRODUCT"] = Field(description="Products.")
    sections: tuple[Section, ...] = Field(min_length=1, max_length=10, description="Which, in up to ten sections.")


class VoiceCallButton(Button):
    """Calls the business."""

    type: Literal["VOICE_CALL"] = Field(description="A call.")
    call_validity_period: Annotated[int, Field(ge=1, le=43_200), NoFlag] | None = Field(
        None, description="How many minutes it works; default: 7 days."
    )
    call_context_payload: Annotated[str, Length(1, 512)] | None = Field(
        None, description="What comes back with the call."
    )


HEADERS: Mapping[str, type[Header]] = {
    "TEXT": TextHeader,
    "IMAGE": MediaHeader,
    "VIDEO": MediaHeader,
    "GIF": MediaHeader,
    "DOCUMENT": DocumentHeader,
    "LOCATION": LocationHeader,
}
CARD_BUTTONS: Mapping[str, type[Button]] = {"QUICK_REPLY": QuickReplyButton, "URL": UrlButton}
BUTTONS: Mapping[str, type[Button]] = {
    **CARD_BUTTONS,
    "COPY_CODE": CopyCodeButton,
    "FLOW": FlowButton,
    "CATALOG": CatalogButton,
    "MULTI_PRODUCT": MultiProductButton,
    "VOICE_CALL": VoiceCallButton,
}
AnyHeader = Annotated[SerializeAsAny[Header], tagged("type", HEADERS, "header")]
AnyButton = Annotated[SerializeAsAny[Button], tagged("type", BUTTONS, "button")]
CardButton = Annotated[SerializeAsAny[Button], tagged("type", CARD_BUTTONS, "button of a card")]


class Card(Part):
    """One card of a carousel."""

    header: AnyHeader = Field(description="What it shows.")
    body: Body | None = Field(None, description="What the placeholders of its text stand for.")
    buttons: tuple[CardButton, ...] | None = Field(None, min_length=1, max_length=2, description="One or two.")


class Carousel(Part):
    """Cards to leaf through."""

    cards: tuple[Card, ...] = Field(min_length=1, max_length=10, description="Up to ten, in the template's order.")


class SmsFailover(Part):
    """The SMS that goes out where the template cannot be delivered."""

    sender: SmsSender = Field(serialization_alias="from", description="Who sends it.")
    text: Annotated[str, Length(1, 4096)] = Field(description="What it says.")


class WhatsappTemplateContent(MessageContent):
    """The content of the channel `whatsapp_template`: everything is in the order of the registered template."""

    takes_speed_limit: ClassVar[bool] = False
    sender_fault: ClassVar[SenderFault] = staticmethod(of_whatsapp)

    channel: Literal["whatsapp_template"] = Field(description="WhatsApp templates.")
    template_name: Annotated[
        str, Length(1, 512), shaped(r"[a-z0-9_]*", "must consist of lower-case letters, digits and underscores")
    ] = Field(description="The template.")
    language: Words = Field(description="The language it is registered in, such as en or pt_BR.")
    body: Body = Field((), description="What its placeholders stand for: a list, or a mapping by number.")
    header: AnyHeader | None = Field(None, description="What its header shows.")
    buttons: tuple[AnyButton, ...] = Field((), max_length=10, description="What those of its buttons need that do.")
    carousel: Carousel | None = Field(None, description="What its cards show.")
    sms_failover: SmsFailover | None = Field(None, description="The SMS instead, where it cannot be delivered.")

    @field_validator("buttons")
    @classmethod
    def _go_together(cls, given: tuple[Button, ...]) -> tuple[Button, ...]:
        counts = Counter(button.type for button in given)
        for name, most in BUTTONS_MAX.items():
            if counts[name] > most:
                raise ValueError(f"must have at most {most} of type {name}, not {counts[name]}")
        if len(given) > 1 and (lonely := LONELY_BUTTONS & counts.keys()):
            raise ValueError(f"a button of type {min(lonely)} must be the only one")
        return given


CONTENT = WhatsappTemplateContent
