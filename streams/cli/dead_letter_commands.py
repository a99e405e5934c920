"""The commands for dead letters, and nothing else."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.configuration import ConfigPath, load, terminal
from streams.errors import ConfigurationError

dead_letters_cli = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What could not be used: list it, show it, send it back."
)

LetterNames = Annotated[
    list[str] | None, typer.Argument(help="Names, as `list` gives them.", metavar="NAME ...", show_default=False)
]
OfJob = Annotated[str | None, typer.Option("--job", help="Only this job's.", show_default=False)]
ForReason = Annotated[str | None, typer.Option("--reason", help="Only of this reason.", show_default=False)]
SinceWhen = Annotated[
    str | None,
    typer.Option(
        "--since", help="Only those of the last 15m, 2h or 3d, or since a time (RFC 3339).", show_default=False
    ),
]


@dead_letters_cli.command("list")
def list_letters(
    config_path: ConfigPath = Path("jobs.yaml"),
    job: OfJob = None,
    reason: ForReason = None,
    since: SinceWhen = None,
    limit: Annotated[int, typer.Option(min=1, help="No more than so many, the newest.")] = 100,
) -> None:
    """List dead letters, a line each, the newest at the end."""
    from streams.operating import dead_letters as letters

    which = letters.filter_of(job, reason, since, datetime.now(UTC))
    listing, marks = letters.listed(load(config_path, linted=False), which, limit)
    terminal().print(letters.as_table(listing, marks))
    typer.echo(letters.in_all(listing))


@dead_letters_cli.command("show")
def show_letter(
    names: Annotated[list[str], typer.Argument(help="Names, as `list` gives them.")],
    config_path: ConfigPath = Path("jobs.yaml"),
) -> None:
    """Show dead letters whole, as JSON."""
    from streams.operating import dead_letters as letters

    for one in letters.shown(load(config_path, linted=False), names):
        typer.echo(one.letter.model_dump_json(indent=2))


@dead_letters_cli.command("replay")
def replay_letters(
    names: LetterNames = None,
    config_path: ConfigPath = Path("jobs.yaml"),
    job: OfJob = None,
    reason: ForReason = None,
    since: SinceWhen = None,
    rate: Annotated[
        float | None, typer.Option("--rate", min=0.1, help="At most so many a second.", show_default=False)
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also those that were replayed before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be published.")] = False,
) -> None:
    """Publish dead letters back to the topic and partition they came from, each for the job that could not use it."""
    from streams.operating import dead_letters as letters
    from streams.operating.replays import Manner

    which = letters.filter_of(job, reason, since, datetime.now(UTC))
    if bool(names) == (every or which != letters.Filter()):
        raise ConfigurationError(["say either names, or which by --job, --reason and --since, or --all"])
    configuration, manner = load(config_path, linted=False), Manner(per_second=rate)
    if names:
        lines = letters.replay_named(configuration, names, manner, again=again, dry_run=dry_run)
    else:
        lines = letters.replay_filtered(configuration, which, manner, again=again, dry_run=dry_run)
    for line in lines:
        typer.echo(line)
