"""What a Viber message says."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails

from schemas.config.values import Text
from schemas.content.base import Flag, Length, Part, Scheduled
from schemas.content.failover import SmsFailover
from schemas.content.one_of import one_of
from schemas.content.senders import SenderFault, registered
from schemas.content.shapes import AnyLink, Web, is_final, shaped
from schemas.text.tokens import literal

#: How long the titles of a card's first and second button may be: viber.json, ViberCarouselButton.title.
CARD_TITLES = (10, 12)
#: The endings of files: viber.json, ViberOutboundFileContent.fileName.
FILES = "doc docx dot dotx rtf odt fodt odf txt info pdf xps pdax eps xls xlsx xlsm xltx ods fods csv"

Url = Annotated[str, Length(1, 1000), Web]
Title = Annotated[str, Length(1, 30)]
Action = Annotated[str, Length(1, 1000), AnyLink]
Said = Annotated[str, Length(1, 1000)]
Tracking = Annotated[str, Length(1, 100)]
FileName = Annotated[str, shaped(rf".*\.({FILES.replace(' ', '|')})", f"must end in one of: {FILES}")]
Duration = Annotated[
    str, shaped(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", "must be an ISO 8601 duration such as PT30S")
]


def _left_out(given: Any, info: ValidationInfo) -> Any:
    """Refuse what Infobip leaves out of messages that are for certain devices only."""
    options = [option for option in ("to_primary_device_only", "activation_check") if info.data.get(option)]
    if given is not None and options:
        raise ValueError(f"is not possible with {options[0]}")
    return given


AnyDevice = AfterValidator(_left_out)


class Button(Part):
    """A button that leads somewhere."""

    published: ClassVar[str] = "viber.json: ButtonWithAction"

    title: Title = Field(description="The words on the button, 1 to 30 characters. Example: Shop now")
    action: Action = Field(
        description="The link that the button opens, 1 to 1,000 characters. Example: https://example.com/sale"
    )


class VideoButton(Part):
    """A button under a video."""

    published: ClassVar[str] = "viber.json: ButtonWithOptionalAction"

    title: Title = Field(description="The words on the button, 1 to 30 characters. Example: Shop now")
    action: Action | None = Field(
        None,
        description="The link that the button opens, 1 to 1,000 characters. Default: none. Example: "
        "https://example.com/sale",
    )


class CardButton(Part):
    """A button of a card."""

    published: ClassVar[str] = "viber.json: ViberCarouselButton"

    title: Annotated[str, Length(1, max(CARD_TITLES))] = Field(
        description="The words on the button: at most 10 characters on the first of a card, 12 on the second. "
        "Example: Shop now"
    )
    action: Action = Field(
        description="The link that the button opens, 1 to 1,000 characters. Example: https://example.com/sale"
    )


class Card(Part):
    """One card of a carousel."""

    published: ClassVar[str] = "viber.json: ViberCarouselCard"

    text: Annotated[str, Length(2, 38)] = Field(description="The text of the card, 2 to 38 characters.")
    media_url: Url = Field(
        description="The URL of the card's image (jpg, jpeg, png), 1 to 1,000 characters. Example: "
        "https://example.com/sale.jpg"
    )
    buttons: Annotated[tuple[CardButton, ...], Field(max_length=2)] | None = Field(
        None, description="The buttons of the card, at most 2. Default: none."
    )

    @field_validator("buttons")
    @classmethod
    def _titles_fit(cls, buttons: tuple[CardButton, ...] | None, info: ValidationInfo) -> tuple[CardButton, ...] | None:
        faults = []
        for number, (button, most) in enumerate(zip(buttons or (), CARD_TITLES, strict=False)):
            length = len(button.title if is_final(button.title, info) else literal(button.title))
            if length > most:
                told = {"error": ValueError(f"must be at most {most} characters, not {length}")}
                faults.append(InitErrorDetails(type="value_error", loc=(number, "title"), input=None, ctx=told))
        if faults:
            raise ValidationError.from_exception_data("Card", faults)
        return buttons


class ViberContent(Scheduled):
    """What all contents of the channel `viber` have."""

    #: Of senders that can be registered.
    sender_fault: ClassVar[SenderFault] = staticmethod(registered(20))

    channel: Literal["viber"] = Field(description="`viber`: Viber business messages.")
    type: str = Field(description="The type of the message: TEXT, IMAGE, FILE, VIDEO, LIST, CAROUSEL or TEMPLATE.")
    label: Literal["PROMOTIONAL", "TRANSACTIONAL"] | None = Field(
        None,
        description="What the message is for: PROMOTIONAL or TRANSACTIONAL, such as a bill. Default: left to Infobip.",
    )
    sms_failover: SmsFailover | None = Field(
        None, description="An SMS for those whom the message does not reach. Default: none."
    )


class SessionContent(ViberContent):
    """A content that can be sent at Viber's session rate, and to one device."""

    published: ClassVar[str] = "viber.json: ViberMessageOptions"

    apply_session_rate: Flag | None = Field(
        default=None, description="Pay by Viber's session rate where that is possible. Default: false."
    )
    to_primary_device_only: Flag | None = Field(
        default=None, description="Send only to the person's main device, a phone or tablet. Default: false."
    )


class TextContent(SessionContent):
    """A text, maybe with a button."""

    published: ClassVar[str] = "viber.json: ViberOutboundTextContent, ViberMessageOptions"
    texts_stand_alone: ClassVar[bool] = True

    type: Literal["TEXT"] = Field(description="`TEXT`: a text, maybe with a button.")
    activation_check: Flag | None = Field(
        default=None,
        description="Send only to people who have not activated Viber just now; Infobip must have enabled it for "
        "the sender. Default: false.",
    )
    tracking_data: Annotated[Tracking | None, AnyDevice] = Field(
        None,
        description="A text that comes back with replies, 1 to 100 characters. Default: none. Example: spring-sale",
    )
    text: Said = Field(description='The text, 1 to 1,000 characters. Example: "Hello {{first_name}}, welcome!"')
    button: Annotated[Button | None, AnyDevice] = Field(None, description="A button under the text. Default: none.")


class ImageContent(SessionContent):
    """An image, maybe with a text and a button."""

    published: ClassVar[str] = "viber.json: ViberOutboundImageContent, ViberMessageOptions"

    type: Literal["IMAGE"] = Field(description="`IMAGE`: an image, maybe with a text and a button.")
    tracking_data: Annotated[Tracking | None, AnyDevice] = Field(
        None,
        description="A text that comes back with replies, 1 to 100 characters. Default: none. Example: spring-sale",
    )
    media_url: Url = Field(
        description="The URL of the image (jpg, jpeg, png), 1 to 1,000 characters. Example: "
        "https://example.com/sale.jpg"
    )
    show_image_in_full_screen: Flag | None = Field(
        default=None,
        description="Enlarge the image when it is tapped; false opens the link of the button. Default: false.",
    )
    text: Annotated[Said | None, AnyDevice] = Field(
        None, description="The text beside the image, 1 to 1,000 characters. Default: none."
    )
    button: Annotated[Button | None, AnyDevice] = Field(
        None, description="A button under the text, which it needs. Default: none."
    )

    @field_validator("button")
    @classmethod
    def _button_has_text(cls, given: Button | None, info: ValidationInfo) -> Button | None:
        if given is not None and "text" in info.data and info.data["text"] is None:
            raise ValueError("needs a text beside it")
        return given


class FileContent(SessionContent):
    """A document to download."""

    published: ClassVar[str] = "viber.json: ViberOutboundFileContent, ViberMessageOptions"

    type: Literal["FILE"] = Field(description="`FILE`: a document to download.")
    tracking_data: Tracking | None = Field(
        None,
        description="A text that comes back with replies, 1 to 100 characters. Default: none. Example: spring-sale",
    )
    file_name: FileName = Field(
        description="The name of the file with its ending, such as pdf, docx, xlsx or txt. Example: bill.pdf"
    )
    media_url: Annotated[Text, Web] = Field(
        description="The URL from which the file is fetched. Example: https://example.com/bill.pdf"
    )


class VideoContent(ViberContent):
    """A video, maybe with a text and a button."""

    published: ClassVar[str] = "viber.json: ViberOutboundVideoContent, ViberMessageOptions"

    type: Literal["VIDEO"] = Field(description="`VIDEO`: a video, maybe with a text and a button.")
    tracking_data: Tracking | None = Field(
        None,
        description="A text that comes back with replies, 1 to 100 characters. Default: none. Example: spring-sale",
    )
    media_url: Url = Field(
        description="The URL of the video (3gp, m4v, mov, mp4), 1 to 1,000 characters. Example: "
        "https://example.com/sale.mp4"
    )
    media_duration: Duration = Field(description="The length of the video as an ISO 8601 duration. Example: PT30S")
    thumbnail_url: Url = Field(
        description="The URL of the image that stands for the video (jpg, jpeg, png), 1 to 1,000 characters. "
        "Example: https://example.com/sale.jpg"
    )
    text: Said | None = Field(None, description="The text beside the video, 1 to 1,000 characters. Default: none.")
    button: VideoButton | None = Field(None, description="A button under the video. Default: none.")


class ListContent(ViberContent):
    """A question with answers to choose from."""

    published: ClassVar[str] = "viber.json: ViberOutboundListContent, ViberMessageOptions"

    type: Literal["LIST"] = Field(description="`LIST`: a question with answers to choose from.")
    tracking_data: Tracking | None = Field(
        None,
        description="A text that comes back with replies, 1 to 100 characters. Default: none. Example: spring-sale",
    )
    text: Annotated[str, Length(1, 85)] = Field(
        description="The question, 1 to 85 characters. Example: Which day suits you?"
    )
    options: tuple[Annotated[str, Length(1, 50)], ...] = Field(
        min_length=2,
        max_length=5,
        description="The answers to choose from, 2 to 5, each 1 to 50 characters. Example: [Monday, Friday]",
    )


class CarouselContent(ViberContent):
    """Cards side by side."""

    published: ClassVar[str] = "viber.json: ViberOutboundCarouselContent, ViberMessageOptions"

    type: Literal["CAROUSEL"] = Field(description="`CAROUSEL`: cards side by side.")
    tracking_data: Tracking | None = Field(
        None,
        description="A text that comes back with replies, 1 to 100 characters. Default: none. Example: spring-sale",
    )
    text: Said = Field(description="The text above the cards, 1 to 1,000 characters.")
    cards: tuple[Card, ...] = Field(min_length=2, max_length=5, description="The cards in order, 2 to 5.")


class TemplateContent(ViberContent):
    """A text that was registered before."""

    published: ClassVar[str] = "viber.json: ViberOutboundTransactionalTemplateContent, ViberMessageOptions"

    type: Literal["TEMPLATE"] = Field(description="`TEMPLATE`: a text that was registered before.")
    template_id: Text = Field(description="The id of the registered template. Example: spring-sale")
    language: Text = Field(description="The language in which the template is registered, by its code. Example: en")
    parameters: Mapping[str, str] | None = Field(
        None,
        description="Values of the template's variables by their names. Default: none. Example: {name: "
        '"{{first_name}}"}',
    )


TYPES: Mapping[str, type[ViberContent]] = {
    "TEXT": TextContent,
    "IMAGE": ImageContent,
    "FILE": FileContent,
    "VIDEO": VideoContent,
    "LIST": ListContent,
    "CAROUSEL": CarouselContent,
    "TEMPLATE": TemplateContent,
}
CONTENT = one_of(ViberContent, TYPES, "type of Viber message")
