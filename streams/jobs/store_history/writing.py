"""One write to the database at a time, in a thread of its own, and what it leads to once it has succeeded."""

from collections.abc import Callable, Sequence
from threading import Thread

from streams.history.places import Step


class Writing:
    """What is being written, if anything is; begun, waited for and finished by one thread."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._steps: Sequence[Step] = ()
        self._failure: Exception | None = None

    def begin(self, write: Callable[[], None], steps: Sequence[Step]) -> None:
        """Begin to write; the one before must be finished."""
        self._steps = steps
        # A daemon: the process does not wait at its end for a database that hangs.
        self._thread = Thread(target=self._run, args=(write,), name="history-write", daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether something was begun that only waits to be finished."""
        return self._thread is not None and not self._thread.is_alive()

    def wait(self) -> None:
        """Wait until nothing is being written any more; how that ended is told by `finish`."""
        if self._thread is not None:
            self._thread.join()

    def finish(self) -> Sequence[Step]:
        """Wait, and return the steps that were done since; raises what the write has raised."""
        self.wait()
        self._thread = None
        if self._failure is not None:
            raise self._failure
        steps, self._steps = self._steps, ()
        return steps

    def _run(self, write: Callable[[], None]) -> None:
        try:
            write()
        except Exception as failure:  # noqa: BLE001 - whatever it was, it is raised where it is waited for
            self._failure = failure
