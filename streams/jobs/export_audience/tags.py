"""Tags given to people and taken from them: `PATCH` and `DELETE /people/2/tags/{name}/persons`."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from http import HTTPStatus

from schemas.operations import ADD_TAG, CREATE_TAG, REMOVE_TAG
from streams.calls.call import Call, Reply
from streams.calls.faults import error_of, is_duplicate, told
from streams.errors import JobFailed
from streams.jobs.export_audience.matching import known
from streams.jobs.export_audience.people import PersonResult
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
from streams.profiles.address import Identity

#: By tag, the people it is given to or taken from, each with the events that ask for it.
Taggings = Mapping[str, Mapping[Identity, Sequence[int]]]
Build = Callable[[Sequence[Identity]], Call]

#: Infobip's codes of a 404 that say whom it does not know.
NO_PERSON, NO_TAG = "40401", "40403"


class Next(Enum):
    """What to do about people whose call was not taken."""

    CREATE = auto()
    """The tag, then call again."""
    SEEK = auto()
    """Who of them is known, and call again with those."""
    LEAVE = auto()
    """It is so already."""
    REJECT = auto()
    PUT_OFF = auto()
    """Somebody whom Infobip chokes on: until all others are through."""


@dataclass(slots=True)
class Asked:
    """What is asked of people, and what has become of it: of each event that was not simply accepted."""

    enters: bool
    endurance: Endurance
    #: By what builds its calls, a tag and the events of each of its people.
    tags: dict[Build, tuple[str, list[Sequence[int]]]] = field(default_factory=dict)
    results: dict[int, PersonResult] = field(default_factory=dict)
    stuck: list[int] = field(default_factory=list)
    #: Where they are to be told: the events of people who are not there, and so cannot be given anything.
    absent: list[int] | None = None

    def batches(self, chosen: Taggings) -> list[Batch]:
        """The calls to begin with."""
        batches = []
        for name, people in chosen.items():
            build = tag_call(name, enters=self.enters)
            self.tags[build] = (name, list(people.values()))
            batches += batches_of(build, list(people), endurance=self.endurance)
        return batches

    def events(self, batch: Batch) -> list[int]:
        """The events that ask for what a batch does."""
        _, events = self.tags[batch.build]
        return [index for number in batch.numbers for index in events[number]]

    def note(self, step: Next, answer: BatchResult) -> None:
        """Note what has become of people whose call was not taken, and that it is not repeated."""
        events = self.events(answer.batch)
        match step:
            case Next.LEAVE:
                self.results |= dict.fromkeys(events, PersonResult("unchanged"))
            case Next.REJECT:
                self.results |= dict.fromkeys(events, PersonResult("rejected", answer.fault))
            case _:
                self.stuck += events

    def strangers(self, batch: Batch, fault: str) -> None:
        """Note that these people are not there: nothing can be taken from them, and nothing given to them."""
        if self.absent is not None:
            self.absent += self.events(batch)
            return
        result = PersonResult("rejected", fault) if self.enters else PersonResult("unchanged")
        self.results |= dict.fromkeys(self.events(batch), result)


def tag(
    chosen: Taggings, *, enters: bool, endurance: Endurance = ORDINARY, absent: list[int] | None = None
) -> Generator[list[Call], list[Reply], tuple[dict[int, PersonResult], list[int]]]:
    """Give tags to people, or take them.

    Say of each event that was not simply accepted what became of it, and of which events the people are stuck. Events
    of people who are not there are added to `absent`, where it is given, and nothing else is said of them.

    Raises:
        JobFailed: a tag is missing and cannot be created.

    """
    asked = Asked(enters, endurance, absent=absent)
    batches = asked.batches(chosen)
    while batches:
        refused = [
            answer for answer in (yield from endure(batches, endurance)) if answer.verdict is not BatchVerdict.TAKEN
        ]
        batches = []
        next_of: dict[Next, list[BatchResult]] = {each: [] for each in Next}
        for answer in refused:
            next_of[_next(answer, asked)].append(answer)
        for step in (Next.LEAVE, Next.REJECT, Next.PUT_OFF):
            for answer in next_of[step]:
                asked.note(step, answer)
        if lost := next_of[Next.CREATE]:
            yield from _create(list(dict.fromkeys(asked.tags[answer.batch.build][0] for answer in lost)))
            batches += [one.batch.again() if one.batch.repeats < REPEATS_MAX else _later(one) for one in lost]
        if sought := next_of[Next.SEEK]:
            batches += yield from _without_strangers(sought, asked)
    return asked.results, asked.stuck


def _next(answer: BatchResult, asked: Asked) -> Next:
    """Read a refusal: a 404 may speak of the tag or of a person, and need not say of which."""
    batch, enters = answer.batch, asked.enters
    if answer.verdict is BatchVerdict.STUCK and not asked.endurance.alone:
        return Next.PUT_OFF
    if answer.verdict is not BatchVerdict.MISSING:
        return Next.REJECT
    code = error_of(answer.reply.status, answer.reply.body).code
    if code == NO_TAG:
        return Next.CREATE if enters else Next.LEAVE
    # Where the code does not tell, creating the tag does: it is there afterwards, or the address is not Infobip's.
    if code != NO_PERSON and batch.repeats < (REPEATS_MAX if enters else 1):
        return Next.CREATE
    return Next.SEEK


def _without_strangers(answers: Sequence[BatchResult], asked: Asked) -> Generator[list[Call], list[Reply], list[Batch]]:
    """Note who of some people is not known; what is to be asked again for the others.

    Whoever is refused for the sake of people who all are known is refused for another reason, and asks later: nobody
    is given up for it.
    """
    found = yield from known(identity for answer in answers for identity in answer.batch.items)
    again: list[Batch] = []
    for answer in answers:
        batch = answer.batch
        if found is None and asked.enters and error_of(answer.reply.status, answer.reply.body).code != NO_PERSON:
            again.append(_later(answer))
            continue
        if found is None and len(batch.items) > 1:
            again += batch.halves()
            continue
        strange = batch.of_items(lambda one: found is None or one not in found)
        asked.strangers(strange, answer.fault)
        if not strange.items:
            again.append(_later(answer))
        elif len(strange.items) < len(batch.items):
            again.append(batch.of_items(lambda one: found is not None and one in found).again())
    return again


def _later(answer: BatchResult) -> Batch:
    """Ask again after a while, and say why."""
    reason = f"{told(answer.reply.status, answer.reply.body)} though the tag and the people are there"
    return answer.batch.later(replace(answer.batch.suspicion, reason=reason))


def _create(names: Sequence[str]) -> Generator[list[Call], list[Reply], None]:
    replies = yield [create_tag_call(name) for name in names]
    for name, reply in zip(names, replies, strict=True):
        taken = HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES
        if not taken and not is_duplicate(reply.status, reply.body):
            said = told(reply.status, reply.body)
            raise JobFailed(f"Infobip does not find the tag '{name}', and {said} to its creation")


def tag_call(name: str, *, enters: bool) -> Build:
    """What builds the call that adds a tag to people, or removes it from them."""
    operation = ADD_TAG if enters else REMOVE_TAG
    path = operation.path_of(name)

    def build(people: Sequence[Identity]) -> Call:
        body = {"people": [{"query": {"type": kind, "identifier": who}} for kind, who in people]}
        return Call(operation, body, path=path, items=len(people), accepts_missing=True)

    return build


def create_tag_call(name: str) -> Call:
    """The call that creates a tag."""
    return Call(CREATE_TAG, {"name": name})
