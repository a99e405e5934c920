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
DEFAULT_LIMIT, LIST_MAX = 50, 2048
_ACCEPTED, _DUPLICATE = ACCEPTED.shown, DUPLICATE.shown


class Messages:
    """Which ids are taken, by whom, and when each recipient's first message was accepted, on the clock of the wall.

    Beside each message `others` more are in the logs that somebody else sends by the same account.
    """

    def __init__(self, clock: Callable[[], float] = time.time, others: int = 0) -> None:
        self._clock, self._others = clock, others
        #: The ids that went with requests of a name.
        self._bulks: dict[str, list[str]] = {}
        self._recipients: dict[str, str] = {}
        self._times = array("d")
        self._made_up = count()
        self.duplicates = 0

    def take(self, body: bytes) -> tuple[list[int], bytes]:
        """Accept what was sent, except under ids that are taken; to whom, by number, and the answer."""
        now = self._clock()
        accepted: list[int] = []
        rows = []
        request = orjson.loads(body)
        bulk_id = request.get("options", {}).get("schedule", {}).get("bulkId") or f"bulk-{next(self._made_up)}"
        for message in request["messages"]:
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
                        self._bulks.setdefault(bulk_id, []).append(asked)
                    self._let_others_send()
                status = _DUPLICATE if repeated else _ACCEPTED
                message_id = asked or f"made-up-{next(self._made_up)}"
                rows.append({"messageId": message_id, "status": status, "destination": to})
        return accepted, orjson.dumps({"bulkId": bulk_id, "messages": rows})

    def logs(self, query: Mapping[str, str]) -> bytes:
        """Tell of messages by their ids, or by the names of their requests; of all messages, where neither is asked."""
        for name in ("messageId", "bulkId"):
            if len(query.get(name, "")) > LIST_MAX:
                raise ValueError(f"{name} is too long")
        if "messageId" in query:
            known = [one for one in query["messageId"].split(",") if one in self._recipients]
        else:
            names = query["bulkId"].split(",") if "bulkId" in query else [*self._bulks]
            known = [one for name in names for one in self._bulks.get(name, ())]
        limit, start = int(query.get("limit", DEFAULT_LIMIT)), int(query.get("cursor", "0"))
        answer: dict[str, Any] = {"results": [self._row(one) for one in known[start : start + limit]]}
        if query.get("useCursor") == "true":
            following = {"nextCursor": str(start + limit)} if start + limit < len(known) else {}
            answer["cursor"] = {"limit": limit, **following}
        return orjson.dumps(answer)

    def times(self) -> list[float]:
        """When each person's first message was accepted, by number; 0 where none was."""
        return self._times.tolist()

    def _row(self, message_id: str) -> dict[str, Any]:
        return {"messageId": message_id, "destination": self._recipients[message_id], "status": _ACCEPTED}

    def _let_others_send(self) -> None:
        if self._others:
            ids = [f"other-{next(self._made_up)}" for _ in range(self._others)]
            self._recipients.update(dict.fromkeys(ids, "41790000000"))
            self._bulks[ids[0]] = ids

    def _note(self, number: int, now: float) -> None:
        if number >= len(self._times):
            self._times.extend([0.0] * (number + 1 - len(self._times)))
        self._times[number] = self._times[number] or now


def number_of(to: str) -> int:
    """Return the number of a made-up person."""
    return int(to) - samples.PHONE
