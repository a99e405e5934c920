"""What a long SMS of South Korea (LMS) says."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.content.base import Length, Scheduled
from schemas.content.senders import SenderFault, of_sms
from schemas.content.sms import Reseller


class LmsContent(Scheduled):
    """The content of the channel `lms`."""

    sender_fault: ClassVar[SenderFault] = staticmethod(of_sms)

    @classmethod
    def sender_kinds(cls, channel: str) -> tuple[str, ...]:
        """A sender of SMS sends long ones, too."""
        return (channel, "sms")

    channel: Literal["lms"] = Field(description="Long text messages of South Korea.")
    title: Annotated[str, Length(1, 66)] = Field(description="The title.")
    text: Annotated[str, Length(1, 4000)] = Field(description="The text.")
    reseller_code: Reseller = Field(description="The code of who sells the traffic.")


CONTENT = LmsContent
