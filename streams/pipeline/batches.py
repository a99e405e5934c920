"""Batches sent and answered: one that is refused, or that chokes Infobip, is halved until the guilty stand alone."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from math import inf
from typing import Any

from streams.calls.call import LATE, LOST, Call, Reply, Suspicion
from streams.calls.faults import ApiFault, error_of, is_own
from streams.errors import JobFailed

BATCH_MAX = 1000
REPEATS_MAX = 3
#: When more pieces of a window fail at once, it is not for the sake of single items: then they are waited for.
SUSPECTS_MAX = 64


class BatchVerdict(Enum):
    """What a status means for the whole batch."""

    TAKEN = auto()
    HALVE = auto()
    MISSING = auto()
    LATE = auto()
    """It was not made: its time was over."""
    STUCK = auto()
    """Infobip takes others, and chokes on this one item."""
    STOP = auto()


#: Statuses that repeating does not change; the client has dealt with all others. An unknown one stops the job, because
#: it speaks of our request or of the account and not of anybody's data (a read-only account answers 405). The client
#: gives such a one back only as long as nothing was ever taken; later it waits for a better answer.
VERDICTS = {
    LATE: BatchVerdict.LATE,
    200: BatchVerdict.TAKEN,
    201: BatchVerdict.TAKEN,
    202: BatchVerdict.TAKEN,
    204: BatchVerdict.TAKEN,
    207: BatchVerdict.TAKEN,
    400: BatchVerdict.HALVE,
    404: BatchVerdict.MISSING,
    409: BatchVerdict.HALVE,
    413: BatchVerdict.HALVE,
    422: BatchVerdict.HALVE,
}


@dataclass(frozen=True, slots=True)
class Endurance:
    """How items are borne that choke Infobip: each `alone`, again and again for so long.

    `since` is when they were first met, where that is known. `witness` asks whether Infobip is there at all, before one
    is given up. Those that are `trusted` choke nobody.
    """

    patience_seconds: float = inf
    alone: bool = False
    since: float | None = None
    witness: Call | None = None
    trusted: bool = False

    @property
    def suspicion(self) -> Suspicion:
        """What batches are sent under at first."""
        patience = self.patience_seconds
        return Suspicion(alone=self.alone, since=self.since, patience_seconds=patience, trusted=self.trusted)


#: Of items that are not known to choke anybody, and of questions, which are asked until they are answered.
ORDINARY, QUESTIONS = Endurance(), Endurance(trusted=True)


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one call; `numbers` name them to the caller.

    `repeats` is how often they were sent again for what Infobip said, `tries` how often it did not say anything.
    `origin` is the batch that a piece was taken from to find out whether Infobip is there.
    """

    build: Callable[[Sequence[Any]], Call]
    numbers: Sequence[int]
    items: Sequence[Any]
    repeats: int = 0
    tries: int = 0
    suspicion: Suspicion = field(default_factory=Suspicion)
    origin: "Batch | None" = None

    def call(self) -> Call:
        """The request that carries the items."""
        return self.build(self.items).under(self.suspicion, self.tries)

    def again(self) -> "Batch":
        """The same items, tried once more."""
        return replace(self, repeats=self.repeats + 1)

    def later(self, suspicion: Suspicion) -> "Batch":
        """The same items, tried once more after a while."""
        return replace(self, tries=self.tries + 1, suspicion=replace(suspicion, choked=False))

    def whole(self) -> "Batch":
        """The same items, repeated for longer than before until they are sent in pieces."""
        suspicion = Suspicion(probes=self.suspicion.probes + 1, patience_seconds=self.suspicion.patience_seconds)
        return replace(self, suspicion=suspicion, origin=None)

    def halves(self) -> list["Batch"]:
        """Two batches of half the items each."""
        middle = len(self.items) // 2
        return [self._part(slice(None, middle)), self._part(slice(middle, None))]

    def probes(self) -> list["Batch"]:
        """Halves that are tried once each."""
        return [half.probe(None) for half in self.halves()]

    def pieces(self) -> list["Batch"]:
        """Batches of half the items, a quarter, an eighth and so on: one of them is taken if Infobip is there.

        They are few, and a dozen guilty items would have to lie just so to be in each of them.
        """
        pieces, start = [], 0
        while (left := len(self.items) - start) > 0:
            end = start + max(1, left // 2)
            pieces.append(self._part(slice(start, end)).probe(self))
            start = end
        return pieces

    def probe(self, origin: "Batch | None") -> "Batch":
        """The same items, tried once."""
        suspicion = Suspicion(
            probes=self.suspicion.probes,
            probe=True,
            alone=self.suspicion.alone,
            patience_seconds=self.suspicion.patience_seconds,
        )
        return replace(self, suspicion=suspicion, origin=origin, tries=min(self.tries, 1))

    def of_items(self, wanted: Callable[[Any], bool]) -> "Batch":
        """The batch of those of its items that are wanted."""
        left = [place for place, item in enumerate(self.items) if wanted(item)]
        return replace(self, numbers=[self.numbers[n] for n in left], items=[self.items[n] for n in left])

    def _part(self, part: slice) -> "Batch":
        return replace(self, numbers=self.numbers[part], items=self.items[part])


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The last word on a batch: taken with a reply, refused for its only item, or its target is missing."""

    batch: Batch
    verdict: BatchVerdict
    reply: Reply

    @property
    def fault(self) -> str:
        """Infobip's code and words on the batch, or how it failed."""
        suspicion = self.reply.suspicion
        if suspicion is None or not self.reply.choked:
            return _words(error_of(self.reply.status, self.reply.body))
        if not suspicion.status:
            return f"Infobip takes others, but to this {suspicion.reason}"
        return _words(error_of(suspicion.status, self.reply.body), f"{suspicion.status}")


def _words(fault: ApiFault, status: str = "") -> str:
    return " ".join(filter(None, (status if fault.code != status else "", fault.code, fault.message)))


def batches_of(
    build: Callable[[Sequence[Any]], Call],
    items: Sequence[Any],
    most: int = BATCH_MAX,
    endurance: Endurance = ORDINARY,
) -> list[Batch]:
    """As few batches as the limit of items allows, or one for each that stands alone."""
    most = 1 if endurance.alone else most
    return [
        Batch(
            build,
            range(start, min(start + most, len(items))),
            items[start : start + most],
            suspicion=endurance.suspicion,
        )
        for start in range(0, len(items), most)
    ]


Exchange = Generator[list[Call], list[Reply], list[BatchResult]]
#: What finds out, before batches are sent again, which of their items need it no more.
Recheck = Callable[[list[Batch]], Generator[list[Call], list[Reply], list[Batch]]]


def exchange(batches: list[Batch], recheck: Recheck | None = None) -> Exchange:
    """Send batches until each has a last word.

    Raises:
        JobFailed: Infobip refused in a way that is nobody's data's fault.

    """
    answers: list[BatchResult] = []
    while batches:
        replies = yield [batch.call() for batch in batches]
        smaller: list[Batch] = []
        failed: list[tuple[Batch, Reply]] = []
        for batch, reply in zip(batches, replies, strict=True):
            if reply.choked or reply.status == LOST:
                failed.append((batch, reply))
            elif (verdict := _verdict(batch, reply)) is BatchVerdict.HALVE and len(batch.items) > 1:
                smaller += batch.halves()
            else:
                answers.append(BatchResult(batch, verdict, reply))
        again, stuck = _after_failures(failed, answered=len(failed) < len(replies))
        answers += stuck
        if again and recheck is not None:
            again = yield from recheck(again)
        batches = smaller + again
    return answers


def endure(batches: list[Batch], endurance: Endurance, recheck: Recheck | None = None) -> Exchange:
    """Exchange batches of items that stand alone; before one is given up Infobip has shown that it is there. Raises so.

    Items that do not stand alone are not given up at all: their answers say that they are stuck.
    """
    answers = yield from exchange(batches, recheck)
    stuck = [answer.batch.probe(None) for answer in answers if answer.verdict is BatchVerdict.STUCK]
    if not endurance.alone or not stuck:
        return answers
    if endurance.witness is not None:
        yield [endurance.witness]
    # For the witness has waited as long as Infobip was away.
    last = yield from exchange(stuck, recheck)
    return [answer for answer in answers if answer.verdict is not BatchVerdict.STUCK] + last


def _verdict(batch: Batch, reply: Reply) -> BatchVerdict:
    verdict = VERDICTS.get(reply.status, BatchVerdict.STOP)
    if verdict is BatchVerdict.STOP:
        code = f" ({error_of(reply.status, reply.body).code})" if is_own(reply.status, reply.body) else ""
        operation = batch.call().operation
        raise JobFailed(f"Infobip answered {reply.status} to {operation}{code}: check the account and the base URL")
    return verdict


def _after_failures(failed: list[tuple[Batch, Reply]], *, answered: bool) -> tuple[list[Batch], list[BatchResult]]:
    """What to send again of batches that were not taken, and which items are stuck; `answered`: others were taken."""
    again: list[Batch] = []
    guilty: list[tuple[Batch, Reply]] = []
    origins: dict[int, Batch] = {}
    for batch, reply in failed:
        suspicion = reply.suspicion or batch.suspicion
        if not suspicion.choked:
            again.append(batch.later(suspicion))
        elif suspicion.alone or suspicion.others or (suspicion.probe and answered):
            guilty.append((batch, reply))
        elif batch.origin is not None:
            origins[id(batch.origin)] = batch.origin
        elif suspicion.probe:
            again.append(batch.whole())
        else:
            again += batch.pieces()
    # No piece of them was taken: Infobip is down, and nobody is guilty.
    again += [origin.whole() for origin in origins.values()]
    if len(guilty) > SUSPECTS_MAX:
        return [*again, *(batch.whole() for batch, _ in guilty)], []
    again += [half for batch, _ in guilty if len(batch.items) > 1 for half in batch.probes()]
    return again, [BatchResult(batch, BatchVerdict.STUCK, reply) for batch, reply in guilty if len(batch.items) == 1]
