"""JSON read to the last digit, and written back so.

The fast reader takes whole numbers beyond 64 bits, and decimals of more than 15 digits, for the nearest float: another
number. It also refuses a text that holds half of a surrogate pair, such as an emoji that was cut in the middle. What
may hold either is read by Python's own reader, which costs several times as much and is seldom needed.
"""

import json
import math
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

#: Every byte that may stand in the digits of a number as a zero, and all others as something else.
FLAT = bytes(ord("0") if chr(byte) in "0123456789." else ord("x") for byte in range(256))
#: With fewer digits than this, every decimal has a float that is written back as it was.
LONG = b"0" * 16
#: What a number in JSON stands behind: nothing else need be looked at, least of all the quote before a text.
_BEFORE_A_NUMBER = (b":", b",", b"[", b" ", b"-", b"\n", b"\t", b"\r", b"")
_64_BIT_DIGITS_MAX = 20
_64_BITS_MAX, _64_BITS_MIN = 2**64 - 1, -(2**63)
#: Numbers of no more digits than this are written out without an exponent.
_WRITTEN_OUT = 400


class Digits(str):
    """A number that is none of Python's own, by its digits: everywhere else it is a text."""

    __slots__ = ()


def read(content: bytes) -> Any:
    """Read JSON; numbers that would become others are `Digits`, and texts may hold halves of surrogate pairs.

    Raises:
        ValueError: it is no JSON; the error does not repeat it.
        RecursionError: it is nested too deeply.

    """
    try:
        return read_plain(content)
    except ValueError:
        return read_with_care(content)


def read_plain(content: bytes) -> Any:
    """Read JSON by the fast reader.

    Raises:
        ValueError: it is no JSON, or not that plain.

    """
    if content.translate(FLAT).find(LONG) >= 0 and _loses_digits(content):
        raise ValueError("numbers of many digits")
    return orjson.loads(content)


def read_with_care(content: bytes) -> Any:
    """Read JSON by Python's own reader, also behind a byte order mark; raises as `read` does."""
    return read_text(content.decode("utf-8-sig"))


def read_text(text: str) -> Any:
    """Read JSON that stands in a text, which may hold halves of surrogate pairs itself; raises as `read` does."""
    return _CAREFUL.decode(text)


def write(data: Any, *, in_order: bool = False, indented: bool = False) -> bytes:
    """Write JSON, with keys in the order they have or, `in_order`, sorted; `Digits` are numbers again.

    It is one line, or `indented` for a person.

    Raises:
        TypeError: a text holds half of a surrogate pair, or it is nested too deeply.

    """
    form = (orjson.OPT_SORT_KEYS if in_order else 0) | (orjson.OPT_INDENT_2 if indented else 0)
    return orjson.dumps(data, _as_number, orjson.OPT_PASSTHROUGH_SUBCLASS | form)


def number_text(number: float) -> str | None:
    """The decimal text of a number, without an exponent; None for what is not finite."""
    if isinstance(number, int):
        return str(number)
    if not math.isfinite(number):
        return None
    return _written_out(repr(number)) if number else "0"


def float_text(number: float) -> str:
    """Write a finite float as JSON does, `120.0`, but never with an exponent."""
    text = orjson.dumps(number).decode()
    return _written_out(text) if "e" in text else text


def _loses_digits(content: bytes) -> bool:
    """Whether the fast reader may take a number for another."""
    flat = content.translate(FLAT)
    at = flat.find(LONG)
    while at >= 0:
        end = flat.find(b"x", at)
        end = len(flat) if end < 0 else end
        if content[at - 1 : at] in _BEFORE_A_NUMBER and not _is_kept(content[at:end], content[end : end + 1]):
            return True
        at = flat.find(LONG, end)
    return False


def _is_kept(digits: bytes, behind: bytes) -> bool:
    """Whether the fast reader keeps these digits, if they are a number's."""
    if behind in (b"e", b"E"):
        return False
    if b"." not in digits:
        return len(digits) < _64_BIT_DIGITS_MAX and int(digits) <= -_64_BITS_MIN
    try:
        return repr(float(digits)).encode() == digits
    except ValueError:  # several points: a part of a text, but who knows
        return False


def _whole(text: str) -> int | Digits:
    if len(text) <= _64_BIT_DIGITS_MAX and _64_BITS_MIN <= (number := int(text)) <= _64_BITS_MAX:
        return number
    return Digits(text)


def _decimal(text: str) -> float | Digits:
    number = float(text)
    try:
        exact = Decimal(text)
    except InvalidOperation:  # an exponent beyond all
        return Digits(text)
    return number if math.isfinite(number) and Decimal(repr(number)) == exact else Digits(_written_out(text))


def _written_out(text: str) -> str:
    """A number without an exponent, and without a fraction where that is nothing."""
    number = Decimal(text)
    if abs(number.adjusted()) > _WRITTEN_OUT:
        return text
    whole, _, fraction = f"{number:f}".partition(".")
    return f"{whole}.{fraction}" if fraction.strip("0") else whole


def _as_number(value: Any) -> Any:
    if isinstance(value, Digits):
        return orjson.Fragment(value.encode())
    raise TypeError(type(value).__name__)


_CAREFUL = json.JSONDecoder(parse_int=_whole, parse_float=_decimal)
