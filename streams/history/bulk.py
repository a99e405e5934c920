"""Many rows written at once, the way each database is fastest at: COPY for PostgreSQL, prepared inserts for SQLite."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from sqlalchemy import Connection

from streams.history.columns import Form
from streams.history.layout import LAYOUTS, Layout
from streams.history.making import Values


def insert(connection: Connection, table: str, rows: Sequence[Values]) -> None:
    """Insert rows, each key once; those that are there already stay or are replaced, as the table has it. Blocks.

    Raises the driver's own errors, which `in_words` knows, too.
    """
    layout, driver = LAYOUTS[table], connection.connection.driver_connection
    if driver is None:
        raise TypeError("the connection is closed")
    if connection.dialect.name == "sqlite":
        _insert_sqlite(driver, layout, rows)
    else:
        _copy(driver, layout, rows)


def _copy(driver: Any, layout: Layout, rows: Sequence[Values]) -> None:
    """Copy rows into the table; where one of them is there already, into another one, and insert them from there.

    COPY is twice as fast as any insert, but knows no conflicts, which only repeated deliveries make.
    """
    with driver.cursor() as cursor:
        cursor.execute("SAVEPOINT copying")
        try:
            _copy_into(cursor, f'"{layout.table}"', layout, rows)
        except driver_errors().UniqueViolation:
            cursor.execute("ROLLBACK TO copying")
        else:
            return
        arriving, columns = f'"arriving_{layout.table}"', _columns(layout)
        made = f'CREATE TEMPORARY TABLE IF NOT EXISTS {arriving} (LIKE "{layout.table}") ON COMMIT DELETE ROWS'
        cursor.execute(made)
        _copy_into(cursor, arriving, layout, rows)
        taken = f'INSERT INTO "{layout.table}" ({columns}) SELECT {columns} FROM {arriving}'  # noqa: S608 - names of ours
        cursor.execute(f"{taken} {_conflict(layout)}")


def _copy_into(cursor: Any, table: str, layout: Layout, rows: Sequence[Values]) -> None:
    """Copy rows in the binary form, which costs a third of the text's on both sides."""
    decimals = [at for at, column in enumerate(layout.columns) if column.form == "decimal"]
    with cursor.copy(f"COPY {table} ({_columns(layout)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types([_BINARY[column.form] for column in layout.columns])
        for values in rows:
            copy.write_row(_exact(values, decimals) if decimals else values)


def _exact(values: Values, decimals: Sequence[int]) -> Sequence[Any]:
    """A row with decimals that are written as the record has them, to the digit."""
    row = list(values)
    for at in decimals:
        if row[at] is not None:
            row[at] = Decimal(repr(row[at]))
    return row


def driver_errors() -> Any:
    """The errors of PostgreSQL's driver, which is not installed where only SQLite is needed."""
    return import_module("psycopg.errors")


#: What PostgreSQL calls the type of each form; a text that has a length is sent as one that has none.
_BINARY: Mapping[Form, str] = {
    "text": "text",
    "name": "text",
    "address": "text",
    "json": "text",
    "integer": "int4",
    "wide": "int8",
    "decimal": "numeric",
    "flag": "bool",
    "moment": "timestamptz",
}


def _insert_sqlite(driver: Any, layout: Layout, rows: Sequence[Values]) -> None:
    moments = [place for place, column in enumerate(layout.columns) if column.form == "moment"]
    marks = ", ".join("?" * len(layout.columns))
    sql = f'INSERT INTO "{layout.table}" ({_columns(layout)}) VALUES ({marks}) {_conflict(layout)}'  # noqa: S608 - names of ours
    driver.executemany(sql, (_written(values, moments) for values in rows))


def _written(values: Values, moments: Sequence[int]) -> list[Any]:
    """A row as SQLite holds it: it knows no times, and SQLAlchemy reads them from texts of this form."""
    row = list(values)
    for place in moments:
        moment: datetime | None = row[place]
        if moment is not None:
            row[place] = moment.replace(tzinfo=None).isoformat(" ", "microseconds")
    return row


def _columns(layout: Layout) -> str:
    return ", ".join(f'"{column.name}"' for column in layout.columns)


def _conflict(layout: Layout) -> str:
    """What becomes of a row whose key is there."""
    key = ", ".join(f'"{name}"' for name in layout.key)
    if not layout.latest:
        return f"ON CONFLICT ({key}) DO NOTHING"
    others = (column.name for column in layout.columns if column.name not in layout.key)
    return f"ON CONFLICT ({key}) DO UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in others)
