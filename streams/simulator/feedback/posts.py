"""What waits to be posted, to whom: reports that are gathered, batches, and when one is tried again. No I/O."""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from streams.simulator.feedback.addresses import Destination
from streams.simulator.feedback.reports import Report, State

BATCH_MAX = 100
CONNECTIONS = 20
#: How many posts are on their way at once, to whomever.
CONNECTIONS_IN_ALL = 200
RETRIES = 20
MINUTE = 60.0


def wait_minutes(retry: int) -> int:
    """Return the minutes before a retry, the first of which is 0; as published."""
    return 1 + retry**2


@dataclass(slots=True, eq=False)
class Batch:
    """Reports that are posted together; `retries` is how often that was tried again."""

    destination: Destination
    reports: list[Report]
    retries: int = 0

    @property
    def waiting(self) -> list[Report]:
        """Those that nobody was told of in the meantime."""
        return [each for each in self.reports if each.state is State.WAITING]


@dataclass(slots=True)
class _Box:
    """What waits for one destination, how many posts are on their way, and when the next may be made."""

    reports: deque[Report] = field(default_factory=deque)
    flying: int = 0
    free_at: float = 0.0


class Posts:
    """Everything that is yet to be posted; a profile says how many together, how many at once, and how often."""

    def __init__(self, profile_of: Callable[[str], Mapping[str, Any] | None], time_scale: float) -> None:
        self._profile_of = profile_of
        self._minute = MINUTE / time_scale
        self._boxes: dict[Destination, _Box] = {}
        self._again: list[tuple[float, int, Batch]] = []
        self._due: deque[Batch] = deque()
        self._numbers = count()
        self._flying = 0

    def add(self, destination: Destination, report: Report) -> None:
        """Have a report posted."""
        self._boxes.setdefault(destination, _Box()).reports.append(report)

    def profile(self, destination: Destination) -> Mapping[str, Any]:
        """Return the profile of a destination; an address on a message has an empty one."""
        return (destination.profile_id and self._profile_of(destination.profile_id)) or {}

    def ready(self, now: float) -> Iterator[Batch]:
        """Yield the batches that can be posted now; each must be told of by `done` or `failed`."""
        while self._again and self._again[0][0] <= now:
            self._due.append(heapq.heappop(self._again)[2])
        for _ in range(len(self._due)):
            batch = self._due.popleft()
            batch.reports = batch.waiting
            if not batch.reports:
                continue
            if self._may_fly(batch.destination, now):
                yield batch
            else:
                self._due.append(batch)
        for destination, box in list(self._boxes.items()):
            yield from self._gathered(destination, box, now)

    def _gathered(self, destination: Destination, box: _Box, now: float) -> Iterator[Batch]:
        size = 1 if destination.group == "events" else self.profile(destination).get("maxBucketSize", BATCH_MAX)
        while box.reports:
            if not self._may_fly(destination, now):
                return
            reports: list[Report] = []
            while box.reports and len(reports) < size:
                report = box.reports.popleft()
                if report.state is State.WAITING:
                    reports.append(report)
            if reports:
                yield Batch(destination, reports)
            else:
                self._flying -= 1
                box.flying -= 1
        if not box.flying:
            del self._boxes[destination]

    def _may_fly(self, destination: Destination, now: float) -> bool:
        """Take one of a destination's connections, if one is free and its rate allows."""
        profile, box = self.profile(destination), self._boxes.setdefault(destination, _Box())
        is_full = self._flying >= CONNECTIONS_IN_ALL or box.flying >= profile.get("windowSize", CONNECTIONS)
        if is_full or box.free_at > now:
            return False
        self._flying += 1
        box.flying += 1
        if "rateLimit" in profile:
            box.free_at = max(box.free_at, now - 1 / profile["rateLimit"]) + 1 / profile["rateLimit"]
        return True

    def landed(self, batch: Batch) -> None:
        """Give back the connection of a batch that was answered, or not."""
        box = self._boxes[batch.destination]
        self._flying -= 1
        box.flying -= 1
        if not box.flying and not box.reports:
            del self._boxes[batch.destination]

    def back(self, batch: Batch) -> None:
        """Take back a batch that was cut on its way: it is posted as soon as can be."""
        self.landed(batch)
        self._due.append(batch)

    def again(self, batch: Batch, now: float) -> bool:
        """Have a batch posted once more when it is time; say False where it has been tried often enough."""
        if batch.retries >= RETRIES:
            return False
        at = now + wait_minutes(batch.retries) * self._minute
        batch.retries += 1
        heapq.heappush(self._again, (at, next(self._numbers), batch))
        return True

    def hurry(self) -> int:
        """Have all that waits to be posted again posted now; return how many batches."""
        hurried = len(self._again)
        self._due.extend(batch for _, _, batch in sorted(self._again))
        self._again.clear()
        return hurried

    def next_at(self, now: float) -> float | None:
        """Return when there may be something to post, None where nothing waits but for answers."""
        times = [self._again[0][0]] if self._again else []
        waiting = {batch.destination for batch in self._due}
        waiting |= {destination for destination, box in self._boxes.items() if box.reports}
        return min((*times, *(at for each in waiting if (at := self._open_at(each, now)) is not None)), default=None)

    def _open_at(self, destination: Destination, now: float) -> float | None:
        """Return when the next post to a destination may be made, None while all connections are taken."""
        if self._flying >= CONNECTIONS_IN_ALL:
            return None
        box = self._boxes.get(destination)
        if box is None:
            return now
        is_full = box.flying >= self.profile(destination).get("windowSize", CONNECTIONS)
        return None if is_full else max(now, box.free_at)
