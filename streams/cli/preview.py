"""The calls that a file of events would make, worked out without making any."""

import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.operations import UPSERT_PERSONS
from schemas.records.message import Message
from streams.calls.call import Call, Reply
from streams.pipeline.dry_run import DryRun
from streams.pipeline.settle import Settled

ACCEPTED = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an events file, in the place of a consumed record."""

    topic: str
    offset: int
    value: bytes
    partition: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    #: None: it was never published. So what a message is called does not change from one preview to the next.
    timestamp: int | None = None


#: The lines of a file from which something is left out, by field.
LeftOut = Mapping[str, list[int]]
#: So many lines are named of each field.
FIRST_LINES = 3


def preview(run: DryRun, name: str, lines: Iterable[bytes]) -> Iterator[list[Call] | tuple[Settled, LeftOut]]:
    """For each window its calls, in the order they would go, and then what would become of its events.

    The answers are made up: everybody is new, and Infobip refuses nothing.
    """
    window = run.window
    records = [Line(name, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    while records:
        records = records[window.take(records, 0.0) :]
        cut = window.cut()
        without: dict[str, list[int]] = {}
        for entry in cut.entries:
            for field in run.left_out(entry):
                without.setdefault(field, []).append(entry.record.offset)
        settled = yield from _converse(run.processor.deliver(run.processor.fold(cut)))
        yield settled, without


def preview_lines(run: DryRun, name: str, lines: Iterable[bytes]) -> Iterator[str]:
    """The preview for a person to read: requests as they go out, and what becomes of events after a `#`."""
    for step in preview(run, name, lines):
        if isinstance(step, list):
            yield from (line for call in step for line in _written(call))
        else:
            yield from (f"# {line}" for line in _told(*step))


def _written(call: Call) -> Iterator[str]:
    query = "&".join(f"{name}={value}" for name, value in call.query.items())
    yield f"{call.method} {call.path}{'?' if query else ''}{query}"
    if call.body is not None:
        yield orjson.dumps(call.body, option=orjson.OPT_INDENT_2).decode()


def in_parts(sent: Message) -> str:
    """How many parts a message takes, in words after a comma; nothing where its channel has none."""
    return "" if sent.parts is None else f", {sent.parts} part{'s' if sent.parts > 1 else ''} in {sent.encoding}"


def _told(settled: Settled, left_out: LeftOut) -> Iterator[str]:
    """What would become of a window, in lines: its outcomes, what is left out, its messages, its failures."""
    yield f"outcomes: {json.dumps(dict(settled.outcomes))}"
    if left_out:
        yield f"left out: {', '.join(_lines_of(field, lines) for field, lines in sorted(left_out.items()))}"
    for one in settled.told:
        if one.is_enqueued:
            yield f"message {one.message_id} to {one.to}: event {one.event_id}{in_parts(one)}"
        else:
            yield f"no message for event {one.event_id}: {one.message_status} ({one.error})"
    for failure in settled.failures:
        yield f"line {failure.record.offset}: {failure.reason}: {failure.detail}"


def _lines_of(field: str, lines: list[int]) -> str:
    """How often a field is left out, and where first."""
    named = ", ".join(map(str, lines[:FIRST_LINES]))
    return (
        f"{field} {len(lines)} (line{'s' if len(lines) > 1 else ''} {named}{' …' if len(lines) > FIRST_LINES else ''})"
    )


def _converse(dialogue: Generator[list[Call], list[Reply], Settled]) -> Generator[list[Call], None, Settled]:
    try:
        calls = next(dialogue)
        while True:
            yield calls
            calls = dialogue.send([_welcome(call) for call in calls])
    except StopIteration as end:
        settled: Settled = end.value
    return settled


def _welcome(call: Call) -> Reply:
    if call.operation.purpose == "send":
        return Reply(200, {"messages": [{"status": ACCEPTED} for _ in range(call.items)]})
    if call.operation != UPSERT_PERSONS:
        return Reply(200)
    results: list[dict[str, Any]] = [{"index": index, "status": "CREATED"} for index in range(call.items)]
    return Reply(207, {"results": results, "errors": []})
