"""Times of records as Unix microseconds, and back."""

from datetime import UTC, datetime, timedelta

from streams.pipeline.moments import FIRST_YEAR, LAST_YEAR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OFFSET = len("+00:00")


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


def written(at_us: int | None) -> str | None:
    """RFC 3339 in UTC, with milliseconds, or microseconds where there are any."""
    if at_us is None:
        return None
    text = (_EPOCH + timedelta(microseconds=at_us)).isoformat(timespec="microseconds")[:-_OFFSET]
    return f"{text.removesuffix('000')}Z"
