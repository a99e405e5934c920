"""People sent to Infobip: `PATCH /people/3/persons/upsert`, answered item by item."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.outcomes import Outcome
from streams.calls import Call, Reply
from streams.errors import JobFailed
from streams.flow.address import Address
from streams.jobs.exchange import MAX_REPEATS, Answer, Batch, Verdict, batches_of, exchange

#: Item codes that speak of the moment and not of the item: optimistic lock, internal error.
TRANSIENT_CODES = frozenset({"40902", "500100"})
#: Item codes of this family say that the contacts given belong to different people.
CONFLICT_FAMILY = "409"


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
    return Call("upsert_persons", "PATCH", "/people/3/persons/upsert", body, items=len(people))


def upsert(people: Sequence[Person]) -> Generator[list[Call], list[Reply], dict[int, PersonResult]]:
    """Upsert people and say, by their number, what became of those that were not simply accepted.

    Raises:
        JobFailed: an answer does not tell what became of an item.

    """
    results: dict[int, PersonResult] = {}
    batches = batches_of(upsert_call, people)
    while batches:
        answers = yield from exchange(batches)
        batches = []
        for answer in answers:
            if answer.verdict is Verdict.MISSING:
                raise JobFailed("Infobip answered 404 to upsert_persons: check the base URL")
            if answer.verdict is Verdict.HALVE:
                results[answer.batch.numbers[0]] = PersonResult("rejected", answer.fault)
                continue
            batches += _read(answer, people, results)
    return results


def _read(answer: Answer, people: Sequence[Person], results: dict[int, PersonResult]) -> list[Batch]:
    """Note each item's result; return the batches that are worth another try."""
    batch, again, alone = answer.batch, [], []
    for position, (number, item) in enumerate(zip(batch.numbers, _by_index(answer), strict=True)):
        if item is None:
            raise JobFailed(f"Infobip's answer to upsert_persons does not speak of item {position}")
        if "status" in item:
            if (result := RESULTS.get(item["status"])) is not None:
                results[number] = result
            continue
        code = str(item.get("code", ""))
        if code in TRANSIENT_CODES and batch.repeats < MAX_REPEATS:
            again.append((number, batch.items[position]))
        elif code.startswith(CONFLICT_FAMILY) and batch.repeats == 0 and people[number].has_more_than_identity:
            alone.append((number, people[number].alone()))
        else:
            results[number] = PersonResult("rejected", _text_of(code, item))
    return [
        Batch(upsert_call, [number for number, _ in part], [person for _, person in part], batch.repeats + 1)
        for part in (again, alone)
        if part
    ]


def _by_index(answer: Answer) -> list[dict[str, Any] | None]:
    """What is said of each item, in their order; an error counts more than a result."""
    body = answer.reply.body
    if not isinstance(body, dict):
        raise JobFailed("Infobip's answer to upsert_persons is not an object")
    said: list[dict[str, Any] | None] = [None] * len(answer.batch.items)
    places = range(len(said))
    for key in ("results", "errors"):
        items = body.get(key) or []
        # The published schema says object where its examples show a list: both are read.
        for item in [items] if isinstance(items, dict) else items:
            index = item.get("index")
            if isinstance(index, int) and index in places:
                said[index] = item
    return said


def _text_of(code: str, item: Mapping[str, Any]) -> str:
    """Infobip's code and words on one item."""
    details = [
        f"{detail.get('property', '')}: {detail.get('message', '')}"
        for detail in item.get("details") or ()
        if isinstance(detail, dict)
    ]
    return "; ".join([f"{code} {item.get('message', '')}".strip(), *details])
