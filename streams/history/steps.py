"""The story of messages: steps of a few sorts, in the order of time. Quiet."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from streams.history.columns import address, moment
from streams.history.rows import IDS, Sort

StepName = Literal["enter", "message", "report", "seen", "click", "reply", "outcome"]
#: What comes first of steps of one moment, and what of a record says when it was; the first that is filled counts.
TIMES: Final[Mapping[StepName, tuple[str, ...]]] = {
    "enter": ("occurred_at",),
    "message": ("sent_at",),
    "report": ("done_at", "received_at"),
    "seen": ("seen_at", "received_at"),
    "click": ("clicked_at", "received_at"),
    "reply": ("sent_at", "received_at"),
    "outcome": ("decided_at",),
}
_NAMES: Final[Mapping[Sort, StepName]] = {
    "messages": "message",
    "delivery_reports": "report",
    "clicks": "click",
    "inbound_messages": "reply",
    "message_outcomes": "outcome",
}
_ORDER: Final = [*TIMES]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: one of them; the address as it is looked up."""

    message: str | None = None
    event: str | None = None
    profile: str | None = None
    address: str | None = None

    @property
    def in_words(self) -> str:
        """What is asked for, in words that hold no address."""
        return " ".join(
            filter(None, (self.message and f"message {self.message}", self.event and f"event {self.event}"))
        ) or ("that profile" if self.profile else "that address")


class Told(NamedTuple):
    """One step: when it was, what it is, and its record."""

    at: datetime
    step: StepName
    said: Mapping[str, Any]


def told(sort: Sort, said: Mapping[str, Any], written_at: datetime) -> Told:
    """The step that a record of ours is, given when it was written to its topic."""
    name = _NAMES[sort]
    if name == "report" and said.get("event") == "seen":
        name = "seen"
    return Told(_at(name, said, written_at), name, said)


def entered(said: Mapping[str, Any], written_at: datetime) -> Told:
    """The step that the entering of an audience is."""
    return Told(_at("enter", said, written_at), "enter", said)


def _at(name: StepName, said: Mapping[str, Any], written_at: datetime) -> datetime:
    return next((at for key in TIMES[name] if (at := moment(said.get(key))) is not None), written_at)


def in_order(steps: Iterable[Told]) -> list[Told]:
    """Steps in the order of time, each record once: of a message and an outcome the last that was written."""
    found: dict[tuple[Any, ...], Told] = {}
    for one in steps:
        found[_key(one)] = one
    return sorted(found.values(), key=lambda one: (one.at, _ORDER.index(one.step)))


def _key(one: Told) -> tuple[Any, ...]:
    sort: Sort = next((sort for sort, name in _NAMES.items() if name == one.step), "delivery_reports")
    if one.step == "enter":
        return ("enter", one.said.get("topic"), one.said.get("partition"), one.said.get("offset"))
    return one.step, one.said.get(IDS[sort])


def replies_to(
    messages: Collection[Told], every: Iterable[Told], replies: Iterable[Told], within: timedelta
) -> list[Told]:
    """Of replies that name no message those that belong to these messages.

    Each belongs to the latest message to its address, if that went no longer before; `every` are all messages to these
    addresses.
    """
    ours = {one.said.get("message_id") for one in messages}
    before = in_order(every)
    found = []
    for reply in replies:
        sender = address(reply.said.get("from") or "")
        sent = [one for one in before if address(one.said.get("to") or "") == sender and one.at <= reply.at]
        if sent and sent[-1].said.get("message_id") in ours and reply.at - sent[-1].at <= within:
            found.append(reply)
    return found


def as_json(steps: Iterable[Told]) -> list[dict[str, Any]]:
    """Steps with their records, all times in UTC."""
    return [{"at": written(one.at), "step": one.step, **one.said} for one in steps]


def written(at: datetime) -> str:
    """A time as our records have it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
