"""Which signals end this process politely, from its first moments on.

Nothing is imported here that takes time: the rest of the service needs a second, in which a signal would kill the
process, or, where it is the first of its container, be lost.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

POLITE = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
#: Commands that go on until they are told to end, which then is what was asked for.
LASTING = frozenset({"console", "run", "receive", "simulator"})


def endings() -> list[signal.Signals]:
    """The signals that end a lasting command; not SIGHUP where nohup has it ignored."""
    return [one for one in POLITE if one is not signal.SIGHUP or signal.getsignal(one) is not signal.SIG_IGN]


def heed(arguments: Sequence[str]) -> None:
    """Leave at once when told to: nothing has begun yet, and there is nothing to finish. Commands may do otherwise."""
    command = next((one for one in arguments if not one.startswith("-")), "")
    for number in endings() if command in LASTING else [signal.SIGTERM]:
        signal.signal(number, partial(_leave, 0 if command in LASTING else 128 + number))


def _leave(code: int, *_: Any) -> None:
    # No exception: what is being imported might catch it.
    if sys.stdout is not None:  # it may be closed
        with suppress(RuntimeError):  # it is being written to at this very moment, so it will not let itself be flushed
            sys.stdout.flush()
    os._exit(code)
