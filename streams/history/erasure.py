"""A person removed from the database: all rows of a profile or an address, and all that belongs to their messages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from schemas.config.history import History
from streams.history.columns import address, name
from streams.history.database import in_words, open_database
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


def erase(history: History, profile: str | None, to: str | None, *, only_count: bool = False) -> dict[str, int]:
    """Delete all rows of a profile or an address, in one transaction; how many of each table went, or would go. Blocks.

    Raises:
        SchemaWrong: the tables are not there, or of another version.
        Unreachable: the database does not answer.
        JobFailed: it refuses us.

    """
    engine = open_database(history)
    try:
        see_version(history, engine)
        with in_words(history), engine.connect() as connection:
            person = _person(connection, profile, to)
            found = {table: _delete(connection, table, person) for table in TABLES}
            if only_count:
                connection.rollback()
            else:
                connection.commit()
            return found
    finally:
        engine.dispose()


def _person(connection: Connection, profile: str | None, to: str | None) -> Person:
    """Find the person's messages, where these went, and which events asked for them."""
    table = TABLES["messages"]
    theirs = table.c.profile_id == name(profile) if profile is not None else table.c.address == address(to or "")
    rows = [*connection.execute(select(table.c.message_id, table.c.address, table.c.event_id).where(theirs))]
    known = {address(to)} if to is not None else {row.address for row in rows}
    return Person(
        profile=None if profile is None else name(profile),
        addresses=frozenset(one for one in known if one),
        messages=frozenset(row.message_id for row in rows),
        events=frozenset(row.event_id for row in rows if row.event_id) if to is not None else frozenset(),
    )


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
        ("address", person.addresses if by_address else ()),
        (_MESSAGE_IDS.get(table, ""), person.messages),
        ("event_id" if table == "memberships" else "", person.events),
    ]
    return [(column, sorted(values)) for column, values in wanted if values]
