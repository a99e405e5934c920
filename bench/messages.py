"""SMS as Infobip takes them, and tells of them in its logs: a repeated id is refused, whoever it goes to."""

import time
from array import array
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import orjson

from streams.demo import samples
from streams.simulator.statuses import ACCEPTED, DUPLICATE

PATH, LOGS = "/sms/3/messages", "/sms/3/logs"
DEFAULT_LIMIT = 50
_ACCEPTED, _DUPLICATE = ACCEPTED.shown, DUPLICATE.shown


class Messages:
    """Which ids are taken, by whom, and when each recipient's first message was accepted, on the clock of the wall."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._recipients: dict[str, str] = {}
        self._times = array("d")
        self._made_up = count()
        self.duplicates = 0

    def take(self, body: bytes) -> tuple[list[int], bytes]:
        """Accept what was sent, except under ids that are taken; to whom, by number, and the answer."""
        now = self._clock()
        accepted: list[int] = []
        rows = []
        for message in orjson.loads(body)["messages"]:
            for destination in message["destinations"]:
                to: str = destination["to"].removeprefix("+")
                asked: str | None = destination.get("messageId")
                if repeated := asked in self._recipients:
                    self.duplicates += 1
                else:
                    accepted.append(number_of(to))
                    self._note(accepted[-1], now)
                    if asked is not None:  # nobody can ask for an id that they were not given yet
                        self._recipients[asked] = to
                status = _DUPLICATE if repeated else _ACCEPTED
                message_id = asked or f"made-up-{next(self._made_up)}"
                rows.append({"messageId": message_id, "status": status, "destination": to})
        return accepted, orjson.dumps({"bulkId": "bench", "messages": rows})

    def logs(self, query: Mapping[str, str]) -> bytes:
        """Tell of messages by their ids."""
        asked = query.get("messageId", "").split(",")
        known = [one for one in asked if one in self._recipients][: int(query.get("limit", DEFAULT_LIMIT))]
        return orjson.dumps({"results": [self._row(one) for one in known]})

    def times(self) -> list[float]:
        """When each person's first message was accepted, by number; 0 where none was."""
        return self._times.tolist()

    def _row(self, message_id: str) -> dict[str, Any]:
        return {"messageId": message_id, "destination": self._recipients[message_id], "status": _ACCEPTED}

    def _note(self, number: int, now: float) -> None:
        if number >= len(self._times):
            self._times.extend([0.0] * (number + 1 - len(self._times)))
        self._times[number] = self._times[number] or now


def number_of(to: str) -> int:
    """Return the number of a made-up person."""
    return int(to) - samples.PHONE
