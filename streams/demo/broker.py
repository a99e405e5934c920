"""An embedded Kafka-compatible broker for the demo: the `noida-db` binary that its wheel ships.

It serves one process well. It does not survive being killed and never evicts a dead member of a group, so nothing that
is about faults may be shown on it.
"""

import os
import socket
import subprocess
import tempfile
import time
from importlib.resources import files
from pathlib import Path
from typing import NoReturn, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams.errors import StreamsError
from streams.kafka.threads import in_own_thread

START_SECONDS = 20.0
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.1
EXECUTABLE = 0o755


class EmbeddedBroker:
    """A broker on a free port of this machine, gone with its data when left."""

    def __init__(self) -> None:
        self._binary = _binary()
        self._folder = tempfile.TemporaryDirectory(prefix="infobip-streams-broker-")
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        """Start it, and return when it serves."""
        folder = Path(self._folder.name)
        options = ["--only", "kafka", "--kafka-port", str(self._port), "--data-dir", str(folder / "data")]
        with (folder / "broker.log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(self._binary), "start", *options],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait(folder / "broker.log")
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, and remove its data."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()

    async def ended(self) -> NoReturn:
        """Wait until it has ended. Raises StreamsError, which says so."""
        code = None if self._process is None else await in_own_thread(self._process.wait)
        raise StreamsError(f"the embedded broker has ended before its time, with exit code {code}")

    def _wait(self, log: Path) -> None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        deadline = time.monotonic() + START_SECONDS
        while self._process is not None and self._process.poll() is None and time.monotonic() < deadline:
            try:
                admin.list_topics(timeout=1)
            except KafkaException:
                time.sleep(LOOK_SECONDS)
            else:
                return
        said = log.read_text(errors="replace").strip().splitlines()[-1:] or ["nothing"]
        self.__exit__()
        raise StreamsError(f"the embedded broker did not start; its last line: {said[0]}")


def _binary() -> Path:
    try:
        binary = Path(str(files("noida_db"))) / "noida-db"
    except ModuleNotFoundError:
        told = "the embedded broker is not installed: in the folder of this service, pip install '.[demo]'"
        raise StreamsError(told) from None
    # Installers do not all keep the mode of what a wheel ships; where they do, the file may belong to somebody else.
    if not os.access(binary, os.X_OK):
        binary.chmod(EXECUTABLE)
    return binary


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
