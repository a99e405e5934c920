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

    title: Annotated[str, Length(0, 66)] | None = Field(None, description="The title.")
    segments: tuple[ReadySegment, ...] = Field(
        min_length=1, serialization_alias="messageSegments", description="Texts and media, in order."
    )


class FailoverMms(Part):
    """The MMS instead; its texts take tokens, too."""

    sender: SmsSender | None = Field(None, description="Who sends it; default: the account's.")
    content: MmsInstead = Field(description="What it says.")
    validity_period: ValidityPeriod | None = Field(None, description="How long Infobip tries to deliver it.")


class RcsContent(Scheduled):
    """What all contents of the channel `rcs` have."""

    sender_fault: ClassVar[SenderFault] = staticmethod(of_rcs)

    channel: Literal["rcs"] = Field(description="RCS messages.")
    type: str = Field(description="What is sent.")
    sms_failover: SmsFailover | None = Field(None, description="An SMS for those whom the message does not reach.")
    mms_failover: FailoverMms | None = Field(None, description="An MMS instead of that SMS.")

    @field_validator("mms_failover")
    @classmethod
    def _one_failover(cls, given: FailoverMms | None, info: ValidationInfo) -> FailoverMms | None:
        if given is not None and info.data.get("sms_failover") is not None:
            raise ValueError("goes without sms_failover: give one of them")
        return given


class Suggesting(RcsContent):
    """A content that suggests what to do next."""

    suggestions: Annotated[tuple[Suggestion, ...], Field(max_length=11)] | None = Field(
        None, description="What to do next; 11 at most."
    )


class Resource(Part):
    """A file that is elsewhere."""

    url: Annotated[str, Length(1, 2048), Web] = Field(description="Where it is.")


class TextMessage(Suggesting):
    """A text."""

    type: Literal["TEXT"] = Field(description="A text.")
    text: Annotated[str, Length(1, 3072)] = Field(description="The text.")


class FileMessage(Suggesting):
    """A file."""

    type: Literal["FILE"] = Field(description="A picture, a film, a sound or a PDF.")
    file: Resource = Field(description="The file; 100 MB at most.")
    thumbnail: Resource | None = Field(None, description="The picture that a film shows before it runs.")


class Media(Part):
    """The picture or film of a card."""

    file: Resource = Field(description="The picture or film.")
    thumbnail: Resource | None = Field(None, description="The picture that a film shows before it runs.")
    height: Literal["SHORT", "MEDIUM", "TALL"] = Field(description="How much room it takes.")


class RcsCard(Part):
    """A card."""

    title: Annotated[str, Length(1, 200)] | None = Field(None, description="The title; this or `media` is needed.")
    description: Annotated[str, Length(1, 2000)] | None = Field(None, description="The text.")
    media: Media | None = Field(None, description="A picture or film.")
    suggestions: Annotated[tuple[Suggestion, ...], Field(max_length=4)] | None = Field(
        None, description="What to do next; 4 at most."
    )

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if self.title is None and self.media is None:
            raise ValueError("title or media is needed")
        return self


class CardMessage(Suggesting):
    """One card."""

    type: Literal["CARD"] = Field(description="One card.")
    orientation: Literal["HORIZONTAL", "VERTICAL"] = Field(description="How picture and text stand.")
    alignment: Literal["LEFT", "RIGHT"] = Field(description="Where the picture of a HORIZONTAL card is.")
    content: RcsCard = Field(description="The card.")


class CarouselMessage(Suggesting):
    """Cards side by side."""

    type: Literal["CAROUSEL"] = Field(description="Cards side by side.")
    card_width: Literal["SMALL", "MEDIUM"] = Field(description="How wide they are.")
    contents: tuple[RcsCard, ...] = Field(min_length=2, max_length=10, description="Two cards to ten.")


class Parameter(Part):
    """What is filled in for a name."""

    name: Text = Field(description="The name, as the template has it.")
    value: str = Field(description="What is said for it.")


class TemplateMessage(RcsContent):
    """A template, filled in."""

    type: Literal["PROVIDER_TEMPLATE"] = Field(description="A template.")
    template_id: Text = Field(description="The name that it was registered under.")
    parameters: tuple[Parameter, ...] | None = Field(None, description="What is filled in.")


TYPES: Mapping[str, type[RcsContent]] = {
    "TEXT": TextMessage,
    "FILE": FileMessage,
    "CARD": CardMessage,
    "CAROUSEL": CarouselMessage,
    "PROVIDER_TEMPLATE": TemplateMessage,
}
CONTENT = one_of(RcsContent, TYPES, "type of RCS message")
