"""What each operation answers: from what was asked, to an answer, through the account and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

import orjson

from streams.simulator.account import Account
from streams.simulator.answers import Answer, Problem, Refusal
from streams.simulator.changes import INVALID_ITEM
from streams.simulator.filters import EVERYBODY, read_filter
from streams.simulator.identity import TYPES, WITHOUT_SENDER, Identity
from streams.simulator.listing import Page
from streams.simulator.model import Attribute, Person, Tag, show_attribute, show_person, show_tag

BATCH_LIMIT = 1000
MALFORMED_V3 = 400103
MISSING_V3 = 400104
BAD_UPDATE_ENTRY = 40014
BAD_DELETE_ENTRY = 40016

_BATCH_SIZE = f"Size must be between 1 and {BATCH_LIMIT}"
_NATURAL = "createdAt:asc"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that was let in: the names in its path, of which the first has its own, query, body and headers."""

    now: datetime
    name: str
    query: Mapping[str, str]
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def list_persons(account: Account, ask: Ask) -> Answer:
    """Answer one person by identifier, or a page of those that a filter lets through."""
    options = account.options
    if "identifier" in ask.query or "type" in ask.query:
        return Answer(200, show_person(account.person(_identity(ask.query)), options))
    page = Page.of(ask.query, ("firstName", "lastName", "createdAt", "modifiedAt"), _NATURAL)
    wanted = read_filter(ask.query["filter"], page.field) if "filter" in ask.query else EVERYBODY
    rows = account.rows(page.field, wanted)
    people = account.show(account.people[person_id] for _, person_id in page.cut(rows))
    return Answer(200, page.envelope(options.persons_key, list(people), len(rows), options.total_count_key))


def create_person(account: Account, ask: Ask) -> Answer:
    """Create one person."""
    return Answer(200, show_person(account.create(_json(ask), ask.now), account.options), items=1)


def update_person(account: Account, ask: Ask) -> Answer:
    """Partly update one person."""
    person = account.update(_identity(ask.query), _json(ask), ask.now)
    return Answer(200, show_person(person, account.options), items=1)


def replace_person(account: Account, ask: Ask) -> Answer:
    """Overwrite one person."""
    person = account.replace(_identity(ask.query), _json(ask), ask.now)
    return Answer(200, show_person(person, account.options), items=1)


def delete_person(account: Account, ask: Ask) -> Answer:
    """Delete one person."""
    account.delete(_identity(ask.query))
    return Answer(200, items=1)


def upsert_persons(account: Account, ask: Ask) -> Answer:
    """Create or partly update up to 1,000 people, and answer 207 item by item."""
    try:
        body = orjson.loads(ask.body)
    except orjson.JSONDecodeError:
        body = None
    if type(body) is not dict:
        raise Refusal(MALFORMED_V3, "Malformed JSON body, wrong syntax")
    items = body.get("persons")
    if items is None:
        missing = Problem("persons", "Required, but value is missing")
        raise Refusal(MISSING_V3, "Missing required property 'persons'", [missing])
    if type(items) is not list or not 1 <= len(items) <= BATCH_LIMIT:
        problem = Problem("persons", _BATCH_SIZE if type(items) is list else "Must be an array")
        raise Refusal(INVALID_ITEM, "One or more properties of the request are invalid", [problem])
    if unknown := body.keys() - {"persons"}:
        problems = [Problem(name, "Unknown property") for name in sorted(unknown)]
        raise Refusal(INVALID_ITEM, "One or more properties of the request are invalid", problems)
    if account.options.invalid_items == "request" and (problems := account.upsert_problems(items)):
        raise Refusal(INVALID_ITEM, "One or more properties of the person are invalid", problems)
    return Answer(207, account.upsert(items, ask.now), items=len(items))


def match_people(account: Account, ask: Ask) -> Answer:
    """Answer which of some identities are known, and whose they are."""
    body = _json(ask)
    asked = body.get("identities") if type(body) is dict else None
    if type(asked) is not list or not asked:
        _refuse("identities", "Must be an array that is not empty")
    matches: list[dict[str, Any]] = []
    told: set[object] = set()
    for index, entry in enumerate(asked):
        identity = _identity_in(entry, f"identities[{index}]", 40012)
        person = account.find(identity)
        if person is None or identity in told:
            continue
        if account.options.people_matched_twice == "once" and person.id in told:
            continue
        told |= {identity, person.id}
        matches.append({"personId": person.id, **identity._asdict()})
    return Answer(200, {"matches": matches}, items=len(asked))


def list_tags(account: Account, ask: Ask) -> Answer:
    """Answer a page of tags."""
    page = Page.of(ask.query, ("name", "createdAt", "modifiedAt"), "name:asc")
    rows = [show_tag(tag) for tag in page.rows(account.tags.values(), _named_key, _NATURAL)]
    if account.options.tags_envelope == "array":
        return Answer(200, rows)
    return Answer(200, page.envelope("tags", rows, len(account.tags), account.options.total_count_key))


def create_tag(account: Account, ask: Ask) -> Answer:
    """Create a tag."""
    body = _json(ask)
    if type(body) is not dict:
        _refuse("", "Must be an object")
    if unknown := body.keys() - {"name"}:
        _refuse(min(unknown), "Unknown property", 40015)
    return Answer(200, show_tag(account.create_tag(body.get("name"), ask.now)))


def get_tag(account: Account, ask: Ask) -> Answer:
    """Answer one tag."""
    return Answer(200, show_tag(account.tag(ask.name)))


def delete_tag(account: Account, ask: Ask) -> Answer:
    """Delete a tag."""
    account.delete_tag(ask.name)
    return Answer(200, "")


def add_tag(account: Account, ask: Ask) -> Answer:
    """Give a tag to up to 1,000 people."""
    account.tag(ask.name)
    identities = _batch(ask, BAD_UPDATE_ENTRY)
    found, unknown = _resolve(account, identities)
    unknown_people = account.options.unknown_people_in_tag_batch
    if unknown and unknown_people == "refuse":
        raise Refusal(40401, "Person does not exist")
    if unknown and unknown_people == "create":
        account.upsert([_person_of(identity) for identity in unknown], ask.now)
        found, unknown = _resolve(account, identities)
    account.add_tag(ask.name, found, ask.now)
    return _tagged(account, len(identities), unknown, None)


def remove_tag(account: Account, ask: Ask) -> Answer:
    """Take a tag from up to 1,000 people."""
    account.tag(ask.name)
    identities = _batch(ask, BAD_DELETE_ENTRY)
    found, unknown = _resolve(account, identities)
    if unknown and account.options.unknown_people_in_tag_batch == "refuse":
        raise Refusal(40401, "Person does not exist")
    account.remove_tag(ask.name, found, ask.now)
    return _tagged(account, len(identities), unknown, "")


def list_attributes(account: Account, ask: Ask) -> Answer:
    """Answer a page of custom attributes."""
    if not account.attributes and account.options.attributes_missing_is_404:
        raise Refusal(40404, "Custom attribute does not exist")
    page = Page.of(ask.query, ("name", "createdAt", "modifiedAt"), "name:asc")
    rows = [show_attribute(each) for each in page.rows(account.attributes.values(), _named_key, _NATURAL)]
    # The published schema names this count, so the switch for the unpublished ones does not touch it.
    return Answer(200, page.envelope("customAttributes", rows, len(account.attributes), "totalCount"))


def create_attribute(account: Account, ask: Ask) -> Answer:
    """Define a custom attribute."""
    return Answer(200, show_attribute(account.create_attribute(_json(ask), ask.now)))


def get_attribute(account: Account, ask: Ask) -> Answer:
    """Answer one custom attribute."""
    return Answer(200, show_attribute(account.attribute(ask.name)))


def delete_attribute(account: Account, ask: Ask) -> Answer:
    """Delete a custom attribute."""
    account.delete_attribute(ask.name)
    return Answer(200, "")


Endpoint = Callable[[Account, Ask], Answer]

ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.__name__: endpoint
    for endpoint in (
        list_persons,
        create_person,
        update_person,
        replace_person,
        delete_person,
        match_people,
        upsert_persons,
        list_tags,
        create_tag,
        get_tag,
        delete_tag,
        add_tag,
        remove_tag,
        list_attributes,
        create_attribute,
        get_attribute,
        delete_attribute,
    )
}


def _json(ask: Ask) -> Any:
    try:
        return orjson.loads(ask.body)
    except orjson.JSONDecodeError as error:
        raise Refusal(40001, "Malformed JSON body, wrong syntax") from error


def _refuse(path: str, message: str, code: int = 40001) -> NoReturn:
    raise Refusal(code, message, [Problem(path, message)])


def _identity(query: Mapping[str, str]) -> Identity:
    kind, identifier = query.get("type"), query.get("identifier")
    if not identifier or kind is None:
        _refuse("type" if identifier else "identifier", "Missing parameter")
    if kind not in TYPES:
        _refuse("type", "Unknown type", 40012)
    if (kind in WITHOUT_SENDER) == ("sender" in query):
        _refuse("sender", f"Sender is {'not allowed' if kind in WITHOUT_SENDER else 'required'} for this type", 40012)
    return Identity(kind, identifier)


def _batch(ask: Ask, bad_entry: int) -> list[Identity]:
    body = _json(ask)
    people = body.get("people") if type(body) is dict else None
    if type(people) is not list:
        _refuse("people", "Must be an array")
    if not 1 <= len(people) <= BATCH_LIMIT:
        _refuse("people", _BATCH_SIZE)
    identities: list[Identity] = []
    for index, entry in enumerate(people):
        query = entry.get("query") if type(entry) is dict else None
        identities.append(_identity_in(query, f"people[{index}].query", bad_entry))
    return identities


def _identity_in(query: Any, path: str, bad_entry: int) -> Identity:
    """Read one identity of a batch, or refuse the batch."""
    if type(query) is not dict:
        _refuse(path, "Must not be null", bad_entry)
    kind, identifier = query.get("type"), query.get("identifier")
    if type(kind) is not str or kind not in TYPES:
        _refuse(f"{path}.type", "Unknown type", bad_entry)
    if type(identifier) is not str or not identifier:
        _refuse(f"{path}.identifier", "Must not be blank", bad_entry)
    if (kind in WITHOUT_SENDER) == ("sender" in query):
        _refuse(f"{path}.sender", "Does not fit the type", bad_entry)
    return Identity(kind, identifier)


def _resolve(account: Account, identities: list[Identity]) -> tuple[list[Person], list[Identity]]:
    found: list[Person] = []
    unknown: list[Identity] = []
    for identity in identities:
        person = account.find(identity)
        if person is None:
            unknown.append(identity)
        else:
            found.append(person)
    return found, unknown


def _person_of(identity: Identity) -> dict[str, Any]:
    if identity.type == "EXTERNAL_ID":
        return {"externalId": identity.identifier}
    return {"contactInformation": [{"type": identity.type, "identifier": identity.identifier}]}


def _tagged(account: Account, items: int, unknown: list[Identity], published: str | None) -> Answer:
    """Answer as is published: with no content where a tag is given, with a JSON text where one is taken."""
    if not unknown or account.options.unknown_people_in_tag_batch != "report":
        return Answer(200, published, items=items)
    missing = [
        {"query": identity._asdict(), "status": 409, "errors": [{"message": "There is no person matching the query"}]}
        for identity in unknown
    ]
    return Answer(207, {"results": missing}, items=items)


def _named_key(row: Tag | Attribute, field: str) -> tuple[str, str]:
    match field:
        case "createdAt":
            return row.created_at, row.name
        case "modifiedAt":
            return row.modified_at, row.name
    return row.name.casefold(), row.name
