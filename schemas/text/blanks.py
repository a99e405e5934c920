"""Blanks, and the marks that nobody sees: what holds nothing else says nothing."""

#: First and last of each run: controls, blanks of every width, joiners, marks of direction, fillers, selectors, tags.
_RUNS = (
    (0x00, 0x20),
    (0x7F, 0xA0),
    (0xAD, 0xAD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x1680, 0x1680),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200F),
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF9, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
BLANKS = frozenset(chr(code) for first, last in _RUNS for code in range(first, last + 1))
#: What belongs to the character before it: how an emoji looks, the flag that it is.
_SELECTORS = frozenset(
    chr(code)
    for first, last in ((0x034F, 0x034F), (0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0000, 0xE0FFF))
    for code in range(first, last + 1)
)
#: What begins a run of one direction, and what ends it.
_OPENERS = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
_CLOSERS = frozenset("\u202c\u2069")


def stripped(text: str) -> str:
    """Return a text without blanks and invisible marks around it; nothing is left of one that is nothing else.

    What a character at the end needs stays with it, and so does the end of a direction that begins within the text.
    """
    if not text or (text[0] not in BLANKS and text[-1] not in BLANKS):
        return text
    begin, end = 0, len(text)
    while begin < end and text[begin] in BLANKS:
        begin += 1
    if begin == end:
        return ""
    kept = _SELECTORS if _OPENERS.isdisjoint(text[begin:]) else _SELECTORS | _CLOSERS
    while text[end - 1] in BLANKS and not (text[end - 1] in kept and _says_something(text, end - 1, kept)):
        end -= 1
    return text[begin:end]


def _says_something(text: str, end: int, kept: frozenset[str]) -> bool:
    """Whether marks that are kept stand right behind something that can be seen."""
    while text[end - 1] in kept:
        end -= 1
    return text[end - 1] not in BLANKS


def is_blank(text: str) -> bool:
    """Whether a text says nothing."""
    return all(character in BLANKS for character in text)


def is_empty(value: object) -> bool:
    """Whether a value of JSON says nothing; zero and false say something."""
    if isinstance(value, str):
        return is_blank(value)
    return value is None or (not value and isinstance(value, list | dict))
