"""How many parts an SMS takes, counted before it is sent, because each part is paid for."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

Encoding = Literal["GSM_7BIT", "UCS_2"]
Language = Literal["NONE", "TR", "ES", "PT", "AUTODETECT"]

# The tables of 3GPP TS 23.038 without ESC, which is no character. A basic character takes one septet; one of an
# extension takes two: ESC, and its place in the extension. A locking table stands in for the basic set, a single shift
# table for the extension.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_LOCKING: Mapping[str, str] = {  # Spanish has none
    "TR": _BASIC.translate(str.maketrans("èìØøÆæ¡¿", "€ıĞğŞşİç")),
    "PT": _BASIC.translate(str.maketrans("èùìòÇØøÅåΦΓΛΩΠΨΣΘΞÆæß¤¡ÄÖÑ¿äöñ", "êúíóçÔôÁáªÇÀ∞^\\€Ó|ÂâÊºÍÃÕÚ~ãõ`")),
}
_SINGLE_SHIFT: Mapping[str, str] = {
    "TR": _EXTENSION + "ĞİŞçğış",
    "ES": _EXTENSION + "çÁÍÓÚáíóú",
    "PT": _EXTENSION + "êçÔôÁáΦΓΩΠΨΣΘÊÀÍÓÚÃÕÂíóúãõâ",
}
_ASTRAL = "\U00010000-\U0010ffff"

# A part has 140 octets. What is not plain text is said in a header at its beginning: its length (1 octet), that the
# part is one of several (5: identifier, length, reference, how many, which), and each national table (3: identifier,
# length, language). What is left is room for the text:
#
#     header         octets left    septets    UTF-16 units
#     none           140            160        70
#     1 + 5          134            153        67              one of several
#     1 + 3          136            155                        one table
#     1 + 5 + 3      131            149                        one table, one of several
#     1 + 6          133            152                        both tables
#     1 + 5 + 6      128            146                        both tables, one of several
# Infobip publishes 160, 70 and 155 (https://www.infobip.com/docs/sms/language); the others follow from the standard.
_OCTETS, _HEADER_LENGTH, _ONE_OF_SEVERAL, _TABLE = 140, 1, 5, 3


@dataclass(frozen=True, slots=True)
class Parts:
    """What a text costs: each of its `parts` is paid for; `units` are septets, escapes included, or UTF-16 units."""

    encoding: Encoding
    units: int
    parts: int


class _Alphabet(NamedTuple):
    """A way to write a text: whether it can, which characters take two units, how many units find room in a part."""

    encoding: Encoding
    alone: int
    one_of_several: int
    holds: Callable[[str], re.Match[str] | None]
    doubled: Callable[[str, int], Iterator[re.Match[str]]]


def _alphabet(encoding: Encoding, tables: int, ones: str, twos: str) -> _Alphabet:
    """Of characters of one unit and of two units, both written as between the brackets of a regular expression."""
    bits = 7 if encoding == "GSM_7BIT" else 16
    header = _TABLE * tables
    return _Alphabet(
        encoding,
        (_OCTETS - (_HEADER_LENGTH + header if header else 0)) * 8 // bits,
        (_OCTETS - (_HEADER_LENGTH + _ONE_OF_SEVERAL + header)) * 8 // bits,
        # The group is where the first character of two units is: most texts have none, and need no second look.
        re.compile(f"[{ones}]*+([{twos}])?+(?:[{ones}]++|[{twos}]++)*+").fullmatch,
        re.compile(f"[{twos}]").finditer,
    )


_UCS_2 = _alphabet("UCS_2", 0, f"^{_ASTRAL}", _ASTRAL)
_is_basic = re.compile(f"[{re.escape(_BASIC)}]*+").fullmatch
#: By their length, texts of basic characters that one part holds.
_ALONE_MAX = 160
_ALONE = [Parts("GSM_7BIT", units, 1) for units in range(_ALONE_MAX + 1)]


@cache
def _alphabets(language: Language | None, flags: tuple[bool, bool, bool]) -> tuple[_Alphabet, ...]:
    """Those of septets that Infobip may choose from."""
    asked = ("NONE", *_SINGLE_SHIFT) if language == "AUTODETECT" else (language or "NONE",)
    return tuple(_septets(one, flags) for one in asked)


def _septets(language: str, flags: tuple[bool, bool, bool]) -> _Alphabet:
    single_shift, locking_shift, transliterated = flags
    locking = shift = None
    if language != "NONE":
        locking = _LOCKING.get(language) if locking_shift else None
        shift = _SINGLE_SHIFT[language] if single_shift or locking is None else None
    tables = (locking is not None) + (shift is not None)
    ones = locking or _BASIC
    twos = "".join(char for char in shift or _EXTENSION if char not in ones)
    if transliterated:
        twos = re.escape("".join(char for char in twos if char in _EXTENSION))
        return _alphabet("GSM_7BIT", tables, f"^{twos}", twos)
    return _alphabet("GSM_7BIT", tables, re.escape(ones), re.escape(twos))


def count(
    text: str,
    *,
    language: Language | None = None,
    single_shift: bool = False,
    locking_shift: bool = False,
    transliterated: bool = False,
) -> Parts:
    """In what encoding, how many units and how many parts a text is sent.

    A language without a flag has its single shift table; so has Spanish with `locking_shift` alone, for which there is
    no locking table. AUTODETECT takes the cheapest of no language, TR, ES and PT that can hold the text. What no table
    holds is sent in UCS-2, whose parts need no table. An empty text is one part of no units.

    `transliterated` gives a lower bound: Infobip replaces characters before it counts, by tables it does not publish,
    so every character outside the GSM set counts as one septet, though its replacement may take more or be missing.
    """
    if language is None and not transliterated and len(text) <= _ALONE_MAX and _is_basic(text) is not None:
        return _ALONE[len(text)]  # nearly every text
    alphabets = _alphabets(language, (single_shift, locking_shift, transliterated))
    counted = [_count(text, one, held) for one in alphabets if (held := one.holds(text)) is not None]
    if counted:
        return min(counted, key=lambda one: (one.parts, one.units))
    return _count(text, _UCS_2, _UCS_2.holds(text))


def counts(texts: Sequence[str]) -> list[Parts]:
    """What `count` says of each text; nearly always all of them are basic characters that one part holds."""
    if max(map(len, texts), default=0) <= _ALONE_MAX and _is_basic("".join(texts)) is not None:
        return [_ALONE[len(text)] for text in texts]
    return [*map(count, texts)]


def _count(text: str, alphabet: _Alphabet, held: re.Match[str] | None) -> Parts:
    first = -1 if held is None else held.start(1)
    doubled = [] if first < 0 else [found.start() for found in alphabet.doubled(text, first)]
    units = len(text) + len(doubled)
    if units <= alphabet.alone:
        return Parts(alphabet.encoding, units, 1)
    if not doubled:
        return Parts(alphabet.encoding, units, -(-units // alphabet.one_of_several))
    # Where the pairs begin once each pair before has taken its second unit. A part that would end between the two
    # units of a pair ends before it.
    pairs = {at + before for before, at in enumerate(doubled)}
    end = parts = 0
    while end < units:
        end += alphabet.one_of_several
        end -= end - 1 in pairs
        parts += 1
    return Parts(alphabet.encoding, units, parts)
