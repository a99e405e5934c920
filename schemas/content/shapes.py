"""Forms of texts that can only be told once their tokens are filled in."""

import re

from pydantic import AfterValidator, ValidationInfo

from schemas.content.base import RENDERED
from schemas.tokens import tokens_of


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


Web = shaped(r"https?://[^\s/]\S*", "must begin with http:// or https://, without spaces")
