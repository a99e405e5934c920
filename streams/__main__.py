"""`python -m streams`: the same as the command `infobip-streams`."""

import gc
import os
import sys
from typing import NoReturn

from streams.app.signals import heed, raise_interrupts

#: Allocations before a search for garbage, and searches before one among what is older. Of what is imported nothing is
#: garbage, and looking for some as often as Python does by default takes a tenth of it.
COLLECT_AFTER = (100_000, 10, 10)


def open_what_is_closed() -> None:
    """Lead standard input, output and error nowhere where they are closed: else sockets and files get their numbers.

    What is written to standard error would be written into those; and uvloop aborts when it closes one.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003 - as it is called


def main() -> NoReturn:
    """Hear signals first, and then run the command line."""
    open_what_is_closed()
    heed(sys.argv[1:])
    gc.set_threshold(*COLLECT_AFTER)
    from streams.cli.main import main as commands  # noqa: PLC0415 - signals come before

    raise_interrupts()
    commands()


if __name__ == "__main__":
    main()
