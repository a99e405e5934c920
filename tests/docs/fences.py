"""The blocks of code that pages show, with what they are called."""

import re
from collections.abc import Iterator
from textwrap import dedent
from typing import NamedTuple

_FENCE = re.compile(r"^( *)```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Fence(NamedTuple):
    """One block: its language, '' for none, its title, '' for none, and its text."""

    language: str
    title: str
    text: str


def fences(page: str) -> Iterator[Fence]:
    """The blocks of a page, in order."""
    for _, language, title, text in _FENCE.findall(page):
        yield Fence(language, title, dedent(text))
