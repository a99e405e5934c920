"""The calls that a file of events would make, worked out without making any."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from schemas.jobs import ExportAudience
from streams.calls import Call, Reply
from streams.flow.settle import Settled
from streams.flow.window import OpenWindow
from streams.jobs.export_audience import Exporter


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an events file, in the place of a consumed record."""

    topic: str
    offset: int
    value: bytes
    partition: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def preview(
    job: ExportAudience, exporter: Exporter, name: str, lines: Iterable[bytes]
) -> Iterator[list[Call] | Settled]:
    """For each window its calls, in the order they would go, and then what would become of its events.

    The answers are made up: everybody is new, and Infobip refuses nothing.
    """
    window = OpenWindow(job.wants, job.flush.max_events)
    records = [Line(name, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    held: dict[str, frozenset[str]] = {}
    while records:
        records = records[window.take(records, 0.0) :]
        folded = exporter.fold(window.cut(), held)
        held.update(folded.memberships)
        yield from _converse(exporter.deliver(folded))


def _converse(dialogue: Generator[list[Call], list[Reply], Settled]) -> Iterator[list[Call] | Settled]:
    try:
        calls = next(dialogue)
        while True:
            yield calls
            calls = dialogue.send([_welcome(call) for call in calls])
    except StopIteration as end:
        yield end.value


def _welcome(call: Call) -> Reply:
    if call.operation != "upsert_persons":
        return Reply(200)
    results: list[dict[str, Any]] = [{"index": index, "status": "CREATED"} for index in range(call.items)]
    return Reply(207, {"results": results, "errors": []})
