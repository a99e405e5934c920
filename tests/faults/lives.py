"""Lives of messages, made by chance: what is told of each in any order, and what is to be said of it in the end."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.integration.tracking import Told, answer, click, message, report

#: What becomes of messages, and how many of a hundred: its group, its status, its outcome, its campaign event.
FATES: dict[str, tuple[int, tuple[int, int], str, str]] = {
    "delivered": (74, (3, 5), "DELIVERED", "delivered"),
    "undeliverable": (6, (2, 9), "UNDELIVERABLE", "failed"),
    "rejected": (6, (5, 6), "REJECTED", "rejected"),
    "expired": (6, (4, 15), "EXPIRED", "failed"),
    "not_sent": (4, (0, 0), "REJECTED", "enqueue_failed"),
    "silent": (4, (0, 0), "NOT_AVAILABLE", "enqueued"),
}
#: Shares of the delivered that are seen, clicked and answered; of reports that come twice; of those told on their way.
SEEN, CLICKED, ANSWERED, TWICE, PENDING = 0.1, 0.1, 0.05, 0.1, 0.2
#: Prefixes of numbers: Britain's are reported, Germany's are not.
REPORTED, SILENT = "44791", "491511"


@dataclass(frozen=True, slots=True)
class Life:
    """One message: all that is told of it, and what is to be said of it."""

    message_id: str
    told: list[Told]
    outcome: str
    events: frozenset[str]
    seen: bool
    urls: list[str]
    reply: str | None

    def is_said(self, record: dict[str, Any]) -> bool:
        """Whether an outcome says all of it."""
        return (
            record["outcome"] == self.outcome
            and (record["seen"] == "SEEN") is self.seen
            and (record["urls"], record["reply"]) == (self.urls, self.reply)
        )


def lives(chance: random.Random, numbers: range) -> list[Life]:
    """As many lives, each message's records in an order of chance."""
    weights = [share for share, *_ in FATES.values()]
    fates = chance.choices(list(FATES), weights, k=len(numbers))
    return [_life(chance, number, fate) for number, fate in zip(numbers, fates, strict=True)]


def mixed(chance: random.Random, several: list[Life]) -> Iterator[Told]:
    """All that is told of several, each message's records in their order, among those of others."""
    turns = [life for life in several for _ in life.told]
    chance.shuffle(turns)
    left = {life.message_id: iter(life.told) for life in several}
    for life in turns:
        yield next(left[life.message_id])


def _life(chance: random.Random, number: int, fate: str) -> Life:
    _, (group, status), outcome, event = FATES[fate]
    message_id = f"m-{number}"
    to = f"{SILENT if fate == 'silent' else REPORTED}{number:07d}"
    if fate == "not_sent":
        failed = message(message_id, to, status="enqueue_failed", message_status="Error: Rejected by Infobip")
        return Life(message_id, [failed], outcome, frozenset({event}), seen=False, urls=[], reply=None)
    told = [message(message_id, to)]
    if fate == "silent":
        return Life(message_id, told, outcome, frozenset({event}), seen=False, urls=[], reply=None)
    told += [report(message_id, 1, 7, to=to)] if chance.random() < PENDING else []
    told += [report(message_id, group, status, to=to)] * (2 if chance.random() < TWICE else 1)
    seen, urls, reply = False, list[str](), None
    if fate == "delivered":
        seen, clicked, answered = (chance.random() < share for share in (SEEN, CLICKED, ANSWERED))
        urls = [f"https://example.com/{number}"] if clicked else []
        reply = f"answer {number}" if answered else None
        told += [report(message_id, 3, 5, event="seen", report_id=f"s-{number}", to=to)] if seen else []
        told += [click(message_id, url) for url in urls]
        told += [answer(to, reply, reply_to=message_id)] if reply else []
    chance.shuffle(told)
    return Life(message_id, told, outcome, frozenset({"enqueued", event}), seen, urls, reply)
