"""What an SMS says."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from schemas.content.base import Flag, Length, NoFlag, Part, Scheduled
from schemas.content.senders import SenderFault, of_sms

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
Reseller = Annotated[int, Field(ge=0, le=2_147_483_647), NoFlag]


class SmsLanguage(Part):
    """The national alphabet of an SMS; `TR` for short."""

    language_code: Literal["NONE", "TR", "ES", "PT", "AUTODETECT"] = Field(description="Which.")
    single_shift: Flag = Field(default=False, description="Use the table of single characters.")
    locking_shift: Flag = Field(default=False, description="Use the table of the whole text.")


def _long_form(given: Any) -> Any:
    return {"language_code": given} if isinstance(given, str) else given


Language = Annotated[SmsLanguage, BeforeValidator(_long_form, json_schema_input_type=str | SmsLanguage)]


class IndiaDlt(Part):
    """What Indian law wants to know of a message."""

    principal_entity_id: Annotated[str, Length(1, 255)] = Field(description="The registered sender.")
    content_template_id: Annotated[str, Length(1, 255)] | None = Field(None, description="The registered template.")


class SmsContent(Scheduled):
    """The content of the channel `sms`."""

    sender_fault: ClassVar[SenderFault] = staticmethod(of_sms)

    channel: Literal["sms"] = Field(description="Text messages.")
    text: Annotated[str, Length(1, 100_000)] = Field(description="The text; 25 parts at most.")
    max_parts: Annotated[int, Field(ge=1, le=PARTS_MAX), NoFlag] = Field(
        PARTS_MAX, description="Refuse texts that would take more parts."
    )
    language: Language | None = Field(None, description="The national alphabet.")
    transliteration: Transliteration | None = Field(None, description="Characters to replace by simpler ones.")
    flash: Flag | None = Field(default=None, description="Show it at once, and keep nothing on the phone.")
    india_dlt: IndiaDlt | None = Field(None, description="For numbers of India.")
    reseller_code: Reseller | None = Field(None, description="Needed for numbers of South Korea.")


CONTENT = SmsContent
