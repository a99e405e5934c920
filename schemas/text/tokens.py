"""Tokens in the texts of a message: `{{field}}`, or `{{field|what to say without it}}`."""

import re
from collections.abc import Iterator

from schemas.text.blanks import stripped

_TOKEN = re.compile(r"\{\{([^{}|]*)(?:\|([^{}]*))?\}\}")


class Token:
    """One token of a text: the field it names, and what stands in for a missing value (None: nothing is said)."""

    __slots__ = ("default", "end", "field", "start")

    def __init__(self, found: "re.Match[str]") -> None:
        self.field: str = stripped(found[1])
        self.default: str | None = None if found[2] is None else stripped(found[2])
        self.start, self.end = found.span()


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens of a text, in order."""
    return (Token(found) for found in _TOKEN.finditer(text)) if "{{" in text else iter(())


def is_open(text: str) -> bool:
    """Whether two braces begin no token, such as those of `{{field}`."""
    return any("{{" in piece for piece in _TOKEN.split(text)[:: _TOKEN.groups + 1]) if "{{" in text else False


def literal(text: str) -> str:
    """What a text says whatever its fields hold."""
    return _TOKEN.sub("", text) if "{{" in text else text
