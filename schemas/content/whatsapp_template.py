"""What a WhatsApp template is filled in with.

How many buttons go together: whatsapp.json, `TemplateDataContent.buttons`.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, field_validator

from schemas.config.tagged import tagged
from schemas.content.base import Length, MessageContent, NoFlag, Part
from schemas.content.failover import SmsSender
from schemas.content.senders import SenderFault, of_whatsapp
from schemas.content.shapes import Web, Words, shaped
from schemas.content.whatsapp_buttons import AnyButton, Button, CardButton

#: How many of its buttons may be of one type, and which stand alone.
BUTTONS_MAX = {"URL": 2, "COPY_CODE": 1, "FLOW": 1}
LONELY_BUTTONS = frozenset({"CATALOG", "MULTI_PRODUCT"})

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

    type: str = Field(description="The type of the header: TEXT, IMAGE, VIDEO, GIF, DOCUMENT or LOCATION.")


class TextHeader(Header):
    """A header of text with a placeholder."""

    published: ClassVar[str] = "whatsapp.json: TemplateTextHeaderContent"

    type: Literal["TEXT"] = Field(description="`TEXT`: a header of text with one placeholder.")
    placeholder: Placeholder = Field(description='The value of the placeholder, in one line. Example: "{{first_name}}"')


class MediaHeader(Header):
    """A header that shows a picture or a film."""

    published: ClassVar[str] = (
        "whatsapp.json: TemplateImageHeaderContent, TemplateVideoHeaderContent, TemplateGifHeaderContent"
    )

    type: Literal["IMAGE", "VIDEO", "GIF"] = Field(
        description="The type of the header: IMAGE is a picture, VIDEO a film, GIF a short MP4 that repeats."
    )
    media_url: MediaUrl = Field(
        description="The URL from which Infobip fetches the file, 1 to 2,048 characters. Example: "
        "https://example.com/sale.png"
    )


class DocumentHeader(Header):
    """A header that shows a PDF file."""

    published: ClassVar[str] = "whatsapp.json: TemplateDocumentHeaderContent"

    type: Literal["DOCUMENT"] = Field(description="`DOCUMENT`: a header that shows a PDF file.")
    media_url: MediaUrl = Field(
        description="The URL from which Infobip fetches the file, 1 to 2,048 characters. Example: "
        "https://example.com/bill.pdf"
    )
    filename: Annotated[str, Length(1, 240)] = Field(
        description="The name that people see, 1 to 240 characters. Example: bill.pdf"
    )


class LocationHeader(Header):
    """A header that shows a place on the map."""

    published: ClassVar[str] = "whatsapp.json: TemplateLocationHeaderContent"

    type: Literal["LOCATION"] = Field(description="`LOCATION`: a header that shows a place on the map.")
    latitude: Annotated[float, Field(ge=-90, le=90), NoFlag] = Field(
        description="Degrees north of the equator, -90 to 90. Example: 52.52"
    )
    longitude: Annotated[float, Field(ge=-180, le=180), NoFlag] = Field(
        description="Degrees east of Greenwich, -180 to 180. Example: 13.405"
    )


HEADERS: Mapping[str, type[Header]] = {
    "TEXT": TextHeader,
    "IMAGE": MediaHeader,
    "VIDEO": MediaHeader,
    "GIF": MediaHeader,
    "DOCUMENT": DocumentHeader,
    "LOCATION": LocationHeader,
}
AnyHeader = Annotated[SerializeAsAny[Header], tagged("type", HEADERS, "header")]


class Card(Part):
    """One card of a carousel."""

    published: ClassVar[str] = "whatsapp.json: TemplateCardContent"

    header: AnyHeader = Field(description="What the card shows at its top.")
    body: Body | None = Field(
        None,
        description="Values of the placeholders in the card's text: a list, or a mapping by number. Default: none. "
        'Example: ["{{first_name}}"]',
    )
    buttons: tuple[CardButton, ...] | None = Field(
        None,
        min_length=1,
        max_length=2,
        description="Values of the card's buttons in the template's order, 1 or 2. Default: none.",
    )


class Carousel(Part):
    """Cards side by side."""

    published: ClassVar[str] = "whatsapp.json: TemplateCarouselContent"

    cards: tuple[Card, ...] = Field(
        min_length=1, max_length=10, description="The cards in the template's order, 1 to 10."
    )


class SmsFailover(Part):
    """The SMS that goes out where the template cannot be delivered."""

    published: ClassVar[str] = "whatsapp.json: Failover"

    sender: SmsSender = Field(
        serialization_alias="from", description="The sender of the SMS, 1 to 255 characters. Example: Acme"
    )
    text: Annotated[str, Length(1, 4096)] = Field(
        description='The text of the SMS, 1 to 4,096 characters. Example: "Hello {{first_name}}, welcome!"'
    )


class WhatsappTemplateContent(MessageContent):
    """The content of the channel `whatsapp_template`: everything is in the order of the registered template."""

    published: ClassVar[str] = "whatsapp.json: TemplateContent, TemplateDataContent"
    takes_speed_limit: ClassVar[bool] = False
    no_options: ClassVar[frozenset[str]] = frozenset({"campaign"})
    sender_fault: ClassVar[SenderFault] = staticmethod(of_whatsapp)

    channel: Literal["whatsapp_template"] = Field(
        description="`whatsapp_template`: WhatsApp templates that Meta has approved."
    )
    template_name: Annotated[
        str, Length(1, 512), shaped(r"[a-z0-9_]*", "must consist of lower-case letters, digits and underscores")
    ] = Field(
        description="The template's name: 1 to 512 lower-case letters, digits and underscores. Example: spring_sale"
    )
    language: Words = Field(description="The language in which the template is registered, by its code. Example: pt_BR")
    body: Body = Field(
        (),
        description="Values of the placeholders in the template's text: a list, or a mapping by number. Default: "
        'none. Example: ["{{first_name}}", "20 %"]',
    )
    header: AnyHeader | None = Field(None, description="What the template's header shows. Default: what is registered.")
    buttons: tuple[AnyButton, ...] = Field(
        (),
        max_length=10,
        description="Values of the template's buttons in its order, of those that need one; at most 10. Default: none.",
    )
    carousel: Carousel | None = Field(None, description="What the template's cards show. Default: none.")
    sms_failover: SmsFailover | None = Field(
        None, description="An SMS for those whom the template does not reach. Default: none."
    )

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
