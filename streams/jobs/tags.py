"""Tags given to people and taken from them: `PATCH` and `DELETE /people/2/tags/{name}/persons`."""

from collections.abc import Callable, Generator, Mapping, Sequence
from enum import Enum, auto
from http import HTTPStatus
from urllib.parse import quote

from streams.answers import error_of, is_duplicate
from streams.calls import Call, Method, Reply
from streams.errors import JobFailed
from streams.flow.address import Identity
from streams.jobs.exchange import MAX_REPEATS, Answer, Batch, Verdict, batches_of, exchange
from streams.jobs.people import PersonResult

#: By tag, the people it is given to or taken from, each with the events that ask for it.
Taggings = Mapping[str, Mapping[Identity, Sequence[int]]]

ADD: tuple[str, Method] = ("add_tag", "PATCH")
REMOVE: tuple[str, Method] = ("remove_tag", "DELETE")
#: Infobip's codes of a 404 that say whom it does not know.
NO_PERSON, NO_TAG = "40401", "40403"


class Next(Enum):
    """What to do about people whose call was not taken."""

    CREATE = auto()
    """The tag, then call again."""
    HALVE = auto()
    LEAVE = auto()
    """It is so already."""
    REJECT = auto()


def tag(chosen: Taggings, *, enters: bool) -> Generator[list[Call], list[Reply], dict[int, PersonResult]]:
    """Give tags to people, or take them; say of each event that was not simply accepted what became of it.

    Raises:
        JobFailed: a tag is missing and cannot be created, or is not found although it was.

    """
    results: dict[int, PersonResult] = {}
    batches: list[Batch] = []
    asked: dict[Callable[[Sequence[Identity]], Call], tuple[str, list[Sequence[int]]]] = {}
    for name, people in chosen.items():
        build = tag_call(name, enters=enters)
        asked[build] = (name, list(people.values()))
        batches += batches_of(build, list(people))
    while batches:
        answers = yield from exchange(batches)
        batches, lost = [], []
        for answer in answers:
            if answer.verdict is Verdict.TAKEN:
                continue
            batch, (name, events) = answer.batch, asked[answer.batch.build]
            match _next(answer, enters=enters):
                case Next.CREATE:
                    lost.append(name)
                    batches.append(batch.again())
                case Next.HALVE:
                    batches += batch.halves()
                case Next.LEAVE:
                    results |= dict.fromkeys(_events(batch, events), PersonResult("unchanged"))
                case Next.REJECT:
                    results |= dict.fromkeys(_events(batch, events), PersonResult("rejected", answer.fault))
        if lost:
            yield from _create(list(dict.fromkeys(lost)))
    return results


def _next(answer: Answer, *, enters: bool) -> Next:
    """Read a refusal: a 404 may speak of the tag or of a person, and need not say of which."""
    if answer.verdict is not Verdict.MISSING:
        return Next.REJECT
    batch, code = answer.batch, error_of(answer.reply.status, answer.reply.body).code
    if code == NO_TAG and not enters:
        return Next.LEAVE
    # Where the code does not tell, creating the tag does: it is there afterwards, or the address is not Infobip's.
    # Who keeps answering so to additions speaks of the account and not of people, so nobody is given up for it.
    if code == NO_TAG or (code != NO_PERSON and (enters or batch.repeats == 0)):
        if batch.repeats == MAX_REPEATS:
            call = batch.call()
            raise JobFailed(
                f"Infobip answers 404 ({code}) to {call.operation} ({call.path}), though it says that the tag is there"
            )
        return Next.CREATE
    if len(batch.items) > 1:
        return Next.HALVE
    return Next.REJECT if enters else Next.LEAVE


def _events(batch: Batch, events: Sequence[Sequence[int]]) -> list[int]:
    return [index for number in batch.numbers for index in events[number]]


def _create(names: Sequence[str]) -> Generator[list[Call], list[Reply], None]:
    replies = yield [create_tag_call(name) for name in names]
    for name, reply in zip(names, replies, strict=True):
        taken = HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES
        if not taken and not is_duplicate(reply.status, reply.body):
            code = error_of(reply.status, reply.body).code
            raise JobFailed(
                f"Infobip does not find the tag '{name}', and answered {reply.status} ({code}) to its creation"
            )


def tag_call(name: str, *, enters: bool) -> Callable[[Sequence[Identity]], Call]:
    """What builds the call that adds a tag to people, or removes it from them."""
    path = f"/people/2/tags/{quote(name, safe='')}/persons"

    operation, method = ADD if enters else REMOVE

    def build(people: Sequence[Identity]) -> Call:
        body = {"people": [{"query": {"type": kind, "identifier": who}} for kind, who in people]}
        return Call(operation, method, path, body, items=len(people))

    return build


def create_tag_call(name: str) -> Call:
    """The call that creates a tag."""
    return Call("create_tag", "POST", "/people/2/tags", {"name": name})
