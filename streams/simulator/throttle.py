"""When a request is one too many: an exact sliding log of admitted arrivals by operation."""

from collections import deque

from streams.simulator.options import SimulatorOptions


class Throttle:
    """Admits at most N requests of an operation in any window of its seconds."""

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options
        self._arrivals: dict[str, deque[float]] = {}

    def wait_seconds(self, operation: str, now: float) -> float:
        """Return 0 and remember the arrival when it is admitted, else how long until one would be."""
        limit = self._options.limit_of(operation)
        if limit is None:
            return 0.0
        arrivals = self._arrivals.setdefault(operation, deque())
        while arrivals and arrivals[0] <= now - limit.seconds:
            arrivals.popleft()
        if len(arrivals) < limit.requests:
            arrivals.append(now)
            return 0.0
        oldest = arrivals[0] if arrivals else now
        # Rounding must not turn a refusal into the 0 of an admission.
        return max(oldest + limit.seconds - now, 1e-9)
