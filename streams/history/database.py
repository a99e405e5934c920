"""The database opened, and what goes wrong there in words that name the place, and never user or password."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from schemas.config.history import POSTGRESQL, History
from streams.errors import JobFailed, Unreachable

#: Whoever waits longer for a connection, a lock or a statement tries again: a member of a group must go on polling.
CONNECT_SECONDS, LOCK_SECONDS, STATEMENT_SECONDS = 5, 20, 120
#: A connection that is silent for so long is dead.
SILENT_SECONDS = 20
#: SQLite waits for so long for another process that writes.
BUSY_SECONDS = 30
#: PostgreSQL's codes, by their first two characters, of what passes by itself: connections, locks and deadlocks, full
#: disks and full servers, servers that start or stop (https://www.postgresql.org/docs/current/errcodes-appendix.html).
PASSING = ("08", "40", "53", "55", "57", "58")
#: Those of a login, a name or a permission that is wrong.
REFUSED = ("28", "3D", "42501")
#: What is wrong with a file of SQLite's that no patience mends.
SQLITE_REFUSALS = ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN")
#: What is raised where rows are written past SQLAlchemy.
_DRIVERS: tuple[type[Exception], ...] = (sqlite3.Error,)
if find_spec("psycopg") is not None:
    _DRIVERS = (*_DRIVERS, import_module("psycopg").Error)
_LIBPQ = {
    "connect_timeout": CONNECT_SECONDS,
    "application_name": "infobip-streams",
    "keepalives_idle": SILENT_SECONDS,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": SILENT_SECONDS * 1000,
}


class SchemaWrong(JobFailed):
    """The tables are not there, or of another version than this one's."""


def open_database(history: History, *, reads_only: bool = False) -> Engine:
    """An engine of one connection at a time, which is made when it is first needed.

    Raises:
        JobFailed: what PostgreSQL needs is not installed.

    """
    url = _url(history)
    try:
        if history.is_sqlite:
            return _sqlite(url, reads_only=reads_only)
        engine = create_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True, connect_args=_postgresql(url))
    except (NoSuchModuleError, ModuleNotFoundError):
        text = "PostgreSQL needs the package psycopg: in the folder of this service, pip install '.[postgres]'"
        raise JobFailed(f"history.url: {text}") from None
    return engine


def _url(history: History) -> URL:
    url = make_url(history.url.get_secret_value())
    return url.set(drivername="postgresql+psycopg") if url.drivername == POSTGRESQL else url


def _postgresql(url: URL) -> dict[str, Any]:
    """Settings of libpq's, behind those that the address has itself."""
    limits = f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s -c timezone=UTC"
    ours = {name: value for name, value in _LIBPQ.items() if name not in url.query}
    return {**ours, "options": f"{url.query.get('options', '')} {limits}".strip()}


def _sqlite(url: URL, *, reads_only: bool) -> Engine:
    engine = create_engine(url, pool_size=1, max_overflow=0, connect_args={"timeout": BUSY_SECONDS})
    begin = "BEGIN" if reads_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, and by nobody else
        cursor = connection.cursor()
        if not reads_only:
            cursor.execute("PRAGMA journal_mode=WAL")
        # A crash of the machine may take the last transactions, rows and positions alike: they are read again.
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def is_there(history: History) -> bool:
    """Whether there is a database to open; a server is asked later. SQLite would make the file."""
    return not history.is_sqlite or Path(history.place).is_file()


@contextmanager
def in_words(history: History) -> Iterator[None]:
    """Say what a database answered.

    Raises:
        Unreachable: it is away, busy or full: what was asked for may be done later.
        JobFailed: no patience mends it. Neither shows a value of a row.

    """
    try:
        yield
    except DBAPIError as error:
        _raise(history, error.orig)
    except _DRIVERS as error:
        _raise(history, error)
    except SQLAlchemyError as error:
        raise JobFailed(f"history: {history.place}: {type(error).__name__}") from None
    except OSError as error:
        raise Unreachable(f"history: {history.place}: {error.strerror}") from None


def _raise(history: History, origin: Any) -> NoReturn:
    state = getattr(origin, "sqlstate", None)
    name = getattr(origin, "sqlite_errorname", "") or ""
    where = f"history: {history.place}"
    if state is not None and state.startswith(REFUSED):
        raise JobFailed(f"{where}: the server refuses us ({_told(state)}): see history.url") from None
    if state is not None and not state.startswith(PASSING):
        raise JobFailed(f"{where}: the server answered {state} ({type(origin).__name__})") from None
    if name.startswith(SQLITE_REFUSALS):
        raise JobFailed(f"{where}: {_FILE_FAULTS.get(name, 'it cannot be used')} ({name})") from None
    if name and not name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR")):
        raise JobFailed(f"{where}: SQLite answered {name}") from None
    raise Unreachable(f"{where}: {_away(state, name, origin)}") from None


_FILE_FAULTS = {
    "SQLITE_NOTADB": "the file is no database of SQLite's",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_READONLY": "the file may not be written",
    "SQLITE_CANTOPEN": "the file cannot be opened: are its folder and the permissions there?",
}


def _told(state: str) -> str:
    if state.startswith("28"):
        return "user or password"
    return "there is no such database" if state == "3D000" else "what it must not do: grant it"


def _away(state: str | None, name: str, origin: Any) -> str:
    if name:
        return "another process is writing" if "BUSY" in name or "LOCKED" in name else f"it cannot be written ({name})"
    if state is not None:
        return f"it is busy or away ({state})"
    # libpq tells of no code while it connects; its words name host and port, and perhaps the user.
    text = str(origin)
    if "password authentication failed" in text or "no pg_hba.conf entry" in text:
        return "the server refuses user or password"
    return next((word for word in _WORDS if word in text), "it does not answer")


_WORDS = (
    "Connection refused",
    "timeout expired",
    "could not translate host name",
    "failed to resolve host",
    "Network is unreachable",
    "server closed the connection unexpectedly",
    "certificate verify failed",
    "does not exist",
    "starting up",
    "shutting down",
)
