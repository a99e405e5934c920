"""What an MMS says: a title, and segments of text and media."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, field_validator

from schemas.config.tagged import tagged
from schemas.config.values import FileName, Text, once
from schemas.content.base import Length, Part, Scheduled
from schemas.content.failover import Failover
from schemas.content.senders import SenderFault, of_sms
from schemas.content.shapes import Html, Web, shaped
from schemas.content.sms import Reseller
from schemas.text.tokens import tokens_of

#: Infobip's schema takes 4,096 characters, but what is over 1,600 is rejected all the same (status 77).
TEXT_MAX = 1600

MediaType = Annotated[str, shaped(r"[\w.+-]+/[\w.+-]+", "must be a media type such as image/png")]


def _for_everybody(text: str) -> str:
    if any(tokens_of(text)):
        raise ValueError("takes no tokens: the file is uploaded once, for everybody")
    return text


Fixed = AfterValidator(_for_everybody)


class Segment(Part):
    """What every segment has."""

    type: str = Field(description="What it is.")
    content_id: Text | None = Field(
        None, description="Its name within the message, for SMIL; some carriers refuse other than letters."
    )


class TextSegment(Segment):
    """A text."""

    type: Literal["TEXT"] = Field(description="A text.")
    text: Annotated[str, Length(1, TEXT_MAX)] = Field(description="The text.")


class LinkSegment(Segment):
    """A file that anybody can fetch."""

    type: Literal["LINK"] = Field(description="An image, a video, ... at a URL.")
    content_url: Annotated[Text, Web] = Field(description="Where Infobip fetches it.")
    content_type: MediaType | None = Field(None, description="Its media type, such as image/png.")


class FileSegment(Segment):
    """A file of ours, which is uploaded before anything is sent."""

    type: Literal["FILE"] = Field(description="An image, a video, ... in a file, which is uploaded once.")
    file: Annotated[FileName, Fixed] = Field(
        description="The file's path, from the folder of jobs.yaml, such as pictures/sale.jpg."
    )
    content_type: Annotated[MediaType, Fixed] = Field(description="Its media type, such as image/png.")


class UploadedSegment(Segment):
    """A file that Infobip has."""

    type: Literal["UPLOADED_REFERENCE"] = Field(description="A file that was uploaded to Infobip before.")
    uploaded_content_id: Text = Field(description="What Infobip calls it.")


class SmilSegment(Segment):
    """How the other segments are shown."""

    type: Literal["SMIL"] = Field(description="The layout; some phones ignore it.")
    smil: Annotated[Text, Html] = Field(description="The layout, in SMIL.")
    content_type: MediaType = Field("application/smil", description="Its media type.")


SEGMENTS: Mapping[str, type[Segment]] = {
    "TEXT": TextSegment,
    "LINK": LinkSegment,
    "FILE": FileSegment,
    "UPLOADED_REFERENCE": UploadedSegment,
    "SMIL": SmilSegment,
}


def _upper(given: Any) -> Any:
    """Read types in small letters, too."""
    if isinstance(given, dict) and isinstance(given.get("type"), str):
        return {**given, "type": given["type"].upper()}
    return given


AnyCase = BeforeValidator(_upper)
AnySegment = Annotated[SerializeAsAny[Segment], tagged("type", SEGMENTS, "segment"), AnyCase]


class KoreanReseller(Part):
    """What South Korea asks for."""

    reseller_code: Reseller = Field(description="The code of who sells the traffic.")


class FailoverRegional(Part):
    """What the law of a country asks for."""

    south_korea: KoreanReseller = Field(description="For numbers of South Korea.")


class MmsFailover(Failover):
    """The SMS instead of an MMS."""

    regional: FailoverRegional | None = Field(None, description="What some countries ask for.")


class MmsContent(Scheduled):
    """The content of the channel `mms`."""

    sender_fault: ClassVar[SenderFault] = staticmethod(of_sms)

    channel: Literal["mms"] = Field(description="Messages with media.")
    title: Annotated[str, Length(0, 66)] | None = Field(None, description="The title.")
    segments: tuple[AnySegment, ...] = Field(
        min_length=1, serialization_alias="messageSegments", description="Texts and media, in order."
    )
    reseller_code: Reseller | None = Field(None, description="Needed for numbers of South Korea.")
    sms_failover: MmsFailover | None = Field(None, description="An SMS for those whom the message does not reach.")

    @field_validator("segments")
    @classmethod
    def _names(cls, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        once([segment.content_id for segment in segments if segment.content_id is not None])
        return segments


CONTENT = MmsContent
