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
    if command in LASTING:
        for number in endings():
            signal.signal(number, partial(_leave, 0))
        return
    signal.signal(signal.SIGTERM, partial(_leave, 128 + signal.SIGTERM))
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored, and stays so
        signal.signal(signal.SIGINT, _INTERRUPTED)


def raise_interrupts() -> None:
    """Have Ctrl-C raise KeyboardInterrupt again, which commands know, and what is being imported does not."""
    if signal.getsignal(signal.SIGINT) is _INTERRUPTED:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(code: int, *_: Any) -> None:
    # No exception: what is being imported might catch it.
    if sys.stdout is not None:  # it may be closed
        with suppress(RuntimeError):  # it is being written to at this very moment, so it will not let itself be flushed
            sys.stdout.flush()
    os._exit(code)


_INTERRUPTED = partial(_leave, 128 + signal.SIGINT)
