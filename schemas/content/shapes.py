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
    """How values are written into a text of a content; stands among the annotations of its field.

    A text without such an annotation is a text for people: a value within a link in it is percent-encoded.
    """


@dataclass(frozen=True, slots=True)
class InUrl(Written):
    """The text is a link. A value is percent-encoded, unless the link begins with it.

    With `web` it must be one of http or https; otherwise of anything that runs nothing, such as a place in an app.
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
    """The text is the end of a link that begins elsewhere: all values are percent-encoded."""


@dataclass(frozen=True, slots=True)
class InVariable(Written):
    """The text goes into a template of somebody else's: only a link with its scheme is known to be one."""


@dataclass(frozen=True, slots=True)
class InHtml(Written):
    """The text is HTML: values are escaped, and percent-encoded within links; some places are for no values."""

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
