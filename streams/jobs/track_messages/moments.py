"""Times of records as Unix microseconds, and back."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from streams.pipeline.moments import FIRST_YEAR, LAST_YEAR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FORM = orjson.OPT_UTC_Z


def microseconds(said: object) -> int | None:
    """A time as records have it, in Unix microseconds; None for what is none."""
    if type(said) is not str:
        return None
    try:
        read = datetime.fromisoformat(said)
        if not FIRST_YEAR <= read.year <= LAST_YEAR:
            return None
        return ((read if read.tzinfo is not None else read.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None


def moment(at_us: int | None) -> datetime | None:
    """The time, in UTC."""
    return None if at_us is None else _EPOCH + timedelta(microseconds=at_us)


def written(record: Mapping[str, Any]) -> bytes:
    """A record as JSON, its times in RFC 3339."""
    return orjson.dumps(record, option=_FORM)
