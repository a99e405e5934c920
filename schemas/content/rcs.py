"""What an RCS message says: a text, a file, a card, cards side by side, or a template."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from schemas.config.tagged import tagged
from schemas.config.values import Text
from schemas.content.base import Length, Part, Scheduled, ValidityPeriod
from schemas.content.failover import SmsFailover, SmsSender
from schemas.content.mms import SEGMENTS, Segment
from schemas.content.one_of import one_of
from schemas.content.rcs_suggestions import Suggestion
from schemas.content.senders import SenderFault, of_rcs
from schemas.content.shapes import Web

#: Segments that need no upload before they are sent.
READY: Mapping[str, type[Segment]] = {name: model for name, model in SEGMENTS.items() if name != "FILE"}
ReadySegment = Annotated[SerializeAsAny[Segment], tagged("type", READY, "segment")]


class MmsInstead(Part):
    """What an MMS says that stands in for another message."""

    published: ClassVar[str] = "rcs.json: MmsOutboundContent"

    title: Annotated[str, Length(0, 66)] | None = Field(
        None, description="The title above the MMS, at most 66 characters. Default: none."
    )
    segments: tuple[ReadySegment, ...] = Field(
        min_length=1, serialization_alias="messageSegments", description="The pieces of the MMS in order, at least 1."
    )


class FailoverMms(Part):
    """The MMS instead; its texts take tokens, too."""

    published: ClassVar[str] = "rcs.json: RcsMmsFailover"

    sender: SmsSender | None = Field(
        None, description="The sender of the MMS, 1 to 255 characters. Default: the account's. Example: Acme"
    )
    content: MmsInstead = Field(description="The title and the pieces of the MMS.")
    validity_period: ValidityPeriod | None = Field(
        None,
        description="How long Infobip tries to deliver the MMS. Default: as long as Infobip does by itself. "
        "Example: {amount: 12, time_unit: HOURS}",
    )


class RcsContent(Scheduled):
    """What all contents of the channel `rcs` have."""

    published: ClassVar[str] = "rcs.json: RcsFailoverOptions"
    sender_fault: ClassVar[SenderFault] = staticmethod(of_rcs)

    channel: Literal["rcs"] = Field(description="`rcs`: RCS messages to phones.")
    type: str = Field(description="The type of the message: TEXT, FILE, CARD, CAROUSEL or PROVIDER_TEMPLATE.")
    sms_failover: SmsFailover | None = Field(
        None, description="An SMS for those whom the message does not reach. Default: none."
    )
    mms_failover: FailoverMms | None = Field(
        None, description="An MMS for those whom the message does not reach, in place of `sms_failover`. Default: none."
    )

    @field_validator("mms_failover")
    @classmethod
    def _one_failover(cls, given: FailoverMms | None, info: ValidationInfo) -> FailoverMms | None:
        if given is not None and info.data.get("sms_failover") is not None:
            raise ValueError("goes without sms_failover: give one of them")
        return given


class Suggesting(RcsContent):
    """A content that suggests what to do next."""

    published: ClassVar[str] = "rcs.json: RcsOutboundTextContent, RcsOutboundFileContent, RcsOutboundCardContent"

    suggestions: Annotated[tuple[Suggestion, ...], Field(max_length=11)] | None = Field(
        None, description="Buttons under the message that say what to do next, at most 11. Default: none."
    )


class Resource(Part):
    """A file at a URL."""

    published: ClassVar[str] = "rcs.json: ResourceSchema, CardResourceSchema, Resource"

    url: Annotated[str, Length(1, 2048), Web] = Field(
        description="The URL of the file, 1 to 2,048 characters. Example: https://example.com/sale.jpg"
    )


class TextMessage(Suggesting):
    """A message of text."""

    published: ClassVar[str] = "rcs.json: RcsOutboundTextContent"
    texts_stand_alone: ClassVar[bool] = True

    type: Literal["TEXT"] = Field(description="`TEXT`: a message of text.")
    text: Annotated[str, Length(1, 3072)] = Field(
        description='The text, 1 to 3,072 characters. Example: "Hello {{first_name}}, welcome!"'
    )


class FileMessage(Suggesting):
    """A message that is a file."""

    published: ClassVar[str] = "rcs.json: RcsOutboundFileContent"

    type: Literal["FILE"] = Field(description="`FILE`: a picture, a film, a sound or a PDF.")
    file: Resource = Field(description="The URL of the file, of 100 MB at most.")
    thumbnail: Resource | None = Field(None, description="The picture that a film shows before it runs. Default: none.")


class Media(Part):
    """The picture or film of a card."""

    published: ClassVar[str] = "rcs.json: CardMedia"

    file: Resource = Field(description="The URL of the picture or film.")
    thumbnail: Resource | None = Field(None, description="The picture that a film shows before it runs. Default: none.")
    height: Literal["SHORT", "MEDIUM", "TALL"] = Field(description="The room that it takes: SHORT, MEDIUM or TALL.")


class RcsCard(Part):
    """A card: a title, a text, a picture or film, and buttons."""

    published: ClassVar[str] = "rcs.json: CardContent"

    title: Annotated[str, Length(1, 200)] | None = Field(
        None, description="The title, 1 to 200 characters; this or `media` is needed. Default: none."
    )
    description: Annotated[str, Length(1, 2000)] | None = Field(
        None, description="The text under the title, 1 to 2,000 characters. Default: none."
    )
    media: Media | None = Field(
        None, description="A picture or film at the top; this or `title` is needed. Default: none."
    )
    suggestions: Annotated[tuple[Suggestion, ...], Field(max_length=4)] | None = Field(
        None, description="Buttons of the card that say what to do next, at most 4. Default: none."
    )

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if self.title is None and self.media is None:
            raise ValueError("title or media is needed")
        return self


class CardMessage(Suggesting):
    """A message of one card."""

    published: ClassVar[str] = "rcs.json: RcsOutboundCardContent"

    type: Literal["CARD"] = Field(description="`CARD`: one card with a title, a text, a picture or a film.")
    orientation: Literal["HORIZONTAL", "VERTICAL"] = Field(
        description="Where the picture stands: HORIZONTAL is beside the text, VERTICAL above it."
    )
    alignment: Literal["LEFT", "RIGHT"] = Field(
        description="The side of the picture on a HORIZONTAL card: LEFT or RIGHT."
    )
    content: RcsCard = Field(description="The title, text, picture and buttons of the card.")


class CarouselMessage(Suggesting):
    """A message of cards side by side."""

    published: ClassVar[str] = "rcs.json: RcsOutboundCarouselContent"

    type: Literal["CAROUSEL"] = Field(description="`CAROUSEL`: cards side by side.")
    card_width: Literal["SMALL", "MEDIUM"] = Field(description="The width of all cards: SMALL or MEDIUM.")
    contents: tuple[RcsCard, ...] = Field(min_length=2, max_length=10, description="The cards in order, 2 to 10.")


class Parameter(Part):
    """A variable of a template, and its value."""

    published: ClassVar[str] = "rcs.json: Parameter"

    name: Text = Field(description="The variable's name, as the template has it. Example: name")
    value: str = Field(description='The value that stands for the variable. Example: "{{first_name}}"')


class TemplateMessage(RcsContent):
    """A template, filled in."""

    published: ClassVar[str] = "rcs.json: RcsOutboundProviderTemplateContent"

    type: Literal["PROVIDER_TEMPLATE"] = Field(
        description="`PROVIDER_TEMPLATE`: a template that was registered before."
    )
    template_id: Text = Field(description="The name under which the template is registered. Example: spring_sale")
    parameters: tuple[Parameter, ...] | None = Field(
        None,
        description="Values of the template's variables. Default: none. Example: [{name: name, value: "
        '"{{first_name}}"}]',
    )


TYPES: Mapping[str, type[RcsContent]] = {
    "TEXT": TextMessage,
    "FILE": FileMessage,
    "CARD": CardMessage,
    "CAROUSEL": CarouselMessage,
    "PROVIDER_TEMPLATE": TemplateMessage,
}
CONTENT = one_of(RcsContent, TYPES, "type of RCS message")
