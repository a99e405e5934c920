"""`python -m streams`: the same as the command `infobip-streams`."""

import gc
import sys
from typing import NoReturn

from streams.app.signals import heed

#: Allocations before a search for garbage, and searches before one among what is older. Of what is imported nothing is
#: garbage, and looking for some as often as Python does by default takes a tenth of it.
COLLECT_AFTER = (100_000, 10, 10)


def main() -> NoReturn:
    """Hear signals first, and then run the command line."""
    heed(sys.argv[1:])
    gc.set_threshold(*COLLECT_AFTER)
    from streams.cli.main import main as commands  # noqa: PLC0415 - signals come before

    commands()


if __name__ == "__main__":
    main()
