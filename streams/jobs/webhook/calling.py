"""Calls to anybody: made until they are answered, in the order of each profile's events, and judged by the answer."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from schemas.jobs.webhook import Webhook
from schemas.records.call import ANSWER_BYTES_MAX, CallMade
from streams.calls.call import LOST, Call, Delivery, Reply
from streams.exact_json import write
from streams.jobs.webhook.batch import Asked, WebhookBatch
from streams.jobs.webhook.success import compile_success
from streams.jobs.webhook.targets import Target
from streams.pipeline.decode import Record
from streams.pipeline.settle import Settled, settle

#: So many characters of an answer, or of what a template says, are told in a dead letter.
TOLD_MAX = 2000


@dataclass(frozen=True, slots=True)
class Deed:
    """One call: the events that it is for, and its body as JSON; None where it has none."""

    group: Sequence[Asked]
    body: bytes | None


_FIELDS = tuple(one.name for one in fields(Call))


@dataclass(frozen=True, slots=True, init=False)
class MarkedCall(Call):
    """A call that is made at most once: the records that it is for are marked before it goes out."""

    records: Sequence[Record]

    def __init__(self, call: Call, records: Sequence[Record]) -> None:
        for name in _FIELDS:
            object.__setattr__(self, name, getattr(call, name))
        object.__setattr__(self, "records", records)


class Calling:
    """Makes the calls of one job; `clock` tells Unix seconds."""

    def __init__(self, job: Webhook, target: Target, clock: Callable[[], float]) -> None:
        self._job, self._target, self._clock = job, target, clock
        self._is_success = compile_success(job.success)
        self._delivery = Delivery.AT_MOST_ONCE if job.repeat == "never" else Delivery.RETRY

    def deliver(self, batch: WebhookBatch, deeds: Sequence[Deed]) -> Generator[list[Call], list[Reply], Settled]:
        """Make calls, and say of each event what became of it."""
        outcomes = list(batch.outcomes)
        details = {place: detail for place, (_, detail) in batch.faults.items()}
        reasons = {place: reason for place, (reason, _) in batch.faults.items()}
        made: list[CallMade] = []
        for wave in waves(deeds):
            replies = yield [self._call(deed, batch) for deed in wave]
            for deed, reply in zip(wave, replies, strict=True):
                fault = self._fault(reply)
                for one in deed.group:
                    made.append(record_of(self._job, one, reply, self._clock()))
                    if fault is not None:
                        outcomes[one.place], details[one.place] = "rejected", fault
        return settle(
            batch.window, outcomes, details, {}, notes=tuple(made), reasons=reasons, contexts=batch.contexts()
        )

    def _call(self, deed: Deed, batch: WebhookBatch) -> Call:
        request = deed.group[0].request
        call = Call(
            self._target.operation,
            path=request.path,
            file=deed.body,
            headers=request.headers,
            items=len(deed.group),
            delivery=self._delivery,
            verbatim=True,
        )
        if self._delivery is not Delivery.AT_MOST_ONCE:
            return call
        return MarkedCall(call, [batch.window.entries[one.place].record for one in deed.group])

    def _fault(self, reply: Reply) -> str | None:
        """Why a call was no success, with the answer; None where it was one."""
        if reply.status == LOST:
            return "no answer came, or a server error, and `repeat: never` makes no second call"
        if self._is_success(reply.status, reply.body):
            return None
        return told(f"answered {reply.status}: {answer_of(reply.body)}".removesuffix(": "))


def waves(deeds: Sequence[Deed]) -> list[list[Deed]]:
    """Calls that may go at once, wave by wave: those of one profile follow each other."""
    found: list[list[Deed]] = []
    latest: dict[str, int] = {}
    for deed in deeds:
        number = max(latest.get(one.profile_id, -1) for one in deed.group) + 1
        if number == len(found):
            found.append([])
        found[number].append(deed)
        latest.update((one.profile_id, number) for one in deed.group)
    return found


def record_of(job: Webhook, asked: Asked, reply: Reply, now: float) -> CallMade:
    """Tell of a call; `now` is when its answer was given up, in Unix seconds."""
    return CallMade(
        event_id=asked.name.event_id,
        job=job.name,
        method=job.method,
        path=asked.request.path,
        status=None if reply.status == LOST else reply.status,
        answer=answer_of(reply.body),
        seconds=round(reply.seconds, 6),
        at=reply.at or datetime.fromtimestamp(now, UTC),
    )


def answer_of(body: Any) -> str:
    """A body as text, as much as is kept of it."""
    if body is None:
        return ""
    try:
        content = body.encode(errors="replace") if isinstance(body, str) else write(body)
    except TypeError:
        return ""
    return content[:ANSWER_BYTES_MAX].decode(errors="ignore")


def told(words: str) -> str:
    """Words of others, as many as a dead letter tells."""
    return words if len(words) <= TOLD_MAX else f"{words[:TOLD_MAX]}…"
