"""Times as platforms write them, read where there is no doubt which is meant."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

#: What is earlier stands for no time at all: zero in one count or another. What is later is no event's, either.
FIRST_YEAR, LAST_YEAR = 2000, 2999
#: How many there are to a second of what epochs are counted in; ten digits of seconds begin in 2001 and end in 2286.
_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
_FIRST_EPOCH, _LAST_EPOCH = 10**9, 10**10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: ISO 8601 as databases and programs print it: with a blank, a zone's name in brackets, or `UTC` behind the offset.
_iso = re.compile(
    r"(?P<day>[0-9]{4}-?[0-9]{2}-?[0-9]{2})[Tt ](?P<time>[0-9]{2}:?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]{1,6})?)?)[0-9]*"
    r" ?(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
    r"(?: ?\[?(?P<zone>[A-Za-z][A-Za-z0-9_+/-]*)\]?)?(?: m=[+-][0-9.]+)?"
).fullmatch
_UTC = frozenset({"UTC", "GMT", "Z", "UT", "Etc/UTC"})
#: RFC 1123, what `date` and Java print, and what JavaScript prints; with a zone that is an offset or UTC.
_DAY = "(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})[a-z]*"
_TIME = "(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})"
_ZONE = r"(?P<zone>GMT|UTC|UT|Z)?(?P<offset>[+-][0-9]{2}:?[0-9]{2})?(?: \([A-Za-z ]+\))?"
_WORDED = tuple(
    re.compile(form).fullmatch
    for form in (
        rf"{_DAY}(?P<day>[0-9]{{1,2}})[ -]{_MONTH}[ -](?P<year>[0-9]{{4}}) {_TIME} {_ZONE}",
        rf"{_DAY}{_MONTH} {{1,2}}(?P<day>[0-9]{{1,2}}) (?P<year>[0-9]{{4}}) {_TIME} {_ZONE}",
        rf"{_DAY}{_MONTH} {{1,2}}(?P<day>[0-9]{{1,2}}) {_TIME} {_ZONE} (?P<year>[0-9]{{4}})",
    )
)
_is_number = re.compile(r"[0-9]{10,19}(?:\.[0-9]+)?").fullmatch
#: Objects that count seconds, and what they call the rest: Protobuf, Firestore, Java's Instant.
_COUNTED = (("seconds", "nanos"), ("seconds", "nanoseconds"), ("_seconds", "_nanoseconds"), ("epochSecond", "nano"))
_LONGEST = 100


def moment_of(said: Any) -> str | None:
    """Read a time, as ISO 8601; without a zone it is taken for UTC. None where it is not certain which is meant.

    Counts since 1970 are seconds, or thousandths, millionths, billionths of them, by how large they are: no two of
    these can be taken for each other. A date alone is no time.
    """
    try:
        moment = _read(said)
        if moment is None:
            return None
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return moment.isoformat() if FIRST_YEAR <= moment.astimezone(UTC).year <= LAST_YEAR else None
    except (ValueError, OverflowError):
        return None


def _read(said: Any) -> datetime | None:
    match said:
        case int() | float() if not isinstance(said, bool):
            return _counted(said)
        case str() if len(said) <= _LONGEST:
            text = said.strip()
            return next((found for read in _READERS if (found := read(text)) is not None), None)
        case {"$date": {"$numberLong": (str() as date)}} | {"$date": (str() | int() | float()) as date}:
            return _read(date)
        case dict():
            return _from_parts(said)
    return None


def _counted(count: float) -> datetime | None:
    for unit in _UNITS:
        if _FIRST_EPOCH * unit <= count < _LAST_EPOCH * unit:
            # Whole seconds apart: a float does not hold all digits of so large a number.
            return _EPOCH + timedelta(seconds=count // unit, microseconds=int(count % unit * 1_000_000 / unit))
    return None


def _from_parts(said: dict[Any, Any]) -> datetime | None:
    for whole, rest in _COUNTED:
        seconds, nanos = said.get(whole), said.get(rest, 0)
        if said.keys() <= {whole, rest} and type(seconds) is int and type(nanos) is int and 0 <= nanos < _UNITS[-1]:
            found = _counted(seconds)
            return found if _FIRST_EPOCH <= seconds < _LAST_EPOCH else None
    return None


def _from_digits(text: str) -> datetime | None:
    if _is_number(text) is None:
        return None
    return _counted(float(text) if "." in text else int(text))


def _from_iso(text: str) -> datetime | None:
    if (found := _iso(text)) is None:
        return None
    offset = found["offset"] or ("Z" if found["zone"] in _UTC else "")
    if found["zone"] and not offset:
        return None  # a place's own time: which offset it had then is not written
    return datetime.fromisoformat(f"{found['day']}T{found['time']}{offset.upper()}")


def _from_words(text: str) -> datetime | None:
    found = next((match for form in _WORDED if (match := form(text)) is not None), None)
    if found is None or not (found["zone"] or found["offset"]):
        return None
    month, day = _MONTHS.index(found["month"]) + 1, int(found["day"])
    return datetime.fromisoformat(f"{found['year']}-{month:02}-{day:02}T{found['time']}{found['offset'] or 'Z'}")


_READERS: tuple[Callable[[str], datetime | None], ...] = (_from_iso, _from_digits, _from_words)
