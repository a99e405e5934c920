"""When the next call of an operation may go: evenly spaced, slower after a 429, and never to catch up."""

from collections.abc import Mapping
from math import inf

#: Requests per second that Infobip publishes for each operation of an account.
LIMITS: Mapping[str, float] = {
    "list_persons": 5,
    "create_person": 10,
    "update_person": 5,
    "replace_person": 5,
    "delete_person": 5,
    "upsert_persons": 5,
    "list_tags": 5,
    "create_tag": 5,
    "get_tag": 5,
    "delete_tag": 5,
    "add_tag": 5,
    "remove_tag": 5,
    "match_people": 15,
    "list_attributes": 5,
    "create_attribute": 5,
    "get_attribute": 5,
    "delete_attribute": 5,
    "send_email": 4000,
    "send_whatsapp_text": 4000,
    "send_whatsapp_template": 4000,
    "list_whatsapp_templates": 2500,
}
#: For an operation that nobody listed: the strictest of those published for whole products.
DEFAULT_LIMIT = 5.0

#: Of most sends no limit is published: the speed of an account is agreed with it. Logs are the same for all channels.
LIMIT_OF_SENDS, LIMIT_OF_LOGS = inf, 2.0

#: Calls are spaced this much wider than the limit asks, because an answering server counts arrivals and the network
#: does not keep distances.
HEADROOM = 0.012
#: Of an operation without a published limit, requests per second from which a 429 slows it down.
FAST = 100.0
SLOWEST = 1 / 16
STEP = 0.1
SUCCESSES_PER_STEP = 5


def limit_of(operation: str) -> float:
    """The published limit of an operation, in requests per second."""
    if operation in LIMITS:
        return LIMITS[operation]
    if _sends(operation):
        return LIMIT_OF_SENDS
    return LIMIT_OF_LOGS if _asks_logs(operation) else DEFAULT_LIMIT


def _sends(operation: str) -> bool:
    return operation.startswith("send_")


def _asks_logs(operation: str) -> bool:
    return operation.endswith("_logs")


class Throttle:
    """The clock of one operation, told the time by its caller.

    Two calls are never closer than 1/(rate x share x speed), so no second ever holds more than `rate` of them (rounded
    up). `speed` is 1 until a 429 halves it; successes win it back step by step.
    """

    __slots__ = ("_last", "_not_before", "_rate", "_share", "_speed", "_successes")

    def __init__(self, rate_per_second: float) -> None:
        if not rate_per_second > 0:
            raise ValueError(f"a limit is more than 0 requests per second, not {rate_per_second}")
        self._rate = rate_per_second
        self._share = 1.0
        self._speed = 1.0
        self._successes = 0
        self._last = -inf
        self._not_before = -inf

    @property
    def rate_per_second(self) -> float:
        """Calls per second that may go at present."""
        if not self._share > 0:
            return 0.0
        return (self._rate if self._rate < inf or self._speed == 1.0 else FAST) * self._share * self._speed

    def opens_at(self) -> float:
        """Tell the earliest time for the next call; infinite while this process has no share."""
        rate = self.rate_per_second
        return max(self._last + (1 + HEADROOM) / rate, self._not_before) if rate > 0 else inf

    def reserve(self, now: float) -> float:
        """Take the next place and return its time; without a share there is none, and the time is infinite."""
        at = max(now, self.opens_at())
        if at < inf:
            self._last = at
        return at

    def share(self, fraction: float) -> None:
        """Set this process's part of the limit, from 0 to 1."""
        if not 0 <= fraction <= 1:
            raise ValueError(f"a share lies between 0 and 1, not {fraction}")
        self._share = fraction

    def slow_down(self, now: float, retry_after_seconds: float | None = None) -> None:
        """Note a 429: half as fast from now on, and nothing before Infobip wants to hear of us again."""
        self._speed = max(SLOWEST, self._speed / 2)
        self._successes = 0
        if retry_after_seconds is not None:
            self._not_before = max(self._not_before, now + retry_after_seconds)

    def succeeded(self) -> None:
        """Note an answer that was no 429: after some of them, a step back towards full speed."""
        if self._speed == 1.0:
            return
        self._successes += 1
        if self._successes == SUCCESSES_PER_STEP:
            self._successes = 0
            self._speed = min(1.0, self._speed + STEP)
