"""The buttons of Kakao's brand messages."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Generic, Literal

from pydantic import AfterValidator, Field, SerializeAsAny

from schemas.config.tagged import tagged
from schemas.config.values import Text
from schemas.content.base import Length
from schemas.content.kakao_buttons import AppLink, Button, Name, Named, UrlLink
from schemas.content.shapes import Web

Name14 = Annotated[str, Length(1, 14)]
Name8 = Annotated[str, Length(1, 8)]
WebLink = Annotated[str, Length(1, 500), Web]
FORM, CHANNEL = "BUSINESS_FORM", "ADD_CHANNEL"


class UrlButton(UrlLink[Name, WebLink], Generic[Name]):
    """A button that opens a page."""

    published: ClassVar[str] = "kakao.json: TextAndImageFreeFormUrlButton, RichContentFreeFormUrlButton"

    target: Literal["OUT"] | None = Field(
        None, description="`OUT` opens the page outside of KakaoTalk. Default: inside."
    )


class PlainButton(Named[Name], Generic[Name]):
    """A button that needs no more than its words."""

    published: ClassVar[str] = "kakao.json: TextAndImageFreeFormBotKeywordButton, RichContentFreeFormBotKeywordButton"

    type: Literal["BOT_KEYWORD", "MESSAGE_DELIVERY"] = Field(
        description="What the button does: BOT_KEYWORD sends a word to the chatbot, MESSAGE_DELIVERY hands the "
        "message on."
    )


class FormButton(Named[Name], Generic[Name]):
    """A button that opens a form, which is registered under the name of the button."""

    published: ClassVar[str] = (
        "kakao.json: TextAndImageFreeFormBusinessFormButton, RichContentFreeFormBusinessFormButton"
    )

    type: Literal["BUSINESS_FORM"] = Field(
        description="`BUSINESS_FORM`: a button that opens a form, registered under the button's name."
    )
    business_form_key: Text = Field(description="The key of the registered form. Example: a1b2c3d4")


class ChannelButton(Button):
    """A button that makes the channel a friend; Kakao has the words."""

    type: Literal["ADD_CHANNEL"] = Field(description="`ADD_CHANNEL`: a button that makes the channel a friend.")


TALK_BUTTONS: Mapping[str, type[Button]] = {
    "APP_LINK": AppLink[Name14, WebLink],
    "URL": UrlButton[Name14],
    "BOT_KEYWORD": PlainButton[Name14],
    "MESSAGE_DELIVERY": PlainButton[Name14],
    "BUSINESS_FORM": FormButton[Name14],
    "ADD_CHANNEL": ChannelButton,
}
RICH_BUTTONS: Mapping[str, type[Button]] = {
    "APP_LINK": AppLink[Name8, WebLink],
    "URL": UrlButton[Name8],
    "BOT_KEYWORD": PlainButton[Name8],
    "MESSAGE_DELIVERY": PlainButton[Name8],
    "BUSINESS_FORM": FormButton[Name8],
    "ADD_CHANNEL": ChannelButton,
}


def form_stands(at: int, where: str) -> AfterValidator:
    """Want a form at one end of several buttons, or there the channel where both are."""

    def check(buttons: tuple[Button, ...]) -> tuple[Button, ...]:
        types = [button.type for button in buttons]
        due = CHANNEL if CHANNEL in types else FORM
        if FORM in types and types[at] != due:
            raise ValueError(f"the button {due} must be the {where} one")
        return buttons

    return AfterValidator(check)


TalkButton = Annotated[SerializeAsAny[Button], tagged("type", TALK_BUTTONS, "button")]
TalkButtons = Annotated[tuple[TalkButton, ...], Field(max_length=5), form_stands(0, "first")]
RichButton = Annotated[SerializeAsAny[Button], tagged("type", RICH_BUTTONS, "button")]
RichButtons = Annotated[tuple[RichButton, ...], Field(min_length=1, max_length=2), form_stands(-1, "last")]
