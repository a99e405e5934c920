"""What the simulator was asked and what it answered, counted by operation."""

from collections import Counter, defaultdict

NO_ANSWER = {
    "outage": "cut",
    "hang": "hung",
    "lose_answer": "lost",
    "truncate": "truncated",
    "not_json": "not_json",
    "wrong_json": "wrong_json",
}


class Counters:
    """Arrivals, answers by status and batch items, each by operation.

    An arrival that a fault left without a whole answer is counted under the word for it, from `NO_ANSWER`.
    """

    def __init__(self) -> None:
        self.arrivals: Counter[str] = Counter()
        self.items: Counter[str] = Counter()
        self.calls: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def answered(self, operation: str, status: int | str) -> None:
        """Count one answer, or one word for why there was none."""
        self.calls[operation][str(status)] += 1

    def count(self, operation: str, status: int | str | None = None) -> int:
        """Return the calls of an operation, all or those that ended with one status."""
        by_status = self.calls.get(operation, Counter[str]())
        return by_status.total() if status is None else by_status[str(status)]

    def clear(self) -> None:
        """Start again from nothing."""
        self.arrivals.clear()
        self.items.clear()
        self.calls.clear()
