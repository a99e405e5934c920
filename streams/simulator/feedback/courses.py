"""The course of a message: what happens to it and when, from its fate alone, so that logs and reports agree."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from streams.simulator.feedback.fates import status_of
from streams.simulator.feedback.links import is_tracked, links_of, tells_openings
from streams.simulator.outbox import Sent
from streams.simulator.statuses import ENROUTE, STATUSES, Status

Kind = Literal["delivery", "seen", "open", "click", "unsubscribe", "complaint", "late_bounce", "inbound"]
SEEN_CHANNELS = frozenset({"whatsapp", "viber", "rcs"})
DELIVERED = 3


class Step(NamedTuple):
    """One thing that happens to a message, or that its recipient does.

    `told_at` is when it is told of. A delivery has a status, and `done_at`; it is of the message that stands in for
    another where `stands_in` says so. A click has a `url`, a reply a `text`.
    """

    kind: Kind
    told_at: float
    status: Status | None = None
    done_at: float = 0.0
    stands_in: bool = False
    url: str = ""
    text: str = ""


def steps_of(sent: Sent) -> list[Step]:
    """Return all that a message's fate has in store for it, in order."""
    fate = sent.fate
    if fate.fate == "never":
        return []
    steps = list(_deliveries(sent))
    status = steps[-1].status
    if status is None or status.group_id != DELIVERED or steps[-1].stands_in:
        return steps
    at, wait = steps[-1].told_at, fate.delay_seconds or 0.0
    for did in _doings(sent):
        at += wait
        steps.append(did._replace(told_at=at))
    return steps


def status_at(sent: Sent, now: float) -> tuple[Status, float | None]:
    """Return the status that a message has at a time, and since when where it is final."""
    if sent.status.is_final:
        return sent.status, sent.sent_at
    if sent.fate.fate == "never":
        return sent.status, None
    so_far = [step for step in _deliveries(sent) if step.told_at <= now]
    if not so_far or so_far[-1].status is None:
        return sent.status, None
    last = so_far[-1]
    return last.status or sent.status, last.done_at if last.status and last.status.is_final else None


def _deliveries(sent: Sent) -> Iterator[Step]:
    """Yield each report of delivery: those on the way that were asked for, and the one that is final."""
    wait = sent.fate.delay_seconds or 0.0
    at = sent.sent_at + wait
    if sent.status.is_final:
        yield Step("delivery", at, sent.status, sent.sent_at)
        return
    asked = sent.webhooks.get("delivery", {})
    if asked.get("intermediateReport"):
        halfway = sent.sent_at + wait / 2
        yield Step("delivery", halfway, STATUSES[3], halfway)
    status = status_of(sent.fate.fate, sent.channel)
    if status.group_id == DELIVERED or failover_of(sent) is None or sent.fate.failover == "never":
        yield Step("delivery", at, status, at)
        return
    if asked.get("receiveTriggeredFailoverReports"):
        yield Step("delivery", at, on_its_way(status), at)
    at += wait
    yield Step("delivery", at, status_of(sent.fate.failover, stand_in_of(sent)), at, stands_in=True)


def on_its_way(status: Status) -> Status:
    """Return the status of a message that could not be delivered and for which another is sent: pending, with why."""
    return Status(ENROUTE.id, ENROUTE.name, ENROUTE.group_id, ENROUTE.description, status.error)


def _doings(sent: Sent) -> Iterator[Step]:
    """Yield what the recipient of a delivered message does, as far as it can be told of; without times."""
    fate = sent.fate
    if (fate.seen or fate.clicks) and sent.channel in SEEN_CHANNELS:
        yield Step("seen", 0.0)
    if (fate.seen or fate.clicks) and tells_openings(sent):
        yield Step("open", 0.0)
    links = links_of(sent) if fate.clicks and is_tracked(sent) else []
    for number in range(fate.clicks if links else 0):
        yield Step("click", 0.0, url=links[number % len(links)])
    if fate.reply and can_be_answered(sent):
        yield Step("inbound", 0.0, text=fate.reply)


def can_be_answered(sent: Sent) -> bool:
    """Say whether a message comes from somebody who can be written to: on networks of phones, a number."""
    if sent.sender is None or sent.channel not in {"sms", "mms", "whatsapp", "viber", "rcs"}:
        return False
    return sent.channel in {"viber", "rcs"} or sent.sender.removeprefix("+").isdecimal()


def failover_of(sent: Sent) -> Mapping[str, Any] | None:
    """Return the message that stands in where this one cannot be delivered, None where none may."""
    options = sent.options
    found: Mapping[str, Any] | None = options.get("smsFailover") or options.get("mmsFailover")
    return found


def stand_in_of(sent: Sent) -> str:
    """Return the channel of the message that stands in."""
    return "mms" if "mmsFailover" in sent.options else "sms"
