"""The tables of the history as the database has them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)
from sqlalchemy import Column as DatabaseColumn
from sqlalchemy.types import TypeDecorator, TypeEngine

from streams.history.columns import Column, Form
from streams.history.layout import LAYOUTS, WRITTEN_AT, Layout


class Moment(TypeDecorator[datetime]):
    """A time in UTC: with its zone on PostgreSQL, and without one in SQLite, which knows none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Take a time with a zone."""
        return value.replace(tzinfo=None) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Give a time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_TYPES: Mapping[Form, Callable[[], TypeEngine[Any]]] = {
    "text": Text,
    "name": Text,
    "address": Text,
    "json": Text,
    "integer": Integer,
    "wide": BigInteger,
    "decimal": partial(Numeric, asdecimal=False),
    "flag": Boolean,
    "moment": Moment,
}


def _column(column: Column) -> "DatabaseColumn[Any]":
    default = None if column.default is None else str(column.default)
    kind = _TYPES[column.form]() if column.length is None else String(column.length)
    return DatabaseColumn(column.name, kind, nullable=column.nullable, server_default=default)


def _index(table: str, column: str) -> Index:
    """An index that bears the names of table and column; rows come in the order of time, which needs next to none."""
    using = "brin" if column == WRITTEN_AT else "btree"
    return Index(f"ix_{table}_{column.lower()}", column, postgresql_using=using)


def _table(layout: Layout, metadata: MetaData) -> Table:
    """The table of a layout; its indexes bear the names of table and column."""
    return Table(
        layout.table,
        metadata,
        *(_column(one) for one in layout.columns),
        PrimaryKeyConstraint(*layout.key, name=f"pk_{layout.table}"),
        *(_index(layout.table, name) for name in layout.indexes),
    )


METADATA = MetaData()
TABLES = {name: _table(layout, METADATA) for name, layout in LAYOUTS.items()}
#: How far each job has stored each partition: `next_offset` is the first record that is not stored yet.
POSITIONS = Table(
    "positions",
    METADATA,
    DatabaseColumn("job", String(100), nullable=False),
    DatabaseColumn("topic", String(249), nullable=False),
    DatabaseColumn("partition", Integer(), nullable=False),
    DatabaseColumn("topic_id", Text(), nullable=False),
    DatabaseColumn("next_offset", BigInteger(), nullable=False),
    DatabaseColumn("stored_at", Moment(), nullable=False),
    PrimaryKeyConstraint("job", "topic", "partition", name="pk_positions"),
)
