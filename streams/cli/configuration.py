"""The file that commands go by, and where they print tables: what they all begin with."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from schemas.configuration import Configuration

ConfigPath = Annotated[Path, typer.Option("--config", "-c", help="The configuration, jobs.yaml.")]


def load(path: Path, *, linted: bool = True) -> "Configuration":
    """Read jobs.yaml, beside which modules of the operator's may lie.

    Without `linted` nobody looks for what only kinds, files and this machine can say of its jobs: enough for whoever
    starts none.

    Raises:
        ConfigurationError: every fault.

    """
    from streams.config import load as config
    from streams.jobs.shelf import lint
    from streams.kafka.security_files import find_beside, security_faults

    find_beside(path.parent.resolve())
    return config.load(path, os.environ, lint if linted else config.nothing_else, security_faults)


def terminal() -> "Console":
    """Where tables go; where nobody looks on, none is cut to the width of a terminal."""
    from rich.console import Console

    # Standard output may be closed; then there is none.
    return Console(width=None if sys.stdout is not None and sys.stdout.isatty() else 200)
