"""People sent to Infobip: `PATCH /people/3/persons/upsert`, answered item by item."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.operations import UPSERT_PERSONS
from schemas.outcomes import Outcome
from streams.calls import Call, Reply
from streams.errors import JobFailed
from streams.flow.address import Address
from streams.jobs.exchange import MAX_REPEATS, ORDINARY, Answer, Batch, Endurance, Verdict, batches_of, endure

#: Item codes that speak of the moment and not of the item: optimistic lock, internal error.
TRANSIENT_CODES = frozenset({"40902", "500100"})
#: Item codes of this family say that the contacts given belong to different people.
CONFLICT_FAMILY = "409"
#: After so many answers in a row that are no answer to an upsert, Infobip is not what we take it for.
MAX_UNREADABLE = 5


@dataclass(slots=True)  # not frozen, because one is made for each event, and freezing trebles what that costs
class Person:
    """A profile on its way to Infobip; `entries` are the events it was said in."""

    address: Address
    person_type: str
    said: Mapping[str, Any]
    entries: tuple[int, ...]

    def later(self, address: Address, said: Mapping[str, Any], index: int) -> "Person":
        """This person after a later event, which adds to what was said before."""
        attributes = {**self.said.get("customAttributes", {}), **said.get("customAttributes", {})}
        merged = {**self.said, **said, **({"customAttributes": attributes} if attributes else {})}
        address = Address(address.email or self.address.email, address.phone or self.address.phone, address.external_id)
        return Person(address, self.person_type, merged, (*self.entries, index))

    def alone(self) -> "Person":
        """This person with no contact but the identity."""
        email, phone, external_id = self.address
        if external_id is not None:
            address = Address(None, None, external_id)
        else:
            address = Address(email, None if email is not None else phone, None)
        return Person(address, self.person_type, self.said, self.entries)

    def json(self) -> dict[str, Any]:
        """The person as the API takes it."""
        email, phone, external_id = self.address
        body: dict[str, Any] = {"type": self.person_type, **self.said}
        if external_id is not None:
            body["externalId"] = external_id
        contacts = [] if email is None else [{"type": "EMAIL", "identifier": email}]
        if phone is not None:
            contacts.append({"type": "PHONE", "identifier": phone})
        if contacts:
            body["contactInformation"] = contacts
        return body

    @property
    def has_more_than_identity(self) -> bool:
        """Whether leaving out contacts would change what is sent."""
        return sum(part is not None for part in self.address) > 1


@dataclass(frozen=True, slots=True)
class PersonResult:
    """What Infobip said of one person; `detail` is its code and text when the person was refused."""

    outcome: Outcome
    detail: str | None = None


#: By status of the item; any other is a word for `accepted` too.
RESULTS = {"NOT_MODIFIED": PersonResult("unchanged")}


def upsert_call(people: Sequence[Person]) -> Call:
    """The call that creates or partly updates people."""
    body = {"persons": [person.json() for person in people]}
    return Call(UPSERT_PERSONS, body, items=len(people))


def upsert(
    people: Sequence[Person], endurance: Endurance = ORDINARY
) -> Generator[list[Call], list[Reply], tuple[dict[int, PersonResult], list[int]]]:
    """Upsert people and say, by their number, what became of those that were not simply accepted, and who is stuck.

    Raises:
        JobFailed: an answer does not tell what became of an item.

    """
    results: dict[int, PersonResult] = {}
    stuck: list[int] = []
    batches = batches_of(upsert_call, people, endurance=endurance)
    while batches:
        answers = yield from endure(batches, endurance)
        batches = []
        for answer in answers:
            match answer.verdict:
                case Verdict.MISSING:
                    raise JobFailed("Infobip answered 404 to upsert_persons: check the base URL")
                case Verdict.STUCK if not endurance.alone:
                    stuck += answer.batch.numbers
                case Verdict.HALVE | Verdict.STUCK:
                    results[answer.batch.numbers[0]] = PersonResult("rejected", answer.fault)
                case _:
                    batches += _read(answer, people, results)
    return results, stuck


def _read(answer: Answer, people: Sequence[Person], results: dict[int, PersonResult]) -> list[Batch]:
    """Note each item's result; return the batches that are worth another try."""
    batch, again, alone = answer.batch, [], []
    try:
        said = _by_index(answer)
    except JobFailed:
        if batch.tries == MAX_UNREADABLE:
            raise
        # Not Infobip's words: what stands before it may have said them. Upserts may be repeated.
        return [batch.later(batch.suspicion)]
    for position, (number, item) in enumerate(zip(batch.numbers, said, strict=True)):
        if isinstance(item, str):
            if (result := RESULTS.get(item)) is not None:
                results[number] = result
            continue
        code = _code_of(item)
        if code in TRANSIENT_CODES and batch.repeats < MAX_REPEATS:
            again.append((number, batch.items[position]))
        elif code.startswith(CONFLICT_FAMILY) and batch.repeats == 0 and people[number].has_more_than_identity:
            alone.append((number, people[number].alone()))
        else:
            results[number] = PersonResult("rejected", _text_of(code, item))
    return [
        replace(batch, numbers=[number for number, _ in part], items=[person for _, person in part]).again()
        for part in (again, alone)
        if part
    ]


def _by_index(answer: Answer) -> list[str | Mapping[str, Any]]:
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
