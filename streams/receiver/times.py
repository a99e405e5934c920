"""Infobip's times, in all the forms it writes them in, as RFC 3339 in UTC with milliseconds."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from streams.pipeline.moments import FIRST_YEAR, LAST_YEAR, moment_of

#: The form of nearly all of them: with milliseconds.
_is_usual = re.compile(
    r"2[0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}"
    r"(?:Z|[+-][01][0-9]:?[0-5][0-9])"
).fullmatch
_UTC = frozenset({"+0000", "Z"})
_WITHOUT_ZONE = len("2019-11-09T16:00:00.000")
_DAY = slice(len("2019-11-"), len("2019-11-09"))
#: Every month has the days before it.
_LAST_DAYS = "29"
#: The shortest time that is not a date alone.
_SHORTEST = len("2019-11-09T16:00")
_OFFSET = len("+00:00")


def moment(said: Any) -> str | None:
    """A time such as `2019-11-09T16:00:00.000Z`; None for what is none.

    Reads ISO 8601 with any offset or none, which is UTC, and epochs, which Infobip counts in milliseconds.
    """
    if type(said) is not str:
        return None if said is None else _unusual(said)
    try:
        if _is_usual(said):
            return _usual(said[:_WITHOUT_ZONE], said[_WITHOUT_ZONE:])
        read = datetime.fromisoformat(said)
    except ValueError:
        return _unusual(said)
    if len(said) < _SHORTEST or not FIRST_YEAR <= read.year <= LAST_YEAR:
        return None
    return _written(read if read.tzinfo is not None else read.replace(tzinfo=UTC))


def _usual(local: str, zone: str) -> str:
    """A local time and its zone. Raises ValueError where the month has no such day."""
    if zone in _UTC and local[_DAY] < _LAST_DAYS:
        return local + "Z"
    return (datetime.fromisoformat(local) - _offset(zone)).isoformat(timespec="milliseconds") + "Z"


@lru_cache(maxsize=64)
def _offset(zone: str) -> timedelta:
    return datetime.fromisoformat(f"2000-01-01T00:00{zone}").utcoffset() or timedelta()


def _unusual(said: Any) -> str | None:
    found = moment_of(said) if isinstance(said, str | int | float) else None
    return None if found is None else _written(datetime.fromisoformat(found))


def _written(read: datetime) -> str:
    return read.astimezone(UTC).isoformat(timespec="milliseconds")[:-_OFFSET] + "Z"
