"""The commands that hold a job and let it go on, and nothing else."""

import getpass
import socket
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from schemas.records.commands import CommandName
from streams.app.process import jobs_named
from streams.cli.dead_letter_commands import ConfigPath, load
from streams.jobs.shelf import lint
from streams.operating import pausing

Jobs = Annotated[list[str], typer.Argument(help="Names of jobs.", show_default=False)]


def pause(jobs: Jobs, config_path: ConfigPath = Path("jobs.yaml")) -> None:
    """Have every process stop reading jobs, until they are resumed; nobody leaves its group."""
    _say("pause", jobs, config_path)


def resume(jobs: Jobs, config_path: ConfigPath = Path("jobs.yaml")) -> None:
    """Have every process go on reading jobs that were paused, from where it was."""
    _say("resume", jobs, config_path)


def _say(command: CommandName, jobs: list[str], config_path: Path) -> None:
    configuration = load(config_path, lint)
    chosen = jobs_named(configuration, jobs)
    for line in uvloop.run(pausing.say(configuration, chosen, command, _whoever())):
        typer.echo(line)


def _whoever() -> str:
    """Whoever types this, as the system knows them; a container's user may have no name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"{user}@{socket.gethostname()}"
