"""How an import shows how far it is: a bar for a person, lines for a log."""

import logging
import sys
import time
from collections.abc import Callable
from functools import cache

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

log = logging.getLogger("streams.progress")

EVERY_SECONDS = 10.0


class Rate:
    """How fast a run goes, from what it had done when it was first looked at."""

    def __init__(self, done: int, clock: Callable[[], float]) -> None:
        self._began, self._before, self._clock = clock(), done, clock

    def per_second(self, done: int) -> float:
        """People a second until now; 0 at the beginning."""
        seconds = self._clock() - self._began
        return (done - self._before) / seconds if seconds > 0 else 0.0


class BarProgress:
    """People done, of how many, how many a second, and the time left."""

    def __init__(self, job: str, console: Console) -> None:
        self._job, self._console = job, console
        self._progress: Progress | None = None
        self._task, self._pace = TaskID(0), Rate(0, console.get_time)

    def moved(self, done: int, expected: int | None) -> None:
        """Draw anew; the first time, begin."""
        if self._progress is None:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
            )
            self._progress = Progress(*columns, console=self._console)
            self._task = self._progress.add_task(f"{self._job}: people", total=expected, rate="")
            self._progress.start()
            self._pace = Rate(done, self._console.get_time)
        per_second = self._pace.per_second(done)
        # More may come than were counted: people go on changing.
        total = None if expected is None else max(expected, done)
        rate = f"{per_second:,.0f}/s" if per_second else ""
        self._progress.update(self._task, completed=done, total=total, rate=rate)

    def ended(self) -> None:
        """Leave the bar as it is."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class LogProgress:
    """A line now and then."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._pace: Rate | None = None
        self._said_at = 0.0

    def moved(self, done: int, expected: int | None) -> None:
        """Say so, unless it was said a moment ago."""
        now = time.monotonic()
        if self._pace is None:
            self._pace, self._said_at = Rate(done, time.monotonic), now
        elif now - self._said_at >= EVERY_SECONDS:
            self._said_at = now
            rate = self._pace.per_second(done)
            left = "?" if expected is None or rate <= 0 else f"{max(0, expected - done) / rate:.0f}"
            log.info(
                "import_progress job=%s people=%d of=%s per_second=%.0f seconds_left=%s",
                *(self._job, done, "?" if expected is None else expected, rate, left),
            )

    def ended(self) -> None:
        """Begin anew with the next run."""
        self._pace = None


def progress_of(job: str) -> BarProgress | LogProgress:
    """What suits whoever looks at standard error."""
    return BarProgress(job, _terminal()) if sys.stderr.isatty() else LogProgress(job)


@cache
def _terminal() -> Console:
    """One for all jobs, so that their bars stand below each other."""
    return Console(stderr=True)
