"""A person is erased from every table that may hold people, by the profile or by an address."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, insert, select

from schemas.config.history import History
from streams.history import erasure
from streams.history.layout import ADDRESS, LAYOUTS
from streams.history.schema import migrate
from streams.history.tables import METADATA, POSITIONS, TABLES

AT = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = {
    "text": "x",
    "name": "x",
    "address": "x",
    "json": "{}",
    "integer": 1,
    "wide": 1,
    "decimal": 0.5,
    "flag": False,
}
MESSAGE = {"message_id", "messageId", "reply_to"}


class Kept:
    """A database, and rows in it."""

    def __init__(self, folder: Path) -> None:
        self.history = History.model_validate({"url": f"sqlite:///{folder}/history.db"})
        migrate(self.history)
        self._engine = create_engine(self.history.url.get_secret_value())
        self._number = 0

    def put(self, table: str, **said: Any) -> None:
        """Put a row in, with a key of its own."""
        self._number += 1
        row: dict[str, Any] = {}
        for column in LAYOUTS[table].columns:
            if not column.nullable:
                row[column.name] = AT if column.form == "moment" else VALUES[column.form]
        row |= {name: f"k{self._number}" for name in LAYOUTS[table].key if row.get(name) == "x"}
        with self._engine.begin() as connection:
            connection.execute(insert(TABLES[table]).values({**row, **said}))

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with self._engine.connect() as connection:
            counted = {name: connection.execute(select(func.count()).select_from(one)) for name, one in TABLES.items()}
            return {name: int(count.scalar_one()) for name, count in counted.items()}


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_every_table_but_that_of_positions_is_looked_through() -> None:
    assert set(METADATA.tables.values()) - {POSITIONS} == set(TABLES.values())


@pytest.mark.parametrize("table", TABLES)
def test_a_row_says_whose_it_is_in_a_way_by_which_it_is_found(table: str) -> None:
    columns = {*TABLES[table].c.keys()}
    assert "profile_id" in columns or (ADDRESS in columns and MESSAGE & columns)


@pytest.mark.parametrize("table", [name for name, one in TABLES.items() if "profile_id" in one.c])
def test_rows_of_a_profile_go_and_others_stay(kept: Kept, table: str) -> None:
    for profile in ("u-ann", "u-bo"):
        kept.put(table, profile_id=profile)
    assert erasure.look(kept.history, "u-ann", None).rows[table] == 1
    assert kept.rows()[table] == 2
    assert erasure.erase(kept.history, "u-ann", None).rows[table] == 1
    assert kept.rows()[table] == 1
    assert not any(erasure.erase(kept.history, "u-ann", None).rows.values())


@pytest.mark.parametrize("table", [name for name, one in TABLES.items() if ADDRESS in one.c])
def test_rows_of_an_address_go_however_it_is_written(kept: Kept, table: str) -> None:
    for to in ("447700900123", "447700900999"):
        kept.put(table, address=to)
    assert erasure.erase(kept.history, None, "+44 7700 900123").rows[table] == 1
    assert kept.rows()[table] == 1


@pytest.mark.parametrize(
    "table", [name for name, one in TABLES.items() if name != "messages" and MESSAGE & {*one.c.keys()}]
)
def test_rows_of_their_messages_go_though_they_say_neither(kept: Kept, table: str) -> None:
    kept.put("messages", message_id="m1", profile_id="u-ann", address="447700900123")
    (column,) = MESSAGE & {*TABLES[table].c.keys()}
    kept.put(table, **{column: "m1"})
    erasure.erase(kept.history, "u-ann", None)
    assert not any(kept.rows().values())


def test_what_a_profile_wrote_goes_by_every_address_that_is_known_of_it(kept: Kept) -> None:
    kept.put("message_outcomes", profile_id="u-ann", address="447700900123")
    for who in ("447700900123", "ann@example.com", "bo@example.com"):
        kept.put("inbound_messages", address=who)
    traces = erasure.look(kept.history, "u-ann", None, ["Ann@example.com"])
    assert traces.addresses == {"447700900123", "ann@example.com"}
    assert traces.rows["inbound_messages"] == 2
    erasure.erase(kept.history, "u-ann", None, ["Ann@example.com"])
    assert kept.rows() == {**dict.fromkeys(TABLES, 0), "inbound_messages": 1}


def test_what_went_to_somebody_else_at_the_same_address_stays(kept: Kept) -> None:
    kept.put("messages", message_id="m1", profile_id="u-ann", address="447700900123")
    kept.put("messages", message_id="m2", profile_id="u-bo", address="447700900123")
    assert erasure.erase(kept.history, "u-ann", None).messages == {"m1"}
    assert kept.rows()["messages"] == 1


def test_the_event_that_asked_for_a_message_goes_with_an_address(kept: Kept) -> None:
    kept.put("messages", message_id="m1", event_id="e-1", profile_id="u-ann", address="447700900123")
    kept.put("memberships", event_id="e-1", profile_id="u-ann")
    kept.put("memberships", event_id="e-2", profile_id="u-ann")
    assert erasure.erase(kept.history, None, "447700900123").rows["memberships"] == 1
