"""Web addresses in contents: their form can only be told once their tokens are filled in."""

import re

from pydantic import AfterValidator, ValidationInfo

from schemas.content.base import RENDERED
from schemas.tokens import tokens_of

_WEB = re.compile(r"https?://[^\s/]\S*")


def _web(url: str, info: ValidationInfo) -> str:
    as_it_will_be = info.context == RENDERED or not any(tokens_of(url))
    if as_it_will_be and _WEB.fullmatch(url) is None:
        raise ValueError("must begin with http:// or https://, and hold no spaces")
    return url


#: Stands after a `Length`, in an annotation of a text.
Web = AfterValidator(_web)
