"""An Infobip that takes each message once, and what it may do to answers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from schemas.jobs.send_message import SendMessage
from schemas.records.message import Message
from streams.calls.call import LOST, Call, Reply
from streams.jobs.send_message.plan import Messenger
from streams.pipeline.settle import Settled
from tests.fakes.infobip import Infobip
from tests.making import send_job, window_of

TAKEN = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}
BLOCKED = {"groupId": 5, "groupName": "REJECTED", "id": 52, "name": "REJECTED_DESTINATION"}
TWICE = {"groupId": 5, "groupName": "REJECTED", "id": 23, "name": "REJECTED_DUPLICATE_MESSAGE_ID"}


def ids_of(call: Call) -> list[str]:
    """The ids that a call asks for, or sends."""
    if call.method == "GET":
        return call.query["messageId"].split(",")
    return [one["destinations"][0]["messageId"] for one in call.body["messages"]]


def sent(calls: Sequence[Call]) -> list[str]:
    """The ids that calls handed over, tries and all."""
    return [name for call in calls if call.method == "POST" for name in ids_of(call)]


@dataclass
class Messaging(Infobip):
    """Takes each id once. Refuses `blocked` ids by a status, and whole requests with `guilty` ones.

    `faults` befall its answers to sends, one after the other. The logs tell of a message `lag` calls later.
    """

    blocked: frozenset[str] = frozenset()
    guilty: frozenset[str] = frozenset()
    faults: Iterator[str] = field(default_factory=lambda: iter(()))
    lag: int = 0
    status: int = 400
    taken: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    duplicates: Counter[str] = field(default_factory=Counter)
    #: Where messages went, as far as the logs are to say.
    destinations: dict[str, str] = field(default_factory=dict)
    answered: int = 0
    #: The ids that went with requests of a name, and how many of them a page of the logs has; 0: it takes no names.
    named: dict[str, list[str]] = field(default_factory=dict)
    page: int = 1000

    def answer(self, call: Call) -> Reply:
        self.answered += 1
        if call.method == "GET" and "bulkId" in call.query:
            return self._page(call)
        if call.method == "GET":
            return Reply(200, {"results": list(self._log(ids_of(call)))})
        fault = next(self.faults, "")
        if fault == "lost on its way":
            return Reply(LOST)
        if self.guilty & set(ids_of(call)):
            return Reply(self.status, {"errorCode": "E400", "violations": [{"property": "messages[0].content.text"}]})
        messages = [{"messageId": name, "status": self._take(name)} for name in ids_of(call)]
        bulk_id = call.body.get("options", {}).get("schedule", {}).get("bulkId", "")
        self.named.setdefault(bulk_id, []).extend(
            name for name in ids_of(call) if self.taken.get(name) == self.answered
        )
        return Reply(LOST) if fault == "lost on its way back" else Reply(200, _garbled(fault, messages))

    def _page(self, call: Call) -> Reply:
        if not self.page:
            return Reply(400, {"errorCode": "E400"})
        ids = [one for name in call.query["bulkId"].split(",") for one in self.named.get(name, ())]
        start = int(call.query.get("cursor", "0"))
        cursor = {"nextCursor": str(start + self.page)} if start + self.page < len(ids) else {}
        rows = list(self._log(ids[start : start + self.page]))
        return Reply(200, {"results": rows, "cursor": {"limit": self.page, **cursor}})

    def _take(self, name: str) -> dict[str, Any]:
        if name in self.blocked:
            self.refused[name] = self.answered
            return BLOCKED
        if name in self.taken:
            self.duplicates[name] += 1
            return TWICE
        self.taken[name] = self.answered
        return TAKEN

    def _log(self, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        for ids, status in ((self.taken, TAKEN), (self.refused, BLOCKED)):
            for name in names:
                if name in ids and ids[name] + self.lag < self.answered:
                    to = {"destination": self.destinations[name]} if name in self.destinations else {}
                    yield {"messageId": name, "status": status, "bulkId": "b-1", **to}


FAULTS = ("", "lost on its way", "lost on its way back", "silent", "half", "backwards", "unnamed", "renamed")


def _garbled(fault: str, messages: list[dict[str, Any]]) -> Any:
    match fault:
        case "silent":
            return {"bulkId": "b-1"}
        case "half":
            return {"messages": messages[: len(messages) // 2]}
        case "backwards":
            return {"messages": messages[::-1]}
        case "unnamed":
            return {"messages": [{"status": one["status"]} for one in messages]}
        case "renamed":
            return {"messages": [{**one, "messageId": f"theirs-{number}"} for number, one in enumerate(messages)]}
    return {"bulkId": "b-1", "messages": messages}


NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
PHONE = "+41793026727"


def enter(event_id: str | None = "e-1", action: str = "enter", audience: str = "vip", **profile: Any) -> bytes:
    """An event; without fields its profile has a phone."""
    said = {"event_id": event_id, "action": action, "audience": audience, "profile_id": "ann"}
    return orjson.dumps({**said, "profile": profile or {"phone": PHONE}})


def deliver(
    values: Sequence[bytes | None], job: SendMessage | None = None, talk: Infobip | None = None
) -> tuple[list[Call], Settled]:
    job, talk = job or send_job(), talk or Messaging()
    messenger = Messenger(job)
    settled = talk.hold(messenger.deliver(messenger.fold(window_of(job, values)), NOW.timestamp()))
    return talk.calls, settled


def record_of(value: bytes, talk: Infobip | None = None, **changes: Any) -> Message:
    """The one record that an event leads to."""
    job = send_job(**changes)
    (message,) = deliver([value], job, talk)[1].told
    return message


def texts(calls: Sequence[Call]) -> list[str]:
    return [one["content"]["text"] for call in calls for one in call.body["messages"]]
