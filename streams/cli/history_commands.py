"""The commands for the database that messages are kept in, and nothing else."""

import json
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.configuration import ConfigPath, load
from streams.errors import ConfigurationError

if TYPE_CHECKING:
    from schemas.config.history import History
    from schemas.configuration import Configuration

UNKNOWN = 1

history_cli = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The database that messages and all that becomes of them are in."
)


@history_cli.callback()
def history() -> None:
    """Gather the commands below: of a single one the library would make a command without a name."""


@history_cli.command()
def migrate(config_path: ConfigPath = Path("jobs.yaml")) -> None:
    """Make the tables of the history, or bring them up to date; may be said at any time."""
    from streams.history.schema import migrate as migrate_schema

    database = database_of(load(config_path))
    before, now = migrate_schema(database)
    if before == now:
        typer.echo(f"{database.place}: its tables are of version {now} already")
    elif before is None:
        typer.echo(f"{database.place}: tables made, version {now}")
    else:
        typer.echo(f"{database.place}: tables upgraded from version {before} to {now}")


def trace(
    config_path: ConfigPath = Path("jobs.yaml"),
    message: Annotated[str | None, typer.Option(help="A message's id.", show_default=False)] = None,
    event: Annotated[str | None, typer.Option(help="A membership event's id.", show_default=False)] = None,
    profile: Annotated[str | None, typer.Option(help="A profile's id.", show_default=False)] = None,
    address: Annotated[str | None, typer.Option(help="A phone number or an email.", show_default=False)] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of steps as JSON, times in UTC.")] = False,
) -> None:
    """Tell the story of a message, an event, a profile or an address, in the order of time."""
    from streams.history.steps import as_json as story_as_json
    from streams.operating import trace as tracing

    question = tracing.question_of(message, event, profile, address)
    steps = tracing.trace(load(config_path), question, partial(typer.echo, err=True))
    if as_json:
        typer.echo(json.dumps(story_as_json(steps), indent=2, ensure_ascii=False))
    for line in () if as_json else tracing.lines(steps):
        typer.echo(line)
    if not steps:
        if not as_json:
            typer.echo(f"infobip-streams: nothing is known of {question.in_words}", err=True)
        raise typer.Exit(UNKNOWN)


def erase(
    config_path: ConfigPath = Path("jobs.yaml"),
    profile: Annotated[str | None, typer.Option(help="A profile's id.", show_default=False)] = None,
    address: Annotated[str | None, typer.Option(help="A phone number or an email.", show_default=False)] = None,
    *,
    in_infobip: Annotated[
        bool, typer.Option("--in-infobip", help="Delete the person in Infobip, too, in each account of the file.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nobody.")] = False,
) -> None:
    """Remove a person from the history, what jobs remember and Infobip, and say what cannot be reached."""
    import uvloop

    from streams.cli.erasing import erasure
    from streams.cli.erasing.unreached import unreached

    configuration = load(config_path)
    if not (yes or sys.stdin.isatty()):
        raise ConfigurationError(["erase: nobody can be asked here: say --yes"])
    complain = partial(typer.echo, err=True)
    found = uvloop.run(erasure.look(configuration, profile, address, complain, in_infobip=in_infobip))
    for line in erasure.lines(found):
        typer.echo(line)
    if not (yes or found.is_nothing):
        typer.confirm("Erase all of it?", abort=True)
    if not found.is_nothing:
        uvloop.run(erasure.erase(configuration, found, datetime.now(UTC), typer.echo))
    typer.echo(f"{'there is nothing to erase' if found.is_nothing else 'erased'}; not reached, and left as it is:")
    for line in unreached(configuration, datetime.now(UTC), found.left, in_infobip=in_infobip):
        typer.echo(f"  {line}")


def database_of(configuration: "Configuration") -> "History":
    """The database of a file. Raises ConfigurationError where it names none."""
    if configuration.history is None:
        raise ConfigurationError(["history: is missing, the database that messages are kept in"])
    return configuration.history
