"""The commands for subscriptions to inbound messages, and nothing else."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.configuration import ConfigPath, load
from streams.errors import ConfigurationError

subscriptions_cli = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What Infobip tells jobs that receive messages: show it, end it."
)

Receivers = Annotated[
    list[str] | None, typer.Argument(help="Names of jobs; all that receive messages by default.", show_default=False)
]


@subscriptions_cli.command("list")
def list_subscriptions(config_path: ConfigPath = Path("jobs.yaml"), jobs: Receivers = None) -> None:
    """Show each job's subscription at Infobip, a line each, and how it stands."""
    import uvloop

    from streams.cli import subscriptions

    configuration = load(config_path)
    chosen = subscriptions.receivers_named(configuration, jobs or [])
    for line in subscriptions.lines(uvloop.run(subscriptions.gather(configuration, chosen))):
        typer.echo(line)


@subscriptions_cli.command("remove")
def remove_subscriptions(
    config_path: ConfigPath = Path("jobs.yaml"),
    jobs: Receivers = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nobody.")] = False,
) -> None:
    """End the subscriptions of jobs that are stopped; nobody else's is touched."""
    import uvloop

    from streams.cli import subscriptions

    configuration = load(config_path)
    chosen = subscriptions.receivers_named(configuration, jobs or [])
    if not (yes or sys.stdin.isatty()):
        raise ConfigurationError(["subscriptions remove: nobody can be asked here: say --yes"])
    subscriptions.see_that_none_lives(configuration, chosen, datetime.now(UTC), "subscribe again")
    found = uvloop.run(subscriptions.gather(configuration, chosen))
    if not yes:
        for line in subscriptions.lines(found):
            typer.echo(line)
        typer.confirm("End those that are ours?", abort=True)
    uvloop.run(subscriptions.remove(configuration, found, typer.echo))
