"""The SMS that Infobip sends to whom a message of another channel does not reach."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from schemas.content.base import Length, NoFlag, Part, ValidityPeriod
from schemas.content.senders import of_sms
from schemas.content.shapes import is_final
from schemas.content.sms import IndiaDlt, Reseller

#: No SMS holds more, in whichever encoding: Infobip refuses what is longer (status 25):
#: https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes.
TEXT_MAX = 4000


def _some_sender(sender: str, info: ValidationInfo) -> str:
    if is_final(sender, info) and (fault := of_sms(sender)) is not None:
        raise ValueError(fault)
    return sender


#: Who sends an SMS or an MMS instead; tokens may say so. Its limit is ours: no sender that passes has more.
SmsSender = Annotated[str, Length(1, 255), AfterValidator(_some_sender)]


class FailoverDlt(IndiaDlt):
    """The DLT ids that Indian law wants of a message, which may be sent for others."""

    telemarketer_id: Annotated[str, Length(1, 255)] | None = Field(
        None,
        description="The DLT id of the aggregator, needed where one sends for others; 1 to 255 characters. "
        'Default: none. Example: "1102345678901234567"',
    )


class TurkeyIys(Part):
    """What Turkish law (IYS) wants to know of a promotion."""

    published: ClassVar[str] = "sms.json: TurkeyIysOptions"

    # A 32-bit integer.
    brand_code: Annotated[int, Field(ge=0, le=2_147_483_647), NoFlag] | None = Field(
        None, description="The company's IYS number, 0 to 2,147,483,647. Default: the account's. Example: 123456"
    )
    recipient_type: Literal["BIREYSEL", "TACIR"] = Field(
        description="Who gets the promotion: BIREYSEL is a private person, TACIR a merchant."
    )


class SouthKorea(Part):
    """What an SMS to South Korea needs."""

    published: ClassVar[str] = "sms.json: SouthKoreaOptions"

    title: Annotated[str, Length(1, 66)] | None = Field(
        None, description="The title above a long text, 1 to 66 characters. Default: none."
    )
    reseller_code: Reseller | None = Field(
        None,
        description="The 9-digit business number of who sells the traffic, 0 to 2,147,483,647. Default: none. "
        "Example: 123456789",
    )


class Regional(Part):
    """What the laws of some countries ask for."""

    published: ClassVar[str] = "sms.json: RegionalOptions"

    india_dlt: FailoverDlt | None = Field(
        None, description="The ids that messages to numbers of India need. Default: none."
    )
    turkey_iys: TurkeyIys | None = Field(
        None, description="What promotions to numbers of Turkey need. Default: nothing."
    )
    south_korea: SouthKorea | None = Field(
        None, description="What messages to numbers of South Korea need. Default: nothing."
    )


class Failover(Part):
    """What every channel's failover has; its texts take tokens, too."""

    published: ClassVar[str] = "viber.json: DefaultSmsFailover"

    sender: SmsSender | None = Field(
        None, description="The sender of the SMS, 1 to 255 characters. Default: the account's. Example: Acme"
    )
    text: Annotated[str, Length(1, TEXT_MAX)] = Field(
        description='The text of the SMS, 1 to 4,000 characters. Example: "Hello {{first_name}}, welcome!"'
    )
    validity_period: ValidityPeriod | None = Field(
        None,
        description="How long Infobip tries to deliver the SMS. Default: as long as Infobip does by itself. "
        "Example: {amount: 12, time_unit: HOURS}",
    )


class SmsFailover(Failover):
    """The SMS for those whom a message does not reach."""

    regional: Regional | None = Field(None, description="What the laws of some countries ask for. Default: nothing.")
