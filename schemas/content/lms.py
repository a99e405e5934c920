"""What a long SMS of South Korea (LMS) says."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.content.base import Length, Scheduled
from schemas.content.senders import SenderFault, of_sms
from schemas.content.sms import Reseller


class LmsContent(Scheduled):
    """The content of the channel `lms`."""

    published: ClassVar[str] = "sms.json: SmsTextMessageContent, SouthKoreaOptions"
    sender_fault: ClassVar[SenderFault] = staticmethod(of_sms)
    texts_stand_alone: ClassVar[bool] = True

    @classmethod
    def sender_kinds(cls, channel: str) -> tuple[str, ...]:
        """A sender of SMS sends long ones, too."""
        return (channel, "sms")

    channel: Literal["lms"] = Field(description="`lms`: long text messages of South Korea.")
    title: Annotated[str, Length(1, 66)] = Field(description="The title above the text, 1 to 66 characters.")
    #: The limit is that of every SMS: `schemas.content.failover.TEXT_MAX`.
    text: Annotated[str, Length(1, 4000)] = Field(
        description='The text, 1 to 4,000 characters. Example: "Hello {{first_name}}, welcome!"'
    )
    reseller_code: Reseller = Field(
        description="The 9-digit business number of who sells the traffic, 0 to 2,147,483,647. Example: 123456789"
    )


CONTENT = LmsContent
