"""What the database knows of a message, an event, a profile or an address, read back as records."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from orjson import loads
from sqlalchemy import Connection, select

from schemas.config.history import History
from streams.history.columns import address, name
from streams.history.database import in_words, open_database
from streams.history.layout import BEYOND, LAYOUTS, WRITTEN_AT, Layout
from streams.history.rows import Sort
from streams.history.schema import see_version
from streams.history.steps import Question, Told, entered, in_order, replies_to, told, written
from streams.history.tables import TABLES

#: So many names go into one question: SQLite takes no more than some thousands.
NAMES_MAX = 500
SORTS: Mapping[str, Sort] = {
    "messages": "messages",
    "sms_delivery_reports": "delivery_reports",
    "omni_reports": "delivery_reports",
    "unified_url_tracking": "clicks",
    "inbound_messages": "inbound_messages",
    "message_outcomes": "message_outcomes",
}
_FEEDBACK = ("sms_delivery_reports", "omni_reports", "unified_url_tracking")


def story(history: History, question: Question, reply_within: timedelta) -> list[Told]:
    """All steps that are known, in the order of time. Blocks.

    A reply that names no message belongs to the latest to its address, if that went no longer before.

    Raises:
        SchemaWrong: the tables are not there, or of another version.
        Unreachable: the database does not answer.
        JobFailed: it refuses us.

    """
    engine = open_database(history, reads_only=True)
    try:
        see_version(history, engine)
        with in_words(history), engine.connect() as connection:
            return in_order(_steps(connection, question, reply_within))
    finally:
        engine.dispose()


def _steps(connection: Connection, question: Question, reply_within: timedelta) -> list[Told]:
    messages = _messages(connection, question)
    found = [*messages, *_enters(connection, question, messages)]
    ids = _named(messages, "message_id") | ({question.message} if question.message else set())
    for table in _FEEDBACK:
        found += _rows(connection, table, "messageId", ids)
    found += _rows(connection, "message_outcomes", "message_id", ids)
    found += _rows(connection, "inbound_messages", "reply_to", ids)
    if question.address is None:
        return found + _unnamed_replies(connection, messages, reply_within)
    for table in (*_FEEDBACK, "inbound_messages", "message_outcomes"):
        found += _rows(connection, table, "address", {question.address})
    return found


def _messages(connection: Connection, question: Question) -> list[Told]:
    asked = {
        "message_id": question.message,
        "event_id": question.event,
        "profile_id": question.profile,
        "address": question.address,
    }
    return [
        one
        for column, value in asked.items()
        if value is not None
        for one in _rows(connection, "messages", column, {value})
    ]


def _enters(connection: Connection, question: Question, messages: Iterable[Told]) -> list[Told]:
    events = _named(messages, "event_id") | ({question.event} if question.event else set())
    found = [*_rows(connection, "memberships", "event_id", events)]
    if question.profile is not None:
        found += _rows(connection, "memberships", "profile_id", {question.profile})
    return found


def _unnamed_replies(connection: Connection, messages: list[Told], within: timedelta) -> list[Told]:
    """Replies that belong to messages by their address alone."""
    addresses = {found for one in _named(messages, "to") if (found := address(one)) is not None}
    replies = [one for one in _rows(connection, "inbound_messages", "address", addresses) if not one.said["reply_to"]]
    every = _rows(connection, "messages", "address", addresses if replies else set())
    return replies_to(messages, every, replies, within)


def _named(steps: Iterable[Told], key: str) -> set[str]:
    return {found for one in steps if isinstance(found := one.said.get(key), str)}


def _rows(connection: Connection, table: str, column: str, values: Collection[str]) -> Iterator[Told]:
    """The rows that have one of these values in a column, as steps."""
    layout, asked, left = LAYOUTS[table], TABLES[table], iter(sorted(values))
    form = next(one for one in layout.columns if one.name == column)
    while some := list(islice(left, NAMES_MAX)):
        wanted = [one[: form.length] if form.length is not None else name(one) for one in some]
        for row in connection.execute(select(asked).where(asked.c[column].in_(wanted))).mappings():
            yield _step(table, layout, dict(row))


def _step(table: str, layout: Layout, row: dict[str, Any]) -> Told:
    said, written_at = record_of(layout, row), row[WRITTEN_AT]
    return entered(said, written_at) if table == "memberships" else told(SORTS[table], said, written_at)


def record_of(layout: Layout, row: Mapping[str, Any]) -> dict[str, Any]:
    """The record that a row was made of: what its columns hold, and what they could not."""
    said: dict[str, Any] = {}
    for column in layout.columns:
        if column.name in (WRITTEN_AT, BEYOND) or column.form == "address":
            continue
        value = row[column.name]
        if isinstance(value, datetime):
            value = written(value)
        elif column.form == "json" and value is not None:
            value = loads(value)
        said.setdefault(column.source, value)
    beyond = row.get(BEYOND)
    return said if beyond is None else {**said, **loads(beyond)}
