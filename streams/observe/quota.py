"""How much of a limit is used: calls counted by the second, and only those of late."""

from math import isfinite

#: Over so many seconds, because some limits are of one call in ten.
QUOTA_SECONDS = 30


class QuotaUse:
    """The calls of one operation, told the time by a clock that never goes back."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        #: How many went in a second, by the second.
        self._calls: dict[int, int] = {}

    def add(self, now: float) -> None:
        """Count a call."""
        second = int(now)
        self._calls[second] = self._calls.get(second, 0) + 1
        if len(self._calls) > 2 * QUOTA_SECONDS:
            self._calls = {at: calls for at, calls in self._calls.items() if at > second - QUOTA_SECONDS}

    def ratio(self, now: float) -> float | None:
        """The part of the limit that was used of late, 1 for all of it; None where no limit is known."""
        if not isfinite(self.per_second):
            return None
        since = int(now) - QUOTA_SECONDS
        calls = sum(number for at, number in self._calls.copy().items() if since < at <= now)
        return calls / (self.per_second * QUOTA_SECONDS)
