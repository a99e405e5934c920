"""What is told of work while it is done, to whoever counts it; handed down from above, and by default nobody's.

Told once for each window, call or body, never for each event. Whoever is told must neither block nor raise, and may be
told from any thread.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Protocol

#: Headers of a record.
Headers = Sequence[tuple[str, bytes | None]]


class JobObserver(Protocol):
    """Who is told of the work of one job in this process."""

    def window(self, contexts: Callable[[], Iterable[Headers]], /) -> AbstractContextManager[None]:
        """A window is carried out while the block runs; `contexts` gives the traces that its events belong to."""

    def in_flight(self, windows: int) -> None:
        """So many windows are on their way at present."""

    def settled(self, outcomes: Iterable[tuple[str, int]], seconds: float) -> None:
        """A window is done, after so long: how many of its events ended in each outcome."""

    def buried(self, reasons: Iterable[str]) -> None:
        """Dead letters were written, each for a reason."""

    def sent(self, messages: Iterable[tuple[str, str]]) -> None:
        """Messages were handed over, or refused: the channel and the status of each."""

    def committed(self) -> None:
        """It was written down how far the work has come."""

    def lags(self, events: int, age_seconds: float) -> None:
        """So many events of this process's partitions are not done, the oldest of them for so long."""

    def ordered(self, people: int) -> None:
        """So many people are ordered to be repaired by this process, and are not yet."""

    def reached(self, modified_at: datetime | None) -> None:
        """An import has read everybody who was modified before; None: nobody yet."""

    def rests(self) -> None:
        """The job does not work any more, or begins anew: what was true of a moment is so no longer."""


class CallObserver(Protocol):
    """Who is told of calls to Infobip, by the authorization and the operation."""

    def tried(self, authorization: str, operation: str, status: int, seconds: float, per_second: float) -> None:
        """One try is over after so long on the wire: its HTTP status, 0 where no answer came, and the limit."""

    def repeated(self, authorization: str, operation: str) -> None:
        """A call is to be tried once more."""


class ReportObserver(Protocol):
    """Who is told of what Infobip tells: what of which channel."""

    def told(self, what: str, channel: str, records: int, unreadable: int) -> None:
        """So many records of it were written, and so many dead letters of what nobody could read."""

    def refused(self, status: int) -> None:
        """A request was refused, or put off (503)."""


class Unobserved:
    """Nobody: tells no one."""

    def window(self, _: Callable[[], Iterable[Headers]], /) -> AbstractContextManager[None]:
        """Tell no one."""
        return nullcontext()

    def in_flight(self, windows: int) -> None:
        """Tell no one."""

    def settled(self, outcomes: Iterable[tuple[str, int]], seconds: float) -> None:
        """Tell no one."""

    def buried(self, reasons: Iterable[str]) -> None:
        """Tell no one."""

    def sent(self, messages: Iterable[tuple[str, str]]) -> None:
        """Tell no one."""

    def committed(self) -> None:
        """Tell no one."""

    def lags(self, events: int, age_seconds: float) -> None:
        """Tell no one."""

    def ordered(self, people: int) -> None:
        """Tell no one."""

    def reached(self, modified_at: datetime | None) -> None:
        """Tell no one."""

    def rests(self) -> None:
        """Tell no one."""

    def tried(self, authorization: str, operation: str, status: int, seconds: float, per_second: float) -> None:
        """Tell no one."""

    def repeated(self, authorization: str, operation: str) -> None:
        """Tell no one."""

    def told(self, what: str, channel: str, records: int, unreadable: int) -> None:
        """Tell no one."""

    def refused(self, status: int) -> None:
        """Tell no one."""


UNOBSERVED = Unobserved()
