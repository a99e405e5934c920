"""Times as Infobip writes them: to the millisecond, with an offset."""

from datetime import UTC, datetime


def wire_time(at: float) -> str:
    """Return a time in seconds since 1970 as reports and logs show it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def milliseconds(at: float) -> int:
    """Return a time in seconds since 1970 as events of clicks show it."""
    return int(at * 1000)
