"""Messages that Infobip took and has not told the end of: when to ask its logs for them."""

import heapq
from dataclasses import dataclass

#: Status groups that are the end of a message: UNDELIVERABLE, DELIVERED, EXPIRED, REJECTED. Others may follow.
FINAL_GROUPS = frozenset({2, 3, 4, 5})
#: Infobip keeps trying for so long at most, unless a message says less; later there is nothing more to ask for.
WAITING_SECONDS = 4 * 24 * 3600.0
#: Some hundred bytes each.
OPEN_MAX = 1_000_000


@dataclass(slots=True)
class _Open:
    sent_at: float
    wait_seconds: float


class OpenMessages:
    """Those of one job. All times are in Unix seconds.

    A message is asked for `gap_seconds` after it was sent, then after twice as long each time, until the waiting period
    is over. Of more than `most` the oldest are let go.
    """

    def __init__(self, gap_seconds: float, waiting_seconds: float = WAITING_SECONDS, most: int = OPEN_MAX) -> None:
        self._gap_seconds, self._waiting_seconds, self._most = gap_seconds, waiting_seconds, most
        self._open: dict[str, _Open] = {}
        self._closed: dict[str, None] = {}
        self._due: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._open)

    def sent(self, message_id: str, sent_at: float) -> int:
        """Infobip took a message; how many were let go for it."""
        if message_id in self._open or self._closed.pop(message_id, self) is None:
            return 0
        self._open[message_id] = _Open(sent_at, self._gap_seconds)
        heapq.heappush(self._due, (sent_at + self._gap_seconds, message_id))
        let_go = len(self._open) - self._most
        for _ in range(let_go):
            del self._open[next(iter(self._open))]
        return max(let_go, 0)

    def reported(self, message_id: str, status_group_id: int | None) -> None:
        """A report came, perhaps before the record of its message."""
        if status_group_id not in FINAL_GROUPS:
            return
        if self._open.pop(message_id, None) is None:
            self._closed[message_id] = None
            if len(self._closed) > self._most:
                del self._closed[next(iter(self._closed))]

    def due(self, now: float, most: int) -> list[str]:
        """The ids to ask for now, at most so many; each is asked for again when its next time has come."""
        found: list[str] = []
        while self._due and self._due[0][0] <= now and len(found) < most:
            _, message_id = heapq.heappop(self._due)
            if (one := self._open.get(message_id)) is not None:
                found.append(message_id)
                self._put_off(message_id, one, now)
        return found

    def _put_off(self, message_id: str, one: _Open, now: float) -> None:
        one.wait_seconds *= 2
        if (again := now + one.wait_seconds) <= one.sent_at + self._waiting_seconds:
            heapq.heappush(self._due, (again, message_id))
        else:
            del self._open[message_id]
