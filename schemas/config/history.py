"""Where the history of messages is kept, and for how long."""

import re
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WithJsonSchema

from schemas.config.settings import Settings
from schemas.config.values import Duration

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_SQLITE = f"{SQLITE}:///"
_EXAMPLES = "such as sqlite:///history.db or postgresql://user:password@db.example.com/history"
_is_name = re.compile(r"[A-Za-z0-9_.-]+").fullmatch


def _text(given: object) -> object:
    """Take the text of a secret as it is, and the other name of PostgreSQL that its own tools take, too."""
    said = given.get_secret_value() if isinstance(given, SecretStr) else given
    return re.sub(r"^postgres://", f"{POSTGRESQL}://", said) if isinstance(said, str) else given


def _database_url(url: SecretStr) -> SecretStr:
    """Refuse what names no database; nothing that is said repeats the address, which may hold a password."""
    text = url.get_secret_value()
    scheme, found, _ = text.partition("://")
    if not found or scheme not in (SQLITE, POSTGRESQL):
        raise ValueError(f"must be the address of a database, {_EXAMPLES}")
    (_check_sqlite if scheme == SQLITE else _check_postgresql)(text)
    return url


def _check_sqlite(text: str) -> None:
    path = text.removeprefix(_SQLITE)
    if path == text or not path or path.endswith("/") or "\0" in path:
        raise ValueError("must name a file behind sqlite:///, such as sqlite:///history.db")
    if path == ":memory:":
        raise ValueError("must name a file: what is kept in memory is gone with the process")
    if "?" in path:
        raise ValueError("must end with the name of the file: options behind ? are not taken")


def _check_postgresql(text: str) -> None:
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise ValueError(f"the host or the port cannot be read; it is {_EXAMPLES}") from None
    if not host and "host=" not in parts.query:
        raise ValueError("must name the host of the server, and what is no letter or digit in a password as %XX")
    if port == 0:
        raise ValueError("the port must be between 1 and 65535")
    if not _is_name(unquote(parts.path.removeprefix("/"))):
        raise ValueError("must end with the name of the database, such as postgresql://db.example.com/history")
    if parts.fragment:
        raise ValueError("must not hold a #; in a password it is written %23")


DatabaseUrl = Annotated[
    SecretStr,
    AfterValidator(_database_url),
    BeforeValidator(_text),
    WithJsonSchema({"type": "string", "pattern": r"^(sqlite:///|postgres(ql)?://|\$\{).+"}),
]


class History(Settings):
    """The database that jobs of kind `store_history` fill, and that `trace` asks."""

    url: DatabaseUrl = Field(
        description="The database: sqlite:/// and a file, which is looked for from the folder of jobs.yaml, or "
        "postgresql:// with user, password, host and name (PostgreSQL 14 or newer; libpq's parameters such as "
        "?sslmode=verify-full are taken). Example: sqlite:///history.db"
    )
    retention: Duration | None = Field(
        None,
        description="For how long rows are kept, counted from when they came; older ones are deleted. Default: for "
        "ever. Example: {days: 400}",
    )

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite's."""
        return self.url.get_secret_value().startswith(_SQLITE)

    @property
    def place(self) -> str:
        """Where it is, as errors may say it: the file, or the host and the name; never user or password."""
        text = self.url.get_secret_value()
        if self.is_sqlite:
            return text.removeprefix(_SQLITE)
        parts = urlsplit(text)
        port = "" if parts.port is None else f":{parts.port}"
        return f"{parts.hostname or 'the local socket'}{port}{parts.path}"


def in_folder(url: str, folder: str) -> str:
    """The same address, with the file of SQLite's looked for from a folder; that of a server stays."""
    path = url.removeprefix(_SQLITE)
    if path == url or not path or path.startswith(("/", ":memory:")):
        return url
    return f"{_SQLITE}{folder}/{path}"
