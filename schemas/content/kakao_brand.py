"""What all brand messages of Kakao have."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from schemas.content.base import Scheduled
from schemas.content.failover import SmsFailover
from schemas.content.kakao_chingu_buttons import CHANNEL


class ChinguContent(Scheduled):
    """What all contents of the channel `kakao_chingu` have."""

    published: ClassVar[str] = "kakao.json: KakaoMessageOptions"

    channel: Literal["kakao_chingu"] = Field(
        description="`kakao_chingu`: Kakao brand messages, for numbers of South Korea."
    )
    type: str = Field(description="The type of the message, a free form or a template's. Example: TEXT_FREE_FORM")
    targeting: Literal["ALL_CONSENT", "NON_FRIENDS", "TARGETED_FRIENDS"] | None = Field(
        None,
        description="Who may get it of those that agreed to marketing: ALL_CONSENT is everybody, NON_FRIENDS "
        "whoever is no friend of the channel, TARGETED_FRIENDS its friends. Default: friends of the channel.",
    )
    sms_failover: SmsFailover | None = Field(
        None, description="An SMS for those whom the message does not reach. Default: none."
    )

    @model_validator(mode="after")
    def _not_a_friend_yet(self) -> Self:
        if self.targeting in {None, "TARGETED_FRIENDS"} and adding(self.model_dump()):
            raise ValueError(f"a button {CHANNEL} needs the targeting ALL_CONSENT or NON_FRIENDS")
        return self


def adding(data: Any) -> int:
    """Count the buttons that add the channel, wherever they are."""
    match data:
        case {"type": "ADD_CHANNEL"}:
            return 1
        case dict():
            return sum(map(adding, data.values()))
        case list() | tuple():
            return sum(map(adding, data))
    return 0
