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

#: How long the titles of a card's first and second button may be.
CARD_TITLES = (10, 12)
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

    title: Title = Field(description="What it says.")
    action: Action = Field(description="The URL it opens.")


class VideoButton(Part):
    """A button under a video."""

    title: Title = Field(description="What it says.")
    action: Action | None = Field(None, description="The URL it opens.")


class CardButton(Part):
    """A button of a card."""

    title: Annotated[str, Length(1, max(CARD_TITLES))] = Field(
        description="What it says: 10 characters at most on the first button, 12 on the second."
    )
    action: Action = Field(description="The URL it opens.")


class Card(Part):
    """One card of a carousel."""

    text: Annotated[str, Length(2, 38)] = Field(description="The text.")
    media_url: Url = Field(description="Where the image is.")
    buttons: Annotated[tuple[CardButton, ...], Field(max_length=2)] | None = Field(None, description="At most 2.")

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

    channel: Literal["viber"] = Field(description="Viber business messages.")
    type: str = Field(description="What it is.")
    label: Literal["PROMOTIONAL", "TRANSACTIONAL"] | None = Field(None, description="What kind of message it is.")
    sms_failover: SmsFailover | None = Field(None, description="An SMS for those whom the message does not reach.")


class SessionContent(ViberContent):
    """A content that can be sent at Viber's session rate, and to one device."""

    apply_session_rate: Flag | None = Field(default=None, description="Pay by the session, where possible.")
    to_primary_device_only: Flag | None = Field(default=None, description="Send it to the main device alone.")


class TextContent(SessionContent):
    """A text."""

    type: Literal["TEXT"] = Field(description="A text.")
    activation_check: Flag | None = Field(
        default=None, description="Send it only to whom has not activated Viber just now; Infobip enables it by sender."
    )
    tracking_data: Annotated[Tracking | None, AnyDevice] = Field(None, description="What comes back with replies.")
    text: Said = Field(description="The text.")
    button: Annotated[Button | None, AnyDevice] = Field(None, description="A button.")


class ImageContent(SessionContent):
    """An image."""

    type: Literal["IMAGE"] = Field(description="An image.")
    tracking_data: Annotated[Tracking | None, AnyDevice] = Field(None, description="What comes back with replies.")
    media_url: Url = Field(description="Where the image is (jpg, jpeg, png).")
    show_image_in_full_screen: Flag | None = Field(
        default=None, description="Tapping the image enlarges it; false: it does what the button does."
    )
    text: Annotated[Said | None, AnyDevice] = Field(None, description="The text beside it.")
    button: Annotated[Button | None, AnyDevice] = Field(None, description="A button; needs a text.")

    @field_validator("button")
    @classmethod
    def _button_has_text(cls, given: Button | None, info: ValidationInfo) -> Button | None:
        if given is not None and "text" in info.data and info.data["text"] is None:
            raise ValueError("needs a text beside it")
        return given


class FileContent(SessionContent):
    """A document."""

    type: Literal["FILE"] = Field(description="A document.")
    tracking_data: Tracking | None = Field(None, description="What comes back with replies.")
    file_name: FileName = Field(description="What the file is called, such as bill.pdf.")
    media_url: Annotated[Text, Web] = Field(description="Where the file is.")


class VideoContent(ViberContent):
    """A video."""

    type: Literal["VIDEO"] = Field(description="A video.")
    tracking_data: Tracking | None = Field(None, description="What comes back with replies.")
    media_url: Url = Field(description="Where the video is (3gp, m4v, mov, mp4).")
    media_duration: Duration = Field(description="How long it is, such as PT30S.")
    thumbnail_url: Url = Field(description="Where its image is (jpg, jpeg, png).")
    text: Said | None = Field(None, description="The text beside it.")
    button: VideoButton | None = Field(None, description="A button.")


class ListContent(ViberContent):
    """A choice."""

    type: Literal["LIST"] = Field(description="A choice.")
    tracking_data: Tracking | None = Field(None, description="What comes back with replies.")
    text: Annotated[str, Length(1, 85)] = Field(description="The question.")
    options: tuple[Annotated[str, Length(1, 50)], ...] = Field(
        min_length=2, max_length=5, description="What there is to choose from: 2 to 5."
    )


class CarouselContent(ViberContent):
    """Cards side by side."""

    type: Literal["CAROUSEL"] = Field(description="Cards side by side.")
    tracking_data: Tracking | None = Field(None, description="What comes back with replies.")
    text: Said = Field(description="The text above them.")
    cards: tuple[Card, ...] = Field(min_length=2, max_length=5, description="2 to 5.")


class TemplateContent(ViberContent):
    """A text that was registered before."""

    type: Literal["TEMPLATE"] = Field(description="A template.")
    template_id: Text = Field(description="Which.")
    language: Text = Field(description="In which language, as it was registered.")
    parameters: Mapping[str, str] | None = Field(None, description="The values of its variables, by their names.")


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
