"""How fast a job is, and when it will have caught up: from where it stood at several moments. Quiet."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

#: Rates are of the last minutes.
WINDOW_SECONDS = 180.0
#: From fewer seconds no rate is told.
LEAST_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stood: events committed, events there are, and events told of; `at` is seconds of a steady clock."""

    at: float
    committed: int
    end: int
    lag: int


@dataclass(slots=True)
class Flow:
    """Where one job stood in the last minutes."""

    stood: deque[Standing] = field(default_factory=deque)

    def note(self, standing: Standing) -> None:
        """Note where it stands; what went backwards, as a topic that is made anew, begins anew."""
        if self.stood and (standing.committed < self.stood[-1].committed or standing.end < self.stood[-1].end):
            self.stood.clear()
        self.stood.append(standing)
        while len(self.stood) > 1 and standing.at - self.stood[0].at > WINDOW_SECONDS:
            self.stood.popleft()

    @property
    def per_second(self) -> float | None:
        """Events committed a second; None where it is too early to say."""
        return None if not self.stood else self._rate(lambda one: one.committed)

    @property
    def seconds_left(self) -> float | None:
        """Until it will have caught up; 0 where it has, None where it does not, or where it is too early to say."""
        if not self.stood:
            return None
        if self.stood[-1].lag == 0:
            return 0.0
        done, came = self.per_second, self._rate(lambda one: one.end)
        if done is None or came is None or done <= came:
            return None
        return self.stood[-1].lag / (done - came)

    def _rate(self, of: Callable[[Standing], int]) -> float | None:
        first, last = self.stood[0], self.stood[-1]
        seconds = last.at - first.at
        return None if seconds < LEAST_SECONDS else (of(last) - of(first)) / seconds
