"""Lists of people as Amplitude's cohorts have them: made, added to and removed from; each is a tag of People's.

What is published: https://amplitude.com/docs/data/destination-catalog/infobip-cohort. What the array of ids is called
is not; `ids_key` of the options says it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from streams.simulator.account import Account
from streams.simulator.answers import Answer, Problem, Refusal
from streams.simulator.endpoints import Ask
from streams.simulator.identity import Identity
from streams.simulator.model import Person
from streams.simulator.values import EMAIL_LIMIT, TAG_LIMIT, is_email, is_phone

IDS_LIMIT = 1000
INVALID = "VALIDATION_ERROR"


def create_list(account: Account, ask: Ask) -> Answer:
    """Make a list."""
    name = _body(ask).get("name")
    if type(name) is not str or not name.strip():
        raise _wrong("name", "property not found or blank")
    if len(name) > TAG_LIMIT:
        raise _wrong("name", f"must not exceed {TAG_LIMIT} characters")
    if name.casefold() in account.tags:
        raise _wrong("name", "already exists")
    return Answer(200, {"listId": account.lists.make(account.create_tag(name, ask.now))})


def add_to_list(account: Account, ask: Ask) -> Answer:
    """Add up to 1,000 ids, and make the people who are missing."""
    found = account.lists.of(ask.name)
    if found is None:
        return _no_list(ask.name)
    failed, counts = [], {True: 0, False: 0}
    people: dict[str, Person] = {}
    for one in _ids(account, ask):
        kind = _kind(account, one)
        if kind is None:
            failed.append(one)
            continue
        person = account.find(Identity(kind, one))
        is_new = person is None
        if person is None:
            account.upsert([{"contactInformation": [{"type": kind, "identifier": one}]}], ask.now)
            person = account.person(Identity(kind, one))
        counts[is_new] += person.id not in found.tag.members
        people[one] = person
    account.add_tag(found.tag.name, people.values(), ask.now)
    found.ids.update({one: person.id for one, person in people.items()})
    told: dict[str, Any] = {"modifiedCount": counts[False], "createdCount": counts[True]}
    if failed:
        told["errors"] = {"count": len(failed), "failed": {INVALID: failed}}
    return Answer(200, told, items=len(people) + len(failed))


def remove_from_list(account: Account, ask: Ask) -> Answer:
    """Remove up to 1,000 ids; those that are not in it stay as they are."""
    found = account.lists.of(ask.name)
    if found is None:
        return _no_list(ask.name)
    ids = _ids(account, ask)
    gone = [found.ids.pop(one) for one in ids if one in found.ids]
    left = set(found.ids.values())
    people = [account.people[one] for one in gone if one in account.people and one not in left]
    account.remove_tag(found.tag.name, people, ask.now)
    return Answer(200, {}, items=len(ids))


LIST_ENDPOINTS: Mapping[str, Callable[[Account, Ask], Answer]] = {
    endpoint.__name__: endpoint for endpoint in (create_list, add_to_list, remove_from_list)
}


def _body(ask: Ask) -> dict[str, Any]:
    try:
        body = orjson.loads(ask.body)
    except orjson.JSONDecodeError:
        body = None
    if type(body) is not dict:
        raise Refusal(40001, "Malformed JSON body, wrong syntax")
    return body


def _ids(account: Account, ask: Ask) -> list[str]:
    """The ids of a body, under the one key that it may have."""
    body, key = _body(ask), account.options.ids_key
    ids = body.get(key)
    if type(ids) is not list or not ids:
        raise _wrong(key, "property not found or blank")
    if unknown := body.keys() - {key}:
        raise _wrong(min(unknown), "unknown property")
    if len(ids) > IDS_LIMIT:
        raise _wrong(key, f"size must be between 1 and {IDS_LIMIT}")
    if not all(type(one) is str for one in ids):
        raise _wrong(key, "must be strings")
    return list(dict.fromkeys(ids))


def _kind(account: Account, one: str) -> str | None:
    strict = account.options.contacts == "exist"
    if len(one) <= EMAIL_LIMIT and is_email(one):
        return "EMAIL" if one[0].isalnum() or not strict else None
    return "PHONE" if is_phone(one) else None


def _wrong(path: str, message: str) -> Refusal:
    return Refusal(40001, message, [Problem(path, message)])


def _no_list(list_id: str) -> Answer:
    return Answer(400, {"statusCode": "TAG_NOT_FOUND", "message": f'Tag with id "{list_id}" does not exist'})
