"""The commands that hold a job and let it go on, and nothing else."""

import getpass
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.configuration import ConfigPath, load

if TYPE_CHECKING:
    from schemas.records.commands import CommandName

Jobs = Annotated[list[str], typer.Argument(help="Names of jobs.", show_default=False)]


def pause(jobs: Jobs, config_path: ConfigPath = Path("jobs.yaml")) -> None:
    """Have every process stop reading jobs, until they are resumed; nobody leaves its group."""
    _say("pause", jobs, config_path)


def resume(jobs: Jobs, config_path: ConfigPath = Path("jobs.yaml")) -> None:
    """Have every process go on reading jobs that were paused, from where it was."""
    _say("resume", jobs, config_path)


def _say(command: "CommandName", jobs: list[str], config_path: Path) -> None:
    import uvloop

    from streams.jobs.shelf import jobs_named
    from streams.operating import pausing

    configuration = load(config_path)
    chosen = jobs_named(configuration, jobs)
    for line in uvloop.run(pausing.say(configuration, chosen, command, whoever())):
        typer.echo(line)


def whoever() -> str:
    """Whoever types this, as the system knows them; a container's user may have no name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"{user}@{socket.gethostname()}"
