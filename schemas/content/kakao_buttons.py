"""The buttons that Kakao's channels share; how long their names are, and which links they take, each channel says."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from schemas.content.base import Length, Part
from schemas.content.shapes import AnyLink

Name = TypeVar("Name")
Link = TypeVar("Link")
Scheme = Annotated[str, Length(1, 500), AnyLink]
WAYS = ("url_mobile", "scheme_android", "scheme_ios")


class Button(Part):
    """What every button has."""

    type: str = Field(description="What it does.")


class Named(Button, Generic[Name]):
    """A button that says something."""

    name: Name = Field(description="What it says.")


class UrlLink(Named[Name], Generic[Name, Link]):
    """Opens a page."""

    type: Literal["URL"] = Field(description="A link.")
    url_mobile: Link = Field(description="The page, on a phone.")
    url_pc: Link | None = Field(None, description="The page, on a computer.")


class AppLink(Named[Name], Generic[Name, Link]):
    """Opens an app."""

    type: Literal["APP_LINK"] = Field(description="A link into an app.")
    url_mobile: Link | None = Field(None, description="The page, on a phone without the app.")
    url_pc: Link | None = Field(None, description="The page, on a computer.")
    scheme_android: Scheme | None = Field(None, description="The place in the app, on Android.")
    scheme_ios: Scheme | None = Field(None, description="The place in the app, on iOS.")

    @field_validator("scheme_ios")
    @classmethod
    def _two_ways(cls, given: str | None, info: ValidationInfo) -> str | None:
        """Want two of three ways; where one of them is wrong, that is enough to say."""
        said = {**info.data, "scheme_ios": given}
        if all(way in said for way in WAYS) and [said[way] for way in WAYS].count(None) > 1:
            raise ValueError(f"two of {', '.join(WAYS)} are needed")
        return given
