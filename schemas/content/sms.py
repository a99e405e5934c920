"""What an SMS says."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from schemas.content.base import Flag, Length, NoFlag, Part, Scheduled
from schemas.content.senders import SenderFault, of_sms

#: More are rejected (status 25): https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes.
PARTS_MAX = 25

Transliteration = Literal[
    "NONE",
    "TURKISH",
    "GREEK",
    "CYRILLIC",
    "SERBIAN_CYRILLIC",
    "BULGARIAN_CYRILLIC",
    "CENTRAL_EUROPEAN",
    "BALTIC",
    "NON_UNICODE",
    "PORTUGUESE",
    "COLOMBIAN",
    "ALL",
]
#: A 32-bit integer by sms.json, SouthKoreaOptions.resellerCode.
Reseller = Annotated[int, Field(ge=0, le=2_147_483_647), NoFlag]


class SmsLanguage(Part):
    """The national alphabet of an SMS; its code alone, such as `TR`, for short."""

    published: ClassVar[str] = "sms.json: SmsLanguage"

    language_code: Literal["NONE", "TR", "ES", "PT", "AUTODETECT"] = Field(
        description="The national alphabet: TR, ES or PT; AUTODETECT leaves the choice to Infobip, NONE is the "
        "plain GSM alphabet."
    )
    single_shift: Flag = Field(
        default=False,
        description="Use the alphabet's table of single characters, which cost two places each. Default: false.",
    )
    locking_shift: Flag = Field(
        default=False, description="Use the alphabet's table for the whole text. Default: false."
    )


def _long_form(given: Any) -> Any:
    return {"language_code": given} if isinstance(given, str) else given


Language = Annotated[SmsLanguage, BeforeValidator(_long_form, json_schema_input_type=str | SmsLanguage)]


class IndiaDlt(Part):
    """The DLT ids that Indian law wants of a message."""

    # The ids have no published limits: theirs is ours, to catch mistakes.

    published: ClassVar[str] = "sms.json: IndiaDltOptions"

    principal_entity_id: Annotated[str, Length(1, 255)] = Field(
        description='The DLT id of the company that sends, 1 to 255 characters. Example: "1101234567890123456"'
    )
    content_template_id: Annotated[str, Length(1, 255)] | None = Field(
        None,
        description="The DLT id of the template that the text follows, 1 to 255 characters. Default: none. "
        'Example: "1107161234567890123"',
    )


class SmsContent(Scheduled):
    """The content of the channel `sms`."""

    published: ClassVar[str] = "sms.json: SmsTextMessageContent, SmsMessageOptions, SouthKoreaOptions"
    sender_fault: ClassVar[SenderFault] = staticmethod(of_sms)
    texts_stand_alone: ClassVar[bool] = True

    channel: Literal["sms"] = Field(description="`sms`: text messages to phones.")
    #: Its limit is ours, more than 25 parts hold: parts are counted once the tokens are filled in.
    text: Annotated[str, Length(1, 100_000)] = Field(
        description='The text, 1 to 100,000 characters and `max_parts` parts at most. Example: "Hello '
        '{{first_name}}, welcome!"'
    )
    max_parts: Annotated[int, Field(ge=1, le=PARTS_MAX), NoFlag] = Field(
        PARTS_MAX,
        description="Texts that would take more parts than this are not sent, 1 to 25. A part holds 160 "
        "characters, or 70 outside the GSM alphabet; of several parts each holds a few less. Default: 25.",
    )
    language: Language | None = Field(
        None,
        description="The national alphabet, by its code or with its tables. Default: the GSM alphabet. Example: TR",
    )
    transliteration: Transliteration | None = Field(
        None,
        description="The script whose characters Infobip replaces by simpler ones, so that a text takes fewer "
        "parts. Default: none is replaced. Example: GREEK",
    )
    flash: Flag | None = Field(
        default=None, description="Show the text at once and keep nothing on the phone. Default: false."
    )
    india_dlt: IndiaDlt | None = Field(
        None, description="The ids that messages to numbers of India need. Default: none."
    )
    reseller_code: Reseller | None = Field(
        None,
        description="The 9-digit business number of who sells the traffic, needed for numbers of South Korea; 0 to "
        "2,147,483,647. Default: none. Example: 123456789",
    )


CONTENT = SmsContent
