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
    """A button that opens a page."""

    published: ClassVar[str] = "kakao.json: UrlButton"

    target: Annotated[str, Length(0, 3)] | None = Field(
        None,
        description="The window in which the page opens, at most 3 characters. Default: KakaoTalk's own. Example: out",
    )


class ChatbotButton(Named[Name]):
    """A button that goes on with a chatbot."""

    published: ClassVar[str] = "kakao.json: ChatbotSwitchButton"

    type: Literal["CHATBOT_SWITCH"] = Field(description="`CHATBOT_SWITCH`: a button that goes on with a chatbot.")
    chat_extra: Extra | None = Field(
        None, description="What the chatbot is told, at most 50 characters. Default: nothing. Example: spring-sale"
    )
    chat_event: Extra | None = Field(
        None,
        description="The event with which the chatbot starts, at most 50 characters. Default: none. Example: welcome",
    )


class PlainButton(Named[Name]):
    """A button that needs no more than its words."""

    published: ClassVar[str] = (
        "kakao.json: DeliveryTrackingButton, BotKeywordButton, MessageDeliveryButton, AddChannelButton"
    )

    type: Literal["DELIVERY_TRACKING", "BOT_KEYWORD", "MESSAGE_DELIVERY", "ADD_CHANNEL"] = Field(
        description="What the button does: DELIVERY_TRACKING shows the way of a parcel, BOT_KEYWORD sends a word "
        "to the chatbot, MESSAGE_DELIVERY hands the message on, ADD_CHANNEL makes the channel a friend."
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

    published: ClassVar[str] = "kakao.json: KakaoAlimOutboundTemplateContent, MsisdnMessageFailoverOptions"
    texts_stand_alone: ClassVar[bool] = True
    tracks_urls: ClassVar[bool] = False

    channel: Literal["kakao_alim"] = Field(description="`kakao_alim`: Kakao AlimTalk, for numbers of South Korea.")
    type: Literal["TEMPLATE"] = Field("TEMPLATE", description="`TEMPLATE`, the only type there is. Default: TEMPLATE.")
    template_code: Annotated[str, Length(1, 30)] = Field(
        description="The code under which Kakao knows the template, 1 to 30 characters. Example: welcome_01"
    )
    text: Annotated[str, Length(1, 1000)] = Field(
        description='The whole text as the template has it, filled in; 1 to 1,000 characters. Example: "Hello '
        '{{first_name}}, welcome!"'
    )
    title: Annotated[str, Length(0, 50)] | None = Field(
        None, description="The title as the template has it, filled in; at most 50 characters. Default: none."
    )
    buttons: Annotated[tuple[AlimButton, ...], Field(max_length=5)] | None = Field(
        None, description="The buttons as the template has them, at most 5. Default: none."
    )
    group_key: str | None = Field(
        None, description="The key of the group that the template is in. Default: none. Example: acme-group"
    )
    priority: Literal["HIGH", "STANDARD", "LOW"] | None = Field(
        None, description="How urgent the messages of the job are: HIGH, STANDARD or LOW. Default: left to Infobip."
    )
    sms_failover: SmsFailover | None = Field(
        None, description="An SMS for those whom the message does not reach. Default: none."
    )


CONTENT = AlimContent
