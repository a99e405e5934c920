"""`python -m streams`: the same as the command `infobip-streams`."""

import sys
from typing import NoReturn

from streams.app.signals import heed


def main() -> NoReturn:
    """Hear signals first, and then run the command line."""
    heed(sys.argv[1:])
    from streams.cli.main import main as commands  # noqa: PLC0415 - it takes a second, and signals come before

    commands()


if __name__ == "__main__":
    main()
