"""A person removed from the database: all rows of a profile or an address, and all that belongs to their messages."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from schemas.config.history import History
from streams.history.columns import address, name
from streams.history.database import in_words, open_database
from streams.history.layout import ADDRESS
from streams.history.schema import see_version
from streams.history.tables import TABLES

#: So many values go into one statement: SQLite takes no more than some thousands.
VALUES_MAX = 500
#: Where tables have a message's id.
_MESSAGE_IDS: Mapping[str, str] = {
    "messages": "message_id",
    "sms_delivery_reports": "messageId",
    "omni_reports": "messageId",
    "unified_url_tracking": "messageId",
    "inbound_messages": "reply_to",
    "message_outcomes": "message_id",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who is to be forgotten: what a profile or an address is found by, and what it leads to."""

    profile: str | None
    addresses: frozenset[str]
    messages: frozenset[str]
    events: frozenset[str]


@dataclass(frozen=True, slots=True)
class Traces:
    """What there is of a person: rows by table, and the addresses and messages that they tell of."""

    rows: Mapping[str, int]
    addresses: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()


def look(history: History, profile: str | None, to: str | None, besides: Iterable[str] = ()) -> Traces:
    """What there is of a profile or an address; nothing is changed. Blocks. Raises as `erase`."""
    return _erase(history, profile, to, besides, only_look=True)


def erase(history: History, profile: str | None, to: str | None, besides: Iterable[str] = ()) -> Traces:
    """Delete all rows of a profile or an address, in one transaction, and say which went. Blocks.

    `besides` are addresses that the profile is known to have: what was written from there goes, too.

    Raises:
        SchemaWrong: the tables are not there, or of another version.
        Unreachable: the database does not answer.
        JobFailed: it refuses us.

    """
    return _erase(history, profile, to, besides, only_look=False)


def _erase(history: History, profile: str | None, to: str | None, besides: Iterable[str], *, only_look: bool) -> Traces:
    engine = open_database(history)
    try:
        see_version(history, engine)
        with in_words(history), engine.connect() as connection:
            person = _person(connection, profile, to, besides)
            found = {table: _delete(connection, table, person) for table in TABLES}
            if only_look:
                connection.rollback()
            else:
                connection.commit()
            return Traces(found, person.addresses, person.messages)
    finally:
        engine.dispose()


def _person(connection: Connection, profile: str | None, to: str | None, besides: Iterable[str]) -> Person:
    """Find the person's messages, where these went, and which events asked for them."""
    table = TABLES["messages"]
    theirs = table.c.profile_id == name(profile) if profile is not None else table.c.address == address(to or "")
    rows = [*connection.execute(select(table.c.message_id, table.c.event_id).where(theirs))]
    known = {address(to)} if profile is None else {*map(address, besides), *_addresses(connection, name(profile))}
    return Person(
        profile=None if profile is None else name(profile),
        addresses=frozenset(one for one in known if one),
        messages=frozenset(row.message_id for row in rows),
        events=frozenset(row.event_id for row in rows if row.event_id) if to is not None else frozenset(),
    )


def _addresses(connection: Connection, profile: str) -> Iterator[str]:
    """Where messages to a profile went, as any table tells."""
    for table in TABLES.values():
        if {"profile_id", ADDRESS} <= {*table.c.keys()}:
            theirs = select(table.c[ADDRESS]).where(table.c.profile_id == profile).distinct()
            yield from connection.execute(theirs).scalars()


def _delete(connection: Connection, table: str, person: Person) -> int:
    """Delete a table's rows that are the person's; how many."""
    found, columns = 0, TABLES[table].c
    for column, values in _wanted(table, person):
        for at in range(0, len(values), VALUES_MAX) if column in columns else ():
            theirs = columns[column].in_(values[at : at + VALUES_MAX])
            found += connection.execute(delete(TABLES[table]).where(theirs)).rowcount
    return found


def _wanted(table: str, person: Person) -> list[tuple[str, list[str]]]:
    """In which columns of a table which values are the person's.

    An address may be several people's: of a profile only what people wrote is told by the address alone.
    """
    by_address = person.profile is None or table == "inbound_messages"
    wanted: list[tuple[str, Collection[str]]] = [
        ("profile_id", () if person.profile is None else (person.profile,)),
        (ADDRESS, person.addresses if by_address else ()),
        (_MESSAGE_IDS.get(table, ""), person.messages),
        ("event_id" if table == "memberships" else "", person.events),
    ]
    return [(column, sorted(values)) for column, values in wanted if values]
