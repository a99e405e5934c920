"""The tables are those that the migrations make, and a database of another version is refused."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pydantic import ValidationError
from sqlalchemy import text

from schemas.config.history import History
from streams.history.database import SchemaWrong, open_database
from streams.history.schema import latest, migrate, see_version
from streams.history.tables import METADATA


def history(folder: Path) -> History:
    return History.model_validate({"url": f"sqlite:///{folder}/history.db"})


def test_migrations_make_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    assert migrate(history(tmp_path)) == (None, latest())
    assert migrate(history(tmp_path)) == (latest(), latest())
    with open_database(history(tmp_path)).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    migrate(history(tmp_path))
    engine = open_database(history(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaWrong, match="of version 9999, which is newer than this release"):
        see_version(history(tmp_path), engine)
    with pytest.raises(SchemaWrong, match="update infobip-streams"):
        migrate(history(tmp_path))


@pytest.mark.parametrize(
    "url",
    [
        "history.db",
        "mysql://a:hush@b/c",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=ro",
        "postgresql://a:hush@/c",
        "postgresql://a:hush@b",
        "postgresql://a:hush@b:port/c",
    ],
)
def test_an_address_that_names_no_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValidationError) as fault:
        History.model_validate({"url": url})
    assert "hush" not in str(fault.value)


def test_a_place_is_told_without_user_and_password() -> None:
    one = History.model_validate({"url": "postgres://ann:hush@db.example.com:5433/history?sslmode=require"})
    assert one.place == "db.example.com:5433/history"
    assert "hush" not in repr(one)
