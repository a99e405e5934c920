"""Marks that nobody sees: address books, word processors and databases leave them in what people write."""

import re

#: What Unicode calls ignorable by default (soft hyphens, zero-width and direction marks, word joiners, byte order
#: marks, fillers, variation selectors, tags). Control characters are none of them: who finds one has found a fault.
_unseen = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)


def without_unseen(text: str) -> str:
    """The text without marks that nobody sees."""
    return _unseen.sub("", text)
