"""Where a tap on a Kakao brand message leads. Infobip spells two of the places in two ways."""

from typing import Annotated

from pydantic import Field

from schemas.content.base import Length, Part
from schemas.content.shapes import Web
from schemas.values import Text

Page = Annotated[Text, Web]


class Places(Part):
    """What a coupon or an item of a list leads to."""

    url_mobile: Page = Field(description="The page, on a phone.")
    url_pc: Page | None = Field(None, serialization_alias="urlPC", description="The page, on a computer.")
    scheme_android: Text | None = Field(None, description="The place in an app, on Android.")
    scheme_ios: Text | None = Field(None, serialization_alias="schemeIOS", description="The place in an app, on iOS.")


class HeadPlaces(Part):
    """What the head of a carousel leads to."""

    url_mobile: Page | None = Field(None, description="The page, on a phone.")
    url_pc: Page | None = Field(None, description="The page, on a computer.")
    scheme_android: Text | None = Field(None, description="The place in an app, on Android.")
    scheme_ios: Text | None = Field(None, description="The place in an app, on iOS.")


class Tail(HeadPlaces):
    """The end of a carousel, which leads on."""

    url_mobile: Page = Field(description="The page, on a phone.")


class Image(Part):
    """A picture."""

    url: Annotated[str, Length(1, 250), Web] = Field(description="Where it is.")
    link: Annotated[str, Length(0, 250)] | None = Field(None, description="The page that a tap on it opens.")
