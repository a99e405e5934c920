"""People sent to Infobip: `PATCH /people/3/persons/upsert`, answered item by item."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.operations import UPSERT_PERSONS
from schemas.records.outcomes import Outcome
from streams.calls.call import Call, Reply
from streams.calls.faults import properties_of
from streams.errors import JobFailed
from streams.jobs.export_audience.person import Person
from streams.pipeline.batches import (
    ORDINARY,
    REPEATS_MAX,
    Batch,
    BatchResult,
    BatchVerdict,
    Endurance,
    batches_of,
    endure,
)

#: Item codes that speak of the moment and not of the item: optimistic lock, internal error.
TRANSIENT_CODES = frozenset({"40902", "500100"})
#: Item codes of this family say that the contacts given belong to different people.
CONFLICT_FAMILY = "409"
#: After so many answers in a row that are no answer to an upsert, Infobip is not what we take it for.
UNREADABLE_MAX = 5


@dataclass(frozen=True, slots=True)
class PersonResult:
    """What Infobip said of one person; `detail` is its code and text when the person was refused."""

    outcome: Outcome
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of people, by their number: of those not simply accepted, of those who went without some part.

    `stuck` are those that Infobip chokes on.
    """

    results: dict[int, PersonResult] = field(default_factory=dict)
    lessened: dict[int, Person] = field(default_factory=dict)
    stuck: list[int] = field(default_factory=list)


#: By status of the item; any other is a word for `accepted` too.
RESULTS = {"NOT_MODIFIED": PersonResult("unchanged")}


def upsert_call(people: Sequence[Person]) -> Call:
    """The call that creates or partly updates people."""
    body = {"persons": [person.json() for person in people]}
    return Call(UPSERT_PERSONS, body, items=len(people))


def upsert(people: Sequence[Person], endurance: Endurance = ORDINARY) -> Generator[list[Call], list[Reply], Upserted]:
    """Upsert people and say what became of them.

    Whose contact or field Infobip refuses goes again without it, unless it is all that the person is known by.

    Raises:
        JobFailed: an answer does not tell what became of an item.

    """
    told = Upserted()
    batches = batches_of(upsert_call, people, endurance=endurance)
    while batches:
        answers = yield from endure(batches, endurance)
        batches = []
        for answer in answers:
            match answer.verdict:
                case BatchVerdict.MISSING:
                    raise JobFailed("Infobip answered 404 to upsert_persons: check the base URL")
                case BatchVerdict.STUCK if not endurance.alone:
                    told.stuck.extend(answer.batch.numbers)
                case BatchVerdict.HALVE | BatchVerdict.STUCK:
                    batches += _refused(answer, told)
                case _:
                    batches += _read(answer, told)
    return told


def _refused(answer: BatchResult, told: Upserted) -> list[Batch]:
    """Read the refusal of a batch of one."""
    batch = answer.batch
    less = batch.items[0].without(properties_of(answer.reply.body)) if answer.verdict is BatchVerdict.HALVE else None
    if less is not None:
        return [_lessened(batch, [(batch.numbers[0], less)], told)]
    told.results[batch.numbers[0]] = PersonResult("rejected", answer.fault)
    return []


def _read(answer: BatchResult, told: Upserted) -> list[Batch]:
    """Note each item's result; return the batches that are worth another try."""
    batch = answer.batch
    try:
        said = _by_index(answer)
    except JobFailed:
        if batch.tries == UNREADABLE_MAX:
            raise
        # Not Infobip's words: what stands before it may have said them. Upserts may be repeated.
        return [batch.later(batch.suspicion)]
    again: list[tuple[int, Person]] = []
    less: list[tuple[int, Person]] = []
    for number, person, item in zip(batch.numbers, batch.items, said, strict=True):
        if isinstance(item, str):
            if (result := RESULTS.get(item)) is not None:
                told.results[number] = result
            continue
        code = _code_of(item)
        if code in TRANSIENT_CODES and batch.repeats < REPEATS_MAX:
            again.append((number, person))
        elif code.startswith(CONFLICT_FAMILY) and person.has_more_than_identity:
            less.append((number, person.alone()))
        elif (lesser := person.without(properties_of(item))) is not None:
            less.append((number, lesser))
        else:
            told.results[number] = PersonResult("rejected", _text_of(code, item))
    return [_of(batch, again).again()] * bool(again) + [_lessened(batch, less, told)] * bool(less)


def _of(batch: Batch, part: Sequence[tuple[int, Person]]) -> Batch:
    return replace(batch, numbers=[number for number, _ in part], items=[person for _, person in part])


def _lessened(batch: Batch, part: Sequence[tuple[int, Person]], told: Upserted) -> Batch:
    """Note who goes without some part. It is the first try of what is left; each has less than before, so it ends."""
    told.lessened.update(part)
    return replace(_of(batch, part), repeats=0)


def _by_index(answer: BatchResult) -> list[str | Mapping[str, Any]]:
    """What is said of each item, in their order: its status, or the error; an error counts more than a status.

    Raises:
        JobFailed: nothing that can be read is said of an item.

    """
    body = answer.reply.body
    if not isinstance(body, dict):
        raise JobFailed("Infobip's answer to upsert_persons is not an object")
    said: list[str | Mapping[str, Any] | None] = [None] * len(answer.batch.items)
    for key in ("results", "errors"):
        items = body.get(key)
        # The published schema says object where its examples show a list: both are read.
        for item in items if isinstance(items, list) else [items]:
            if not isinstance(item, dict):
                continue
            index = item.get("index")
            if type(index) is not int or not 0 <= index < len(said):
                continue
            status = item.get("status")
            if key == "errors" or "code" in item:
                said[index] = item
            elif isinstance(status, str):
                said[index] = status
    read = [item for item in said if item is not None]
    if len(read) < len(said):
        raise JobFailed(f"Infobip's answer to upsert_persons does not speak of item {said.index(None)}")
    return read


def _code_of(item: Mapping[str, Any]) -> str:
    code = item.get("code")
    return str(code) if isinstance(code, int | str) else ""


def _text_of(code: str, item: Mapping[str, Any]) -> str:
    """Infobip's code and words on one item."""
    details = item.get("details")
    told = [
        f"{detail.get('property', '')}: {detail.get('message', '')}"
        for detail in (details if isinstance(details, list) else ())
        if isinstance(detail, dict)
    ]
    return "; ".join([f"{code} {item.get('message', '')}".strip() or "no reason was given", *told])
