"""How many requests and bytes of bodies are held at once, and what a request is told that cannot be taken."""

from types import TracebackType
from typing import Self

#: The status that has Infobip come again.
PUT_OFF = 503


class Refused(Exception):
    """A request that is answered with this status, and nothing else done for it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Budget:
    """Requests that are worked on at once, and bytes that all of them hold together."""

    def __init__(self, requests: int, size: int) -> None:
        self.requests_left, self.bytes_left = requests, size


class Share:
    """What one request holds of the budget, until it is over. A class, because a generator would take longer."""

    __slots__ = ("_budget", "_taken")

    def __init__(self, budget: Budget) -> None:
        self._budget, self._taken = budget, 0

    def __enter__(self) -> Self:
        if self._budget.requests_left <= 0:
            raise Refused(PUT_OFF, "too many requests at once: come again")
        self._budget.requests_left -= 1
        return self

    def take(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            Refused: there are not so many left.

        """
        self._taken += size
        self._budget.bytes_left -= size
        if self._budget.bytes_left < 0:
            raise Refused(PUT_OFF, "too many bytes at once: come again")

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._budget.requests_left += 1
        self._budget.bytes_left += self._taken
