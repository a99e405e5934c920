"""The person at Infobip: asked for in each account of the file, and deleted there."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from schemas.config.authorization import Authorization
from schemas.configuration import Configuration
from schemas.jobs import authorization_of
from schemas.operations import DELETE_PERSON, LIST_PERSONS
from streams.app.accounts import answer_of, client_of
from streams.calls.call import Call, Reply
from streams.calls.faults import is_own, told
from streams.cli.erasing.person import Person
from streams.errors import ConfigurationError, Forbidden, Refused, Unauthorized
from streams.infobip.client import Client
from streams.jobs.shelf import scopes_of
from streams.profiles.address import Identity

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Account:
    """What one account holds of a person: Infobip's ids, and what these were found by.

    `others` are found by an address of theirs, and are somebody else by their external id. `refused` says in words why
    the account was not asked.
    """

    name: str
    people: tuple[str, ...] = ()
    known_by: tuple[Identity, ...] = ()
    others: int = 0
    refused: str = ""


async def look(configuration: Configuration, person: Person, say: Say) -> list[Account]:
    """Who the person is in each account; waits for outages, and says so. Infobip's ids are learnt.

    A key that is refused ends this, unless no job of the file works with people by it: then that is told.

    Raises:
        ConfigurationError: the file names no account.
        Unauthorized, Forbidden: a key is refused.
        Refused: an answer is none that is known.

    """
    if not configuration.authorizations:
        raise ConfigurationError(["authorizations: is missing, the accounts at Infobip that --in-infobip is about"])
    needed = _of_people(configuration)
    found: list[Account] = []
    for authorization in configuration.authorizations:
        async with _client(authorization) as client:
            try:
                found.append(await _look(client, person, say))
            except (Unauthorized, Forbidden) as error:
                if authorization.name in needed:
                    raise
                found.append(Account(authorization.name, refused=str(error)))
    person.person_ids.update(one for account in found for one in account.people)
    return found


async def delete(configuration: Configuration, accounts: Sequence[Account], say: Say) -> None:
    """Delete who was found, and say so of each account; who is gone meanwhile is said to be. Raises as `look`."""
    for authorization, account in zip(configuration.authorizations, accounts, strict=True):
        if not account.people:
            continue
        async with _client(authorization) as client:
            deleted = [await _delete(client, person_id, say) for person_id in account.people]
        gone = deleted.count(False)
        say(f"{_of(account)}: {_people(sum(deleted))} deleted" + (f", {gone} gone already" if gone else ""))


def lines(accounts: Sequence[Account], mask: Callable[[str], str]) -> Iterator[str]:
    """A line for each account: whom it holds, and by what they were found."""
    for account in accounts:
        if account.refused:
            yield f"{_of(account)}: not asked: {account.refused}"
            continue
        by = ", ".join(f"{kind} {mask(who)}" for kind, who in account.known_by)
        yield f"{_of(account)}: " + (f"{_people(len(account.people))}, known by {by}" if account.people else "nobody")
        if account.others:
            yield f"{_of(account)}: {_people(account.others)} with such an address and another external id: left alone"


def _of(account: Account) -> str:
    return f"Infobip, account {account.name}"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _of_people(configuration: Configuration) -> frozenset[str | None]:
    """The accounts in which jobs of the file work with people."""
    scopes = {LIST_PERSONS.scope, DELETE_PERSON.scope}
    return frozenset(
        authorization_of(job) for job in configuration.jobs if scopes & scopes_of(job, configuration.webhooks)
    )


@asynccontextmanager
async def _client(authorization: Authorization) -> AsyncIterator[Client]:
    client = client_of(authorization)
    try:
        yield client
    finally:
        await client.aclose()


async def _look(client: Client, person: Person, say: Say) -> Account:
    people: dict[str, None] = {}
    others: set[str] = set()
    known_by: list[Identity] = []
    for kind, who in person.identities(client.name):
        call = Call(LIST_PERSONS, query={"type": kind, "identifier": who}, accepts_missing=True)
        reply = await answer_of(client, call, say)
        if _is_missing(reply):
            continue
        said = reply.body if reply.status == HTTPStatus.OK and isinstance(reply.body, dict) else {}
        person_id = said.get("id")
        if not isinstance(person_id, int | str) or isinstance(person_id, bool):
            raise _unknown(call, reply)
        if person.is_other(said.get("externalId"), client.name):
            others.add(str(person_id))
        else:
            people[str(person_id)] = None
            known_by.append((kind, who))
    return Account(client.name, tuple(people), tuple(known_by), len(others))


async def _delete(client: Client, person_id: str, say: Say) -> bool:
    """Delete one person; False where there is none any more, be it that the answer to the first try was lost."""
    call = Call(DELETE_PERSON, query={"type": "ID", "identifier": person_id}, items=1, accepts_missing=True)
    reply = await answer_of(client, call, say)
    if _is_missing(reply):
        return False
    if reply.status // 100 != HTTPStatus.OK // 100:
        raise _unknown(call, reply)
    return True


def _is_missing(reply: Reply) -> bool:
    return reply.status == HTTPStatus.NOT_FOUND and is_own(reply.status, reply.body)


def _unknown(call: Call, reply: Reply) -> Refused:
    return Refused(f"{call.operation} ({call.method} {call.path}) {told(reply.status, reply.body)}")
