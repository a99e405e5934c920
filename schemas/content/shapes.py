"""Forms of texts that can only be told once their tokens are filled in."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from schemas.content.base import RENDERED
from schemas.text.links import is_harmful
from schemas.text.markup import spots
from schemas.text.tokens import tokens_of


def is_final(text: str, info: ValidationInfo) -> bool:
    """Whether a text is what will be sent: it has no tokens, or they are filled in."""
    return info.context == RENDERED or not any(tokens_of(text))


def shaped(pattern: str, otherwise: str) -> AfterValidator:
    """Refuse texts of another form in the words of `otherwise`; stands after a text and its `Length`."""
    matches = re.compile(pattern).fullmatch

    def check(text: str, info: ValidationInfo) -> str:
        if is_final(text, info) and matches(text) is None:
            raise ValueError(otherwise)
        return text

    return AfterValidator(check)


#: A text of which Infobip publishes no limit.
Words = Annotated[str, shaped(r"(?s:.+)", "must not be empty")]


class Written:
    """How the values of tokens are written into a text of a content.

    One of the markers below stands among the annotations of the text's field, so a new field cannot be forgotten in a
    list elsewhere. A text without one is read by people: a value stands as it is, and percent-encoded within a link.
    """


@dataclass(frozen=True, slots=True)
class InUrl(Written):
    """The whole text is a link: values are percent-encoded, but for one that the link begins with.

    With `web` the link must be one of http or https; without, anything that runs nothing, such as a place in an app.
    Raises a fault of the field otherwise; of a link with tokens, what stands before the first one is judged.
    """

    web: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the text is known to be one."""
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def _check(self, text: str | None, info: ValidationInfo) -> str | None:
        if text is None:
            return None
        if self.web and not _is_web(text, info):
            raise ValueError("must begin with http:// or https://, without spaces")
        if not self.web and is_harmful(text):
            raise ValueError("must be a link that runs nothing: not javascript:, data: or file:")
        # Infobip wants the scheme as it is written mostly.
        return _upper_scheme.sub(lambda scheme: scheme[0].lower(), text)


@dataclass(frozen=True, slots=True)
class EndOfUrl(Written):
    """The text is the end of a link that begins in a template: every value is percent-encoded, also a first one."""


@dataclass(frozen=True, slots=True)
class InVariable(Written):
    """The text is the value of a variable in a template, of which we do not know where it stands.

    Values are percent-encoded only behind the scheme of a link, which the text must have itself.
    """


@dataclass(frozen=True, slots=True)
class InHtml(Written):
    """The text is HTML: values are escaped, and percent-encoded within links.

    Raises a fault of the field for tokens where no value can be written safely, such as the name of a tag.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the text is known to be one."""
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def _check(self, text: str | None, info: ValidationInfo) -> str | None:
        if text is not None and info.context != RENDERED:
            for spot in spots(text):
                if spot.fault is not None:
                    raise ValueError(f"{{{{{spot.token.field}}}}} {spot.fault}")
        return text


_is_web_address = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE).fullmatch
_upper_scheme = re.compile(r"^https?://", re.IGNORECASE)
_begins_web_address = re.compile(r"https?://(?:[^\s/]\S*)?", re.IGNORECASE).fullmatch

#: What may stand before a token that goes on with the scheme.
_BEGINNINGS = frozenset(scheme[:length] for scheme in ("http://", "https://") for length in range(len(scheme) + 1))


def _is_web(text: str, info: ValidationInfo) -> bool:
    """Whether a link is one of http, as far as is known: with tokens, by what stands before them."""
    if is_final(text, info):
        return _is_web_address(text) is not None
    begun = text[: next(token.start for token in tokens_of(text))]
    return begun.lower() in _BEGINNINGS or _begins_web_address(begun) is not None


Web, AnyLink, Suffix, ForTemplate, Html = InUrl(), InUrl(web=False), EndOfUrl(), InVariable(), InHtml()
