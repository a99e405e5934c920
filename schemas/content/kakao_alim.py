"""What a Kakao AlimTalk message says: a text that Kakao has approved as a template, filled in."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, SerializeAsAny

from schemas.config.tagged import tagged
from schemas.content.base import Length, Scheduled
from schemas.content.failover import SmsFailover
from schemas.content.kakao_buttons import AppLink, Button, Named, UrlLink
from schemas.content.shapes import AnyLink

Name = Annotated[str, Length(1, 28)]
Link = Annotated[str, Length(1, 500), AnyLink]
Extra = Annotated[str, Length(0, 50)]


class UrlButton(UrlLink[Name, Link]):
    """Opens a page."""

    target: Annotated[str, Length(0, 3)] | None = Field(None, description="Where it opens.")


class ChatbotButton(Named[Name]):
    """Goes on with a chatbot."""

    type: Literal["CHATBOT_SWITCH"] = Field(description="A chatbot.")
    chat_extra: Extra | None = Field(None, description="What the chatbot is told.")
    chat_event: Extra | None = Field(None, description="The event that it is started with.")


class PlainButton(Named[Name]):
    """Does what needs no more words."""

    type: Literal["DELIVERY_TRACKING", "BOT_KEYWORD", "MESSAGE_DELIVERY", "ADD_CHANNEL"] = Field(
        description="The way of a parcel, a word for the chatbot, this message for others, or the channel as a friend."
    )


BUTTONS: Mapping[str, type[Button]] = {
    "APP_LINK": AppLink[Name, Link],
    "DELIVERY_TRACKING": PlainButton,
    "URL": UrlButton,
    "CHATBOT_SWITCH": ChatbotButton,
    "BOT_KEYWORD": PlainButton,
    "MESSAGE_DELIVERY": PlainButton,
    "ADD_CHANNEL": PlainButton,
}
AlimButton = Annotated[SerializeAsAny[Button], tagged("type", BUTTONS, "button")]


class AlimContent(Scheduled):
    """The content of the channel `kakao_alim`."""

    tracks_urls: ClassVar[bool] = False

    channel: Literal["kakao_alim"] = Field(description="Kakao AlimTalk, for numbers of South Korea.")
    type: Literal["TEMPLATE"] = Field("TEMPLATE", description="All there is.")
    template_code: Annotated[str, Length(1, 30)] = Field(description="The template, as Kakao knows it.")
    text: Annotated[str, Length(1, 1000)] = Field(description="The whole text, as the template has it.")
    title: Annotated[str, Length(0, 50)] | None = Field(None, description="The title, as the template has it.")
    buttons: Annotated[tuple[AlimButton, ...], Field(max_length=5)] | None = Field(
        None, description="Buttons, as the template has them; 5 at most."
    )
    group_key: str | None = Field(None, description="The key of the group that the template is in.")
    priority: Literal["HIGH", "STANDARD", "LOW"] | None = Field(None, description="How urgent the messages are.")
    sms_failover: SmsFailover | None = Field(None, description="An SMS for those whom the message does not reach.")


CONTENT = AlimContent
