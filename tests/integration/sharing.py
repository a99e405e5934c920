"""One broker for all processes of a run, kept by the process that hands out the tests.

It is started when the first test asks for it, and runs until the run ends. The processes meet in a folder: whoever
wants the broker leaves a word there, and finds the broker's address.
"""

import tempfile
import threading
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path

import orjson

from streams.errors import StreamsError
from tests.integration.brokers import Broker, any_broker
from tests.integration.harness import LOOK_SECONDS, until

WANTED, KEPT, FAILED = "wanted", "kept.json", "failed"
#: A container's image may have to be pulled, or Maven to fetch the jars.
PATIENCE_SECONDS = 280.0


class BrokerKeeper:
    """Starts the broker as soon as somebody wants it; for the process that hands out the tests."""

    def __init__(self) -> None:
        self._folder: AbstractContextManager[str] = tempfile.TemporaryDirectory(prefix="infobip-streams-shared-")
        self.folder = Path(self._folder.__enter__())
        self._ended = threading.Event()
        # The broker ends with the thread that started it, so this one stays until the end.
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()

    def end(self) -> None:
        """Stop the broker."""
        self._ended.set()
        self._thread.join()
        self._folder.__exit__(None, None, None)

    def _keep(self) -> None:
        while not (self.folder / WANTED).exists():
            if self._ended.wait(LOOK_SECONDS):
                return
        try:
            with any_broker() as broker:
                self._say(KEPT, orjson.dumps(asdict(replace(broker, node=None))))
                self._ended.wait()
        except StreamsError as error:
            self._say(FAILED, str(error).encode())

    def _say(self, name: str, content: bytes) -> None:
        fresh = self.folder / f"{name}.fresh"
        fresh.write_bytes(content)
        fresh.rename(self.folder / name)


def borrow(folder: Path) -> Broker:
    """Return the broker that is kept for everybody: nobody may stop it.

    Raises:
        StreamsError: there is none.

    """
    (folder / WANTED).touch()
    kept, failed = folder / KEPT, folder / FAILED
    until(lambda: kept.exists() or failed.exists(), "the broker of all processes is there", PATIENCE_SECONDS)
    if failed.exists():
        raise StreamsError(failed.read_text())
    return Broker(**orjson.loads(kept.read_bytes()))
