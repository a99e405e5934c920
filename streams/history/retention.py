"""Rows that are older than what is kept, deleted in batches: none holds others up for long."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, tuple_

from streams.history.layout import LAYOUTS, WRITTEN_AT
from streams.history.tables import TABLES

#: Rows that go at once: some ten milliseconds.
BATCH_ROWS = 2_000


def delete_older(connection: Connection, before: datetime, most: int = BATCH_ROWS) -> int:
    """Delete rows that were written to their topics before a time, at most so many of each table; how many went.

    Blocks. Raises as SQLAlchemy does.
    """
    gone = 0
    for name, layout in LAYOUTS.items():
        table = TABLES[name]
        key = tuple_(*(table.c[column] for column in layout.key))
        oldest = select(*(table.c[column] for column in layout.key)).where(table.c[WRITTEN_AT] < before).limit(most)
        gone += connection.execute(delete(table).where(key.in_(oldest))).rowcount
    return gone
