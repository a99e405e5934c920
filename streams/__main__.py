"""`python -m streams`: the same as the command `infobip-streams`."""

import gc
import sys
from typing import NoReturn

from streams.app.signals import heed


def main() -> NoReturn:
    """Hear signals first, and then run the command line."""
    heed(sys.argv[1:])
    gc.disable()  # nothing of what is imported is garbage, and looking for some takes a tenth of it
    from streams.cli.main import main as commands  # noqa: PLC0415 - it takes a second, and signals come before

    gc.enable()
    commands()


if __name__ == "__main__":
    main()
