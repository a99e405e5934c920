"""Fields of Infobip's, each read as the kind it should be of; what is of another kind is as good as absent."""

import math
from collections.abc import Mapping
from typing import Any

from streams.exact_json import Digits

#: Stands in for an object that is not there.
NOTHING: Mapping[str, Any] = {}
#: The digits of a country's code in mccMnc (ITU-T E.212), and of the whole.
MCC_DIGITS, MCC_MNC_DIGITS = 3, range(4, 7)
#: In which fields Infobip counts the parts of a message besides `messageCount`: of SMS v2, MMS v1 and inbound RCS.
COUNTS = ("smsCount", "mmsCount", "rcsCount")


def text(said: Any) -> str | None:
    """A text."""
    return said if type(said) is str else None


def name(said: Any) -> str | None:
    """What names something: a text, or a whole number by its digits."""
    if type(said) is str:
        return said
    return str(said) if type(said) is int or type(said) is Digits else None


def whole(said: Any) -> int | None:
    """A whole number of at most 64 bits."""
    return said if type(said) is int else None


def number(said: Any) -> float | None:
    """A finite number."""
    if type(said) is int:
        return said
    if type(said) is Digits:
        said = float(said)
    return said if type(said) is float and math.isfinite(said) else None


def truth(said: Any) -> bool | None:
    """Whether something is so."""
    return said if type(said) is bool else None


def part(said: Any) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return said if type(said) is dict else NOTHING


def recipient_of(entry: Mapping[str, Any]) -> str | None:
    """Whom a message went to, as reports, logs and events of emails call it."""
    return name(entry.get("to") or entry.get("destination") or entry.get("recipient"))


def count(entry: Mapping[str, Any]) -> int | None:
    """How many parts a message took, under whichever name."""
    if (said := entry.get("messageCount")) is not None:
        return whole(said)
    return next((whole(entry[field]) for field in COUNTS if field in entry), None)


def network(said: Any) -> tuple[str | None, str | None]:
    """The country's and the network's code of mccMnc, which is a text in most forms and a number in one."""
    digits = name(said)
    if digits is None or len(digits) not in MCC_MNC_DIGITS or not (digits.isascii() and digits.isdigit()):
        return None, None
    return digits[:MCC_DIGITS], digits[MCC_DIGITS:]
