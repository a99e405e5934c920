"""A PostgreSQL server of the tests' own, from the machine's package; it outlives its restarts."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

from tests.integration.apache_kafka import LOOK_SECONDS, free_ports

USERNAME, PASSWORD = "tester", "p@ss:wörd/1"
DATABASE = "history"
START_SECONDS = 60.0
#: Where Debian's packages put the server's programs, the newest first.
FOLDERS = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
#: Tests lose no power.
FAST = ("fsync=off", "full_page_writes=off")


def programs() -> Path | None:
    """Where the server's programs are; None where it is not installed."""
    found = next((folder for folder in FOLDERS if (folder / "initdb").exists()), None)
    if found is None and (path := shutil.which("initdb")) is not None:
        return Path(path).parent
    return found


class PostgreSQL:
    """One server; its data lie in a folder of their own, which goes with it."""

    def __init__(self, settings: Sequence[str] = FAST) -> None:
        found = programs()
        assert found is not None, "PostgreSQL is not installed: see `need` in .ci/run"
        self._programs, self._settings = found, settings
        self._folder = Path(tempfile.mkdtemp(prefix="infobip-streams-postgresql-"))
        self._user = _somebody()
        self._process: subprocess.Popen[bytes] | None = None
        (self.port,) = free_ports(1)
        if self._user is not None:
            os.chown(self._folder, self._user, -1)
        self._make()

    @property
    def url(self) -> str:
        """The address as jobs.yaml has it; what is no letter in the password is escaped."""
        return f"postgresql://{USERNAME}:p%40ss%3Aw%C3%B6rd%2F1@127.0.0.1:{self.port}/{DATABASE}"

    def connect(self, database: str = DATABASE) -> "psycopg.Connection[tuple[object, ...]]":
        """Connect as a client does."""
        where = {"host": "127.0.0.1", "port": self.port, "dbname": database}
        return psycopg.connect(user=USERNAME, password=PASSWORD, connect_timeout=5, autocommit=True, **where)  # type: ignore[arg-type]

    def start(self) -> None:
        """Start it, and return when it serves."""
        given = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *self._settings]
        options = [part for setting in given for part in ("-c", setting)]
        with (self._folder / "server.log").open("ab") as log:
            command = [str(self._programs / "postgres"), "-D", str(self._folder / "data"), *options]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, user=self._user, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while not self._serves():
            assert time.monotonic() < deadline, "PostgreSQL did not start in time"
            time.sleep(LOOK_SECONDS)

    def anew(self) -> None:
        """Have an empty database."""
        with self.connect("postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it at once, connections or not; SIGQUIT is a crash. Nothing to do when it does not run."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)
            self._process = None

    def end(self) -> None:
        """Stop it for good."""
        self.stop()
        shutil.rmtree(self._folder)

    def _serves(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "server.log").read_text()[-2000:]
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _make(self) -> None:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        if self._user is not None:
            os.chown(password, self._user, -1)
        options = ["-A", "scram-sha-256", "-U", USERNAME, f"--pwfile={password}", "-E", "UTF8", "--no-locale", "-N"]
        command = [str(self._programs / "initdb"), "-D", str(self._folder / "data"), *options]
        subprocess.run(command, check=True, capture_output=True, user=self._user, cwd=self._folder)


def _somebody() -> int | None:
    """Whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return known.get("postgres", known["nobody"])
