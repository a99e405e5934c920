"""The buttons that Kakao's channels share; how long their names are, and which links they take, each channel says."""

from typing import Annotated, ClassVar, Generic, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from schemas.content.base import Length, Part
from schemas.content.shapes import AnyLink

Name = TypeVar("Name")
Link = TypeVar("Link")
Scheme = Annotated[str, Length(1, 500), AnyLink]
#: Two of these are needed, as the schemas of AppLink say in words.
WAYS = ("url_mobile", "scheme_android", "scheme_ios")


class Button(Part):
    """What every button has."""

    type: str = Field(description="The type of the button: what a tap on it does. Example: URL")


class Named(Button, Generic[Name]):
    """A button that says something."""

    published: ClassVar[str] = (
        "kakao.json: BotKeywordButton, TextAndImageFreeFormBotKeywordButton, RichContentFreeFormBotKeywordButton"
    )

    name: Name = Field(
        description="The words on the button: at most 28 characters in AlimTalk; in brand messages 14 under a text "
        "or picture, else 8. Example: Shop now"
    )


class UrlLink(Named[Name], Generic[Name, Link]):
    """A button that opens a page."""

    published: ClassVar[str] = "kakao.json: UrlButton, TextAndImageFreeFormUrlButton, RichContentFreeFormUrlButton"

    type: Literal["URL"] = Field(description="`URL`: a button that opens a page.")
    url_mobile: Link = Field(
        description="The page's URL on a phone, 1 to 500 characters. Example: https://m.example.com/sale"
    )
    url_pc: Link | None = Field(
        None,
        description="The page's URL on a computer, 1 to 500 characters. Default: the phone's. Example: "
        "https://example.com/sale",
    )


class AppLink(Named[Name], Generic[Name, Link]):
    """A button that opens an app, or a page where there is none."""

    published: ClassVar[str] = (
        "kakao.json: AppLinkButton, TextAndImageFreeFormAppLinkButton, RichContentFreeFormAppLinkButton"
    )

    type: Literal["APP_LINK"] = Field(description="`APP_LINK`: a button that opens an app.")
    url_mobile: Link | None = Field(
        None,
        description="The URL on a phone without the app, 1 to 500 characters; two of this, `scheme_android` and "
        "`scheme_ios` are needed. Default: none. Example: https://m.example.com/sale",
    )
    url_pc: Link | None = Field(
        None,
        description="The page's URL on a computer, 1 to 500 characters. Default: none. Example: "
        "https://example.com/sale",
    )
    scheme_android: Scheme | None = Field(
        None, description="The link into the app on Android, 1 to 500 characters. Default: none. Example: acme://sale"
    )
    scheme_ios: Scheme | None = Field(
        None, description="The link into the app on iOS, 1 to 500 characters. Default: none. Example: acme://sale"
    )

    @field_validator("scheme_ios")
    @classmethod
    def _two_ways(cls, given: str | None, info: ValidationInfo) -> str | None:
        """Want two of three ways; where one of them is wrong, that is enough to say."""
        said = {**info.data, "scheme_ios": given}
        if all(way in said for way in WAYS) and [said[way] for way in WAYS].count(None) > 1:
            raise ValueError(f"two of {', '.join(WAYS)} are needed")
        return given
