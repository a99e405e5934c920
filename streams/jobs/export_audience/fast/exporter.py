"""The fast export of a job: windows folded by `fold`, their calls, and the answers that nearly all of them get."""

from collections.abc import Generator, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, TypeVar

import msgspec
import orjson

from schemas.operations import ADD_TAG, REMOVE_TAG, UPSERT_PERSONS, Operation
from schemas.records.outcomes import Outcome
from streams.calls.call import Call, Reply
from streams.jobs.export_audience.fast.columns import Who
from streams.jobs.export_audience.fast.fold import Chosen, FastBatch, Fold
from streams.jobs.export_audience.fast.shapes import Shapes, plainly
from streams.jobs.export_audience.folded import ExportBatch
from streams.jobs.export_audience.people import RESULTS
from streams.jobs.export_audience.plan import Exporter
from streams.pipeline.batches import BATCH_MAX, VERDICTS, BatchVerdict, Endurance
from streams.pipeline.settle import Settled, settle
from streams.pipeline.window import Decode, Window

T = TypeVar("T")
Dialogue = Generator[list[Call], list[Reply], T]

_EMAIL_OPENS, _EMAIL_CLOSES = '{"query":{"type":"EMAIL","identifier":"', '"}}'
_BETWEEN = f"{_EMAIL_CLOSES},{_EMAIL_OPENS}"
_encode = msgspec.json.Encoder().encode


class FastExporter:
    """The export of one job that `fits`: `fold` a window, then `deliver` it. `decode` reads its events."""

    def __init__(self, exporter: Exporter) -> None:
        self._exporter, self._job = exporter, exporter.job
        self._shapes = Shapes(exporter.job, exporter.fields)
        self.decode: Decode = self._shapes.decode

    def fold(self, window: Window, /) -> FastBatch:
        """Make a window ready; as `Exporter.fold` has it."""
        return Fold(self._exporter, self._shapes, window).run()

    def part(
        self, batch: FastBatch | ExportBatch, keys: AbstractSet[str], /
    ) -> tuple[ExportBatch | None, ExportBatch | None]:
        """Part a batch, as the exporter does."""
        return self._exporter.part(self._plain(batch), keys)

    def deliver(self, batch: FastBatch | ExportBatch, /) -> Dialogue[Settled]:
        """Deliver a batch, as the exporter does."""
        if isinstance(batch, ExportBatch) or (batch.removals and self._exporter.knows_refused):
            return (yield from self._exporter.deliver(self._plain(batch)))
        suspicion = Endurance(self._job.give_up_after.total_seconds()).suspicion
        heard: list[list[Reply]] = []
        unchanged: list[int] = []
        for calls in (upserts(batch.people), _tags(batch.additions, ADD_TAG), _tags(batch.removals, REMOVE_TAG)):
            if not calls:
                continue
            replies = yield [call.under(suspicion, 0) for call in calls]
            heard.append(replies)
            if not all(VERDICTS.get(one.status) is BatchVerdict.TAKEN and not one.choked for one in replies):
                return (yield from _resumed(self._exporter.deliver(self._plain(batch)), heard))
            if calls[0].operation is UPSERT_PERSONS:
                found = _unchanged(replies, calls)
                if found is None:
                    return (yield from _resumed(self._exporter.deliver(self._plain(batch)), heard))
                unchanged = found
        return settle(batch.window, _with_unchanged(batch, unchanged), batch.details, batch.left_out_fields, notes={})

    def _plain(self, batch: FastBatch | ExportBatch) -> ExportBatch:
        """The batch folded the plain way."""
        if isinstance(batch, ExportBatch):
            return batch
        entries = tuple(plainly(entry) for entry in batch.window.entries)
        return self._exporter.fold(replace(batch.window, entries=entries))


def upserts(people: Sequence[Any]) -> list[Call]:
    """The calls that `upsert_call` makes."""
    parts = [people[start : start + BATCH_MAX] for start in range(0, len(people), BATCH_MAX)]
    return [Call(UPSERT_PERSONS, orjson.Fragment(_encode({"persons": part})), items=len(part)) for part in parts]


def _tags(chosen: Chosen, operation: Operation) -> list[Call]:
    """The calls that `tag_call` builds."""
    calls = []
    for name, people in chosen.items():
        path = operation.path_of(name)
        for start in range(0, len(people), BATCH_MAX):
            part = people[start : start + BATCH_MAX]
            body = orjson.Fragment(f'{{"people":[{_queries(part)}]}}')
            calls.append(Call(operation, body, path=path, items=len(part), accepts_missing=True))
    return calls


def _queries(people: Sequence[Who]) -> str:
    """The people of a call; no email that Infobip takes has anything in it that JSON would escape."""
    emails = [who for who in people if isinstance(who, str)]
    if len(emails) == len(people):
        return f"{_EMAIL_OPENS}{_BETWEEN.join(emails)}{_EMAIL_CLOSES}"
    identities = [("EMAIL", who) if isinstance(who, str) else who for who in people]
    return ",".join(orjson.dumps({"query": {"type": kind, "identifier": one}}).decode() for kind, one in identities)


def _unchanged(replies: Sequence[Reply], calls: Sequence[Call]) -> list[int] | None:
    """The numbers of people whom Infobip has so already; None where an answer says anything but that all were taken."""
    found: list[int] = []
    first = 0
    for reply, call in zip(replies, calls, strict=True):
        body = reply.body
        if not isinstance(body, dict) or body.get("errors") not in ([], None):
            return None
        statuses = _statuses(body.get("results"), call.items)
        if statuses is None:
            return None
        if not RESULTS.keys().isdisjoint(statuses):
            found += [first + place for place, status in enumerate(statuses) if status in RESULTS]
        first += call.items
    return found


def _statuses(results: Any, count: int) -> list[str] | None:
    """The statuses of so many people in their order; None where it is not that."""
    if not isinstance(results, list) or len(results) != count:
        return None
    try:
        indexes, statuses = [one["index"] for one in results], [one["status"] for one in results]
        if indexes != list(range(count)) or [one for one in results if "code" in one]:
            return None
    except (KeyError, TypeError):
        return None
    return statuses if set(map(type, statuses)) <= {str} and set(map(type, indexes)) <= {int} else None


def _with_unchanged(batch: FastBatch, numbers: Iterable[int]) -> list[Outcome]:
    """The outcomes of a batch of which these people were so already."""
    outcomes = list(batch.outcomes)
    for number in numbers:
        place = batch.places[number]
        for one in (place,) if isinstance(place, int) else place:
            if outcomes[one] == "accepted":
                outcomes[one] = "unchanged"
    return outcomes


def _resumed(dialogue: Dialogue[T], heard: Iterable[list[Reply]]) -> Dialogue[T]:
    """Go on with a dialogue whose first calls were made already."""
    try:
        calls = next(dialogue)
        for replies in heard:
            calls = dialogue.send(replies)
        while True:
            calls = dialogue.send((yield calls))
    except StopIteration as end:
        result: T = end.value
        return result
