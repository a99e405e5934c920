"""The SMS that Infobip sends to whom a message of another channel does not reach."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from schemas.content.base import Length, NoFlag, Part, ValidityPeriod
from schemas.content.senders import of_sms
from schemas.content.shapes import is_final
from schemas.content.sms import IndiaDlt, Reseller

#: No SMS holds more, in whichever encoding: Infobip refuses what is longer (status 25).
TEXT_MAX = 4000


def _some_sender(sender: str, info: ValidationInfo) -> str:
    if is_final(sender, info) and (fault := of_sms(sender)) is not None:
        raise ValueError(fault)
    return sender


#: Who sends an SMS or an MMS instead; tokens may say so.
SmsSender = Annotated[str, Length(1, 255), AfterValidator(_some_sender)]


class FailoverDlt(IndiaDlt):
    """What Indian law wants to know of a message that may be sent for others."""

    telemarketer_id: Annotated[str, Length(1, 255)] | None = Field(None, description="Needed by aggregators.")


class TurkeyIys(Part):
    """What Turkish law wants to know of a promotion."""

    brand_code: Annotated[int, Field(ge=0, le=2_147_483_647), NoFlag] | None = Field(
        None, description="The company; default: the account's."
    )
    recipient_type: Literal["BIREYSEL", "TACIR"] = Field(description="A person, or a merchant.")


class SouthKorea(Part):
    """What an SMS to South Korea needs."""

    title: Annotated[str, Length(1, 66)] | None = Field(None, description="The title of a long one.")
    reseller_code: Reseller | None = Field(None, description="The code of who sells the traffic.")


class Regional(Part):
    """What the laws of some countries ask for."""

    india_dlt: FailoverDlt | None = Field(None, description="For numbers of India.")
    turkey_iys: TurkeyIys | None = Field(None, description="For numbers of Turkey.")
    south_korea: SouthKorea | None = Field(None, description="For numbers of South Korea.")


class Failover(Part):
    """What every channel's failover has; its texts take tokens, too."""

    sender: SmsSender | None = Field(None, description="Who sends it; default: the account's.")
    text: Annotated[str, Length(1, TEXT_MAX)] = Field(description="What it says.")
    validity_period: ValidityPeriod | None = Field(None, description="How long Infobip tries to deliver it.")


class SmsFailover(Failover):
    """The SMS instead."""

    regional: Regional | None = Field(None, description="What some countries ask for.")
