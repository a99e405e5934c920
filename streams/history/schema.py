"""The version of the schema: looked at before anything is read or written, and brought up to date when asked to."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from schemas.config.history import History
from streams.history.database import SchemaWrong, in_words, is_there, open_database

MIGRATIONS: Final = Path(__file__).parent / "migrations"
#: Two processes that migrate at once take turns by it: any number that nobody else uses.
TURN: Final = 5_216_044_117


def migrate(history: History) -> tuple[str | None, str]:
    """Make the tables, or bring them up to date; the version before (None: there was none), and the one now.

    Raises:
        SchemaWrong: the database is of a newer version than this one.
        Unreachable: it does not answer.
        JobFailed: it refuses us.

    """
    engine = open_database(history)
    try:
        with in_words(history), engine.begin() as connection:
            if not history.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
            before = _version(connection)
            _refuse_newer(history, before)
            command.upgrade(_config(connection), "head")
            return before, latest()
    finally:
        engine.dispose()


def see_version(history: History, engine: Engine) -> None:
    """See that the tables are those that this version knows. Raises as `migrate`, and SchemaWrong for older ones, too.

    Blocks as a question to the database does.
    """
    if not is_there(history):
        raise SchemaWrong(
            f"history: {history.place}: there is no such file; `infobip-streams history migrate` makes it"
        )
    with in_words(history), engine.connect() as connection:
        found = _version(connection)
    _refuse_newer(history, found)
    if found is None:
        raise SchemaWrong(
            f"history: {history.place}: it has no tables yet; `infobip-streams history migrate` makes them"
        )
    if found != latest():
        told = f"its tables are of version {found}, and this release needs {latest()}"
        raise SchemaWrong(f"history: {history.place}: {told}; `infobip-streams history migrate` upgrades them")


def latest() -> str:
    """The newest version there is a step to."""
    return str(_scripts().get_current_head())


def _refuse_newer(history: History, found: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if found is not None and found not in known:
        told = f"its tables are of version {found}, which is newer than this release ({latest()})"
        raise SchemaWrong(f"history: {history.place}: {told}: update infobip-streams")


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
