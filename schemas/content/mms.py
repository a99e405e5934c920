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

#: Infobip's schema takes 4,096 characters, but what is over 1,600 is rejected all the same (status 77):
#: https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes.
TEXT_MAX = 1600

MediaType = Annotated[str, shaped(r"[\w.+-]+/[\w.+-]+", "must be a media type such as image/png")]


def _for_everybody(text: str) -> str:
    if any(tokens_of(text)):
        raise ValueError("takes no tokens: the file is uploaded once, for everybody")
    return text


Fixed = AfterValidator(_for_everybody)


class Segment(Part):
    """What every segment has."""

    type: str = Field(description="The type of the segment: TEXT, LINK, FILE, UPLOADED_REFERENCE or SMIL.")
    content_id: Text | None = Field(
        None,
        description="The segment's name within the message, which SMIL refers to; some carriers refuse other "
        "characters than letters. Default: none. Example: picture",
    )


class TextSegment(Segment):
    """A piece of text."""

    published: ClassVar[str] = "mms.json: MmsOutboundTextSegment"

    type: Literal["TEXT"] = Field(description="`TEXT`: a segment of text.")
    text: Annotated[str, Length(1, TEXT_MAX)] = Field(
        description='The text, 1 to 1,600 characters. Example: "Hello {{first_name}}, welcome!"'
    )


class LinkSegment(Segment):
    """A file that anybody can fetch."""

    published: ClassVar[str] = "mms.json: MmsOutboundLinkSegment"

    type: Literal["LINK"] = Field(description="`LINK`: a picture, a film or a sound at a URL.")
    content_url: Annotated[Text, Web] = Field(
        description="The URL from which Infobip fetches the file. Example: https://example.com/sale.jpg"
    )
    content_type: MediaType | None = Field(
        None, description="The file's media type. Default: left to Infobip. Example: image/png"
    )


class FileSegment(Segment):
    """A file of ours, which is uploaded before anything is sent."""

    published: ClassVar[str] = "mms.json: MmsOutboundUploadedReferenceSegment"

    type: Literal["FILE"] = Field(description="`FILE`: a picture, a film or a sound in a file, which is uploaded once.")
    file: Annotated[FileName, Fixed] = Field(
        description="The file's path, from the folder of jobs.yaml. Example: pictures/sale.jpg"
    )
    content_type: Annotated[MediaType, Fixed] = Field(description="The file's media type. Example: image/png")


class UploadedSegment(Segment):
    """A file that Infobip has."""

    published: ClassVar[str] = "mms.json: MmsOutboundUploadedReferenceSegment"

    type: Literal["UPLOADED_REFERENCE"] = Field(
        description="`UPLOADED_REFERENCE`: a file that was uploaded to Infobip before."
    )
    uploaded_content_id: Text = Field(description="The id that Infobip answered to the upload. Example: a1b2c3d4")


class SmilSegment(Segment):
    """How the other segments are shown."""

    published: ClassVar[str] = "mms.json: MmsOutboundSmilSegment"

    type: Literal["SMIL"] = Field(description="`SMIL`: the layout of the other segments; some phones ignore it.")
    smil: Annotated[Text, Html] = Field(
        description="The layout as a SMIL document; values are escaped. Example: <smil><body><par><text "
        'src="hello"/></par></body></smil>'
    )
    content_type: MediaType = Field(
        "application/smil", description="The media type of the layout. Default: application/smil."
    )


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
    """What an SMS to numbers of South Korea needs."""

    published: ClassVar[str] = "mms.json: MmsUnificationSouthKoreaOptions"

    reseller_code: Reseller = Field(
        description="The 9-digit business number of who sells the traffic, 0 to 2,147,483,647. Example: 123456789"
    )


class FailoverRegional(Part):
    """What the laws of some countries ask for."""

    published: ClassVar[str] = "mms.json: MmsUnificationFailoverRegionalOptions"

    south_korea: KoreanReseller = Field(description="Who sells the traffic of an SMS to numbers of South Korea.")


class MmsFailover(Failover):
    """The SMS instead of an MMS."""

    published: ClassVar[str] = "mms.json: MmsUnificationSmsFailover"

    regional: FailoverRegional | None = Field(
        None, description="What the laws of some countries ask for. Default: nothing."
    )


class MmsContent(Scheduled):
    """The content of the channel `mms`."""

    published: ClassVar[str] = (
        "mms.json: MmsOutboundContent, MmsUnificationMessageOptions, MmsUnificationSouthKoreaOptions"
    )
    sender_fault: ClassVar[SenderFault] = staticmethod(of_sms)

    channel: Literal["mms"] = Field(description="`mms`: messages with pictures, films and sounds.")
    title: Annotated[str, Length(0, 66)] | None = Field(
        None, description="The title above the message, at most 66 characters. Default: none."
    )
    segments: tuple[AnySegment, ...] = Field(
        min_length=1,
        serialization_alias="messageSegments",
        description="The pieces of the message in order, at least 1.",
    )
    reseller_code: Reseller | None = Field(
        None,
        description="The 9-digit business number of who sells the traffic, needed for numbers of South Korea; 0 to "
        "2,147,483,647. Default: none. Example: 123456789",
    )
    sms_failover: MmsFailover | None = Field(
        None, description="An SMS for those whom the MMS does not reach. Default: none."
    )

    @field_validator("segments")
    @classmethod
    def _names(cls, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        once([segment.content_id for segment in segments if segment.content_id is not None])
        return segments


CONTENT = MmsContent
