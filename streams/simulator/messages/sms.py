"""SMS: `POST /sms/3/messages`."""

from typing import Annotated, Any, Literal, Required

from pydantic import Discriminator, Tag
from typing_extensions import TypedDict

from streams.channels.sms_parts import count
from streams.simulator.messages.reading import form_of
from streams.simulator.messages.sending import Message, Sending, is_sms_sender
from streams.simulator.messages.shared import (
    Filled,
    Int32,
    MessageId,
    MessageOptions,
    Messages,
    Regional,
    RequestOptions,
    Some,
    Webhooks,
    filled,
    sized,
    tested,
)
from streams.simulator.statuses import TOO_LONG, Status

PARTS_MAX = 25
BYTES_MAX = 4000
OCTETS_ALONE, OCTETS_OF_SEVERAL = 140, 134
# Twice as many UTF-16 units, were they all surrogate pairs, fit 25 parts of 67.
SURELY_SHORT = 25 * 67 // 2


class SmsDestination(TypedDict, total=False):
    """Somebody to send to."""

    to: Required[Annotated[str, sized(0, 64), tested(filled)]]
    messageId: MessageId
    networkId: Int32


class Language(TypedDict, total=False):
    """Which national tables may be used."""

    languageCode: Literal["NONE", "TR", "ES", "PT", "AUTODETECT"]
    singleShift: bool
    lockingShift: bool


class TextContent(TypedDict, total=False):
    """A text."""

    text: Required[Filled]
    transliteration: Literal[
        "NONE",
        "TURKISH",
        "GREEK",
        "CYRILLIC",
        "SERBIAN_CYRILLIC",
        "CENTRAL_EUROPEAN",
        "BALTIC",
        "NON_UNICODE",
        "PORTUGUESE",
        "COLOMBIAN",
        "BULGARIAN_CYRILLIC",
        "ALL",
    ]
    language: Language


class BinaryContent(TypedDict, total=False):
    """Octets; the published example has a character among them that is no digit, so their form is not checked."""

    dataCoding: Int32
    esmClass: Int32
    hex: Required[Filled]


def _kind(content: Any) -> str | None:
    if not isinstance(content, dict):
        return None
    return "BINARY CONTENT" if "hex" in content else "TEXT CONTENT"


Content = Annotated[
    Annotated[TextContent, Tag("TEXT CONTENT")] | Annotated[BinaryContent, Tag("BINARY CONTENT")],
    Discriminator(_kind),
]


class SmsOptions(MessageOptions, TypedDict, total=False):
    """What an SMS can be asked for."""

    regional: Regional
    flash: bool


class SmsMessage(TypedDict, total=False):
    """One content, to one or many."""

    sender: str
    destinations: Required[Annotated[list[SmsDestination], Some]]
    content: Required[Content]
    options: SmsOptions
    webhooks: Webhooks


class ConversionTracking(TypedDict, total=False):
    """Whether conversions are told, and under which name."""

    useConversionTracking: bool
    conversionTrackingName: str


class SmsRequestOptions(RequestOptions, TypedDict, total=False):
    """What a request can be asked for."""

    includeSmsCountInResponse: bool
    conversionTracking: ConversionTracking


def parts(content: Message) -> int:
    """Return how many parts a content takes."""
    if "hex" in content:
        octets = _octets(content)
        return 1 if octets <= OCTETS_ALONE else -(-octets // OCTETS_OF_SEVERAL)
    language = content.get("language", {})
    return count(
        content["text"],
        language=language.get("languageCode"),
        single_shift=language.get("singleShift", False),
        locking_shift=language.get("lockingShift", False),
        transliterated=content.get("transliteration", "NONE") != "NONE",
    ).parts


def _octets(content: Message) -> int:
    return len(content["hex"].replace(" ", "")) // 2


def _judge(message: Message) -> Status | None:
    content = message["content"]
    if "hex" in content:
        return TOO_LONG if _octets(content) > BYTES_MAX else None
    too_long = len(content["text"]) > SURELY_SHORT and parts(content) > PARTS_MAX
    return TOO_LONG if too_long else None


SENDING = Sending(
    "sms", form_of(Messages[SmsMessage, SmsRequestOptions]), judge=_judge, parts=parts, is_sender=is_sms_sender
)
