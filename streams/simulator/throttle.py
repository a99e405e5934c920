"""When a request is one too many: an exact sliding log of admitted arrivals by operation, or a bucket of tokens."""

from collections import deque

from streams.simulator.operations import Bucket
from streams.simulator.options import SimulatorOptions


class Throttle:
    """Admits at most N requests of an operation in any window of its seconds, or as many as its bucket has tokens."""

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options
        self._arrivals: dict[str, deque[float]] = {}
        self._levels: dict[str, tuple[float, float]] = {}

    def wait_seconds(self, operation: str, now: float, whose: str = "") -> float:
        """Return 0 and remember the arrival when it is admitted, else how long until one would be.

        `whose` is the key that the limit is of, where it is not of the account.
        """
        limit = self._options.limit_of(operation)
        if limit is None:
            return 0.0
        if isinstance(limit, Bucket):
            return self._wait_for_token(operation, limit, now)
        arrivals = self._arrivals.setdefault(f"{operation} {whose}", deque())
        while arrivals and arrivals[0] <= now - limit.seconds:
            arrivals.popleft()
        if len(arrivals) < limit.requests:
            arrivals.append(now)
            return 0.0
        oldest = arrivals[0] if arrivals else now
        # Rounding must not turn a refusal into the 0 of an admission.
        return max(oldest + limit.seconds - now, 1e-9)

    def _wait_for_token(self, operation: str, bucket: Bucket, now: float) -> float:
        tokens, at = self._levels.get(operation, (bucket.burst, now))
        tokens = min(bucket.burst, tokens + (now - at) * bucket.refill)
        wait_seconds = 0.0 if tokens >= 1 else max((1 - tokens) / bucket.refill, 1e-9)
        self._levels[operation] = (tokens if wait_seconds else tokens - 1, now)
        return wait_seconds
