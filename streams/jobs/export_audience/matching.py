"""Which people Infobip knows, of many: `POST /people/2/persons/match`."""

from collections.abc import Generator, Iterable, Sequence
from http import HTTPStatus
from typing import Any

from schemas.operations import MATCH_PEOPLE
from streams.calls.call import Call, Reply
from streams.calls.faults import is_own
from streams.profiles.address import Identity

#: No limit is published; that of all other batches of people.
IDENTITIES_MAX = 1000
#: A person is told of once, though asked for under two names: who is not found is asked for again, so often at most.
ROUNDS_MAX = 10


def known(people: Iterable[Identity]) -> Generator[list[Call], list[Reply], frozenset[Identity] | None]:
    """Those of these people whom Infobip knows; None where it does not say."""
    left, found = list(dict.fromkeys(people)), set[Identity]()
    for _ in range(ROUNDS_MAX):
        parts = [left[start : start + IDENTITIES_MAX] for start in range(0, len(left), IDENTITIES_MAX)]
        replies = yield [match_call(part) for part in parts]
        told = [_read(reply) for reply in replies]
        if any(matches is None for matches in told):
            return None
        spellings = frozenset[Identity]().union(*(matches for matches in told if matches is not None))
        fresh = {identity for identity in left if spelling(*identity) in spellings}
        found |= fresh
        left = [identity for identity in left if identity not in fresh]
        if not fresh or not left:
            break
    return frozenset(found)


def match_call(people: Sequence[Identity]) -> Call:
    """The question who of these is known."""
    body = {"identities": [{"type": kind, "identifier": who} for kind, who in people]}
    # Where it is not answered there is another way to find out, so nobody waits for it.
    return Call(MATCH_PEOPLE, body, items=len(people), accepts_any_answer=True)


def _read(reply: Reply) -> frozenset[Identity] | None:
    if reply.status == HTTPStatus.NOT_FOUND and is_own(reply.status, reply.body):
        return frozenset()
    matches = reply.body.get("matches") if isinstance(reply.body, dict) else None
    if reply.status != HTTPStatus.OK or not isinstance(matches, list):
        return None
    return frozenset(spelling(one["type"], one["identifier"]) for one in matches if _is_match(one))


def _is_match(one: Any) -> bool:
    if not isinstance(one, dict) or type(one.get("personId")) is not int:
        return False
    return isinstance(one.get("type"), str) and isinstance(one.get("identifier"), str)


def spelling(kind: str, who: str) -> Identity:
    """An identity as it is compared: Infobip may tell of it as it holds it, and not as it was asked for."""
    return (kind, who.casefold() if kind == "EMAIL" else who.removeprefix("+") if kind == "PHONE" else who)
