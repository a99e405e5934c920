"""What a job writes into the history: rows, and how far it has come, in one transaction of the database.

The positions in the database are the truth: a job begins where they say. So a crash repeats nothing, and whatever the
brokers have of the group's offsets only shows how it goes. Each step moves a position from where the writer believes it
to be; a writer that lost the partition and does not know it yet finds it elsewhere, and has written nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from schemas.config.history import History
from streams.errors import Stalled
from streams.history.bulk import insert
from streams.history.database import in_words, open_database
from streams.history.places import Place, Step
from streams.history.retention import delete_older
from streams.history.rows import Row, by_table
from streams.history.schema import see_version
from streams.history.tables import POSITIONS


class Overtaken(Stalled):
    """Another process has stored records of the same partition: it is that one's now."""


class Store:
    """The history as one job writes it. Every method blocks, and is called from one thread.

    All raise Unreachable where the database is away, busy or full, and JobFailed where no patience mends it.
    """

    def __init__(self, history: History, job: str) -> None:
        self._history, self._job = history, job
        self._engine = open_database(history)

    def open(self) -> None:
        """See that the tables are those that this version knows. Raises SchemaWrong."""
        see_version(self._history, self._engine)

    def close(self) -> None:
        """Let go of the connection."""
        self._engine.dispose()

    def positions(self, places: Collection[Place], ids: Mapping[str, str], now: datetime) -> dict[Place, int]:
        """The first offset of each partition that is not stored yet; `ids` are the topics' own.

        A partition that is new begins at 0, and so does that of a topic that was made anew: it has another id.
        """
        with in_words(self._history), self._engine.begin() as connection:
            for place in sorted(places):
                _begin(connection, self._job, place, ids.get(place.topic, ""), now)
            asked = select(POSITIONS.c.topic, POSITIONS.c.partition, POSITIONS.c.next_offset).where(
                POSITIONS.c.job == self._job
            )
            found = {Place(topic, partition): offset for topic, partition, offset in connection.execute(asked)}
        return {place: found[place] for place in places}

    def write(self, rows: Sequence[Row], steps: Collection[Step], now: datetime) -> None:
        """Write rows and steps, all of them or none.

        Raises:
            Overtaken: a partition is not where the step begins; nothing was written.

        """
        with in_words(self._history), self._engine.begin() as connection:
            # First, and in one order: whoever else wants the same partitions waits here, or fails before any work.
            for step in sorted(steps, key=lambda one: one.place):
                _advance(connection, self._job, step, now)
            for table, values in by_table(rows).items():
                insert(connection, table, values)

    def trim(self, before: datetime) -> int:
        """Delete a batch of rows that came before a time; how many went, 0 when none is left."""
        with in_words(self._history), self._engine.begin() as connection:
            return delete_older(connection, before)


def _begin(connection: Connection, job: str, place: Place, topic_id: str, now: datetime) -> None:
    """See that a partition has a position, in its topic as it is now."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    name = {"job": job, "topic": place.topic, "partition": place.partition}
    first = {**name, "topic_id": topic_id, "next_offset": 0, "stored_at": now}
    connection.execute(dialect.insert(POSITIONS).values(first).on_conflict_do_nothing())
    if topic_id:
        anew = and_(_is(job, place), POSITIONS.c.topic_id != topic_id)
        reset = update(POSITIONS).where(anew, POSITIONS.c.topic_id != "").values(first)
        connection.execute(reset)
        connection.execute(update(POSITIONS).where(anew, POSITIONS.c.topic_id == "").values(topic_id=topic_id))


def _advance(connection: Connection, job: str, step: Step, now: datetime) -> None:
    there = and_(_is(job, step.place), POSITIONS.c.next_offset == step.old)
    moved = connection.execute(update(POSITIONS).where(there).values(next_offset=step.new, stored_at=now))
    if moved.rowcount != 1:
        raise Overtaken(f"{step.place.topic}-{step.place.partition} is stored by another process")


def _is(job: str, place: Place) -> ColumnElement[bool]:
    return and_(POSITIONS.c.job == job, POSITIONS.c.topic == place.topic, POSITIONS.c.partition == place.partition)
