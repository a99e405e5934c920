"""Batches sent and answered: a refused batch is halved until the guilty items stand alone."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from streams.answers import error_of
from streams.calls import LATE, LOST, Call, Reply
from streams.errors import JobFailed

MAX_BATCH = 1000
MAX_REPEATS = 3


class Verdict(Enum):
    """What a status means for the whole batch."""

    TAKEN = auto()
    HALVE = auto()
    MISSING = auto()
    LOST = auto()
    """Nobody knows: the answer did not come."""
    LATE = auto()
    """It was not made: its time was over."""
    STOP = auto()


#: Statuses that repeating does not change; the client has dealt with all others. An unknown one stops the job, because
#: it speaks of our request or of the account and not of anybody's data (a read-only account answers 405).
VERDICTS = {
    LOST: Verdict.LOST,
    LATE: Verdict.LATE,
    200: Verdict.TAKEN,
    202: Verdict.TAKEN,
    204: Verdict.TAKEN,
    207: Verdict.TAKEN,
    400: Verdict.HALVE,
    404: Verdict.MISSING,
    409: Verdict.HALVE,
    413: Verdict.HALVE,
    422: Verdict.HALVE,
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one call; `numbers` name them to the caller."""

    build: Callable[[Sequence[Any]], Call]
    numbers: Sequence[int]
    items: Sequence[Any]
    repeats: int = 0

    def call(self) -> Call:
        """The request that carries the items."""
        return self.build(self.items)

    def again(self) -> "Batch":
        """The same items, tried once more."""
        return replace(self, repeats=self.repeats + 1)

    def halves(self) -> list["Batch"]:
        """Two batches of half the items each."""
        middle = len(self.items) // 2
        return [
            replace(self, numbers=self.numbers[part], items=self.items[part])
            for part in (slice(None, middle), slice(middle, None))
        ]


@dataclass(frozen=True, slots=True)
class Answer:
    """The last word on a batch: taken with a reply, refused for its only item, or its target is missing."""

    batch: Batch
    verdict: Verdict
    reply: Reply

    @property
    def fault(self) -> str:
        """Infobip's code and words on the batch."""
        fault = error_of(self.reply.status, self.reply.body)
        return f"{fault.code} {fault.message}".strip()


def batches_of(build: Callable[[Sequence[Any]], Call], items: Sequence[Any], most: int = MAX_BATCH) -> list[Batch]:
    """As few batches as the limit of items allows."""
    return [
        Batch(build, range(start, min(start + most, len(items))), items[start : start + most])
        for start in range(0, len(items), most)
    ]


def exchange(batches: list[Batch]) -> Generator[list[Call], list[Reply], list[Answer]]:
    """Send batches until each has a last word.

    Raises:
        JobFailed: Infobip refused in a way that is nobody's data's fault.

    """
    answers: list[Answer] = []
    while batches:
        replies = yield [batch.call() for batch in batches]
        smaller: list[Batch] = []
        for batch, reply in zip(batches, replies, strict=True):
            verdict = VERDICTS.get(reply.status, Verdict.STOP)
            if verdict is Verdict.STOP:
                call = batch.call()
                fault = error_of(reply.status, reply.body)
                raise JobFailed(
                    f"Infobip answered {reply.status} to {call.operation} ({fault.code}): "
                    "check the account and the base URL"
                )
            if verdict is Verdict.HALVE and len(batch.items) > 1:
                smaller += batch.halves()
            else:
                answers.append(Answer(batch, verdict, reply))
        batches = smaller
    return answers
