"""The commands for the database that messages are kept in, and nothing else."""

from pathlib import Path

import typer

from schemas.config.history import History
from schemas.configuration import Configuration
from streams.cli.dead_letter_commands import ConfigPath, load
from streams.errors import ConfigurationError
from streams.history.schema import migrate as migrate_schema
from streams.jobs.shelf import lint

history_cli = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The database that messages and all that becomes of them are in."
)


@history_cli.callback()
def history() -> None:
    """Gather the commands below: of a single one the library would make a command without a name."""


@history_cli.command()
def migrate(config_path: ConfigPath = Path("jobs.yaml")) -> None:
    """Make the tables of the history, or bring them up to date; may be said at any time."""
    database = database_of(load(config_path, lint))
    before, now = migrate_schema(database)
    if before == now:
        typer.echo(f"{database.place}: its tables are of version {now} already")
    elif before is None:
        typer.echo(f"{database.place}: tables made, version {now}")
    else:
        typer.echo(f"{database.place}: tables upgraded from version {before} to {now}")


def database_of(configuration: Configuration) -> History:
    """The database of a file. Raises ConfigurationError where it names none."""
    if configuration.history is None:
        raise ConfigurationError(["history: is missing, the database that messages are kept in"])
    return configuration.history
