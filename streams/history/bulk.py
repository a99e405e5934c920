"""Many rows written at once, the way each database is fastest at: COPY for PostgreSQL, prepared inserts for SQLite."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from streams.history.layout import LAYOUTS, Layout
from streams.history.rows import Values


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
    """Copy rows into a table of the connection's own, and insert them from there: COPY itself knows no conflicts."""
    arriving, columns = f'"arriving_{layout.table}"', _columns(layout)
    with driver.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE IF NOT EXISTS {arriving} (LIKE "{layout.table}" INCLUDING DEFAULTS)'
            " ON COMMIT DELETE ROWS"
        )
        with cursor.copy(f"COPY {arriving} ({columns}) FROM STDIN") as copy:
            for values in rows:
                copy.write_row(values)
        cursor.execute(
            f'INSERT INTO "{layout.table}" ({columns}) SELECT {columns} FROM {arriving} {_conflict(layout)}'  # noqa: S608 - names of ours
        )


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
