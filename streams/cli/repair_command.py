"""The command that makes Infobip equal to what Kafka says, and nothing else."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.configuration import ConfigPath, load
from streams.errors import ConfigurationError

#: More is to change than may be without being forced, or something still differs.
DRIFT = 3
MAX = "5%"


def repair(
    job: Annotated[str, typer.Argument(help="The job's name; an export that is running.")],
    config_path: ConfigPath = Path("jobs.yaml"),
    most: Annotated[
        str, typer.Option("--max", help="Do nothing where more than this part of all people is to change.")
    ] = MAX,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Change more than --max; and remove tags though Kafka does not tell of all.")
    ] = False,
    fields: Annotated[bool, typer.Option("--fields", help="Also bring fields of `map_fields` up to date.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Give up what was ordered and is not done yet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make Infobip hold what Kafka says of an export: by the processes that run it, and behind newer events."""
    import uvloop

    from streams.cli import repairing, verifying

    percent = percent_of(most)
    configuration = load(config_path, linted=False)
    chosen = verifying.export_named(configuration, job)
    say = partial(typer.echo, err=True)
    if stop:
        typer.echo(uvloop.run(repairing.stop(configuration, chosen)))
        return
    options = repairing.Options(percent, dry_run=dry_run, force=force, fields=fields)
    found = uvloop.run(repairing.repair(configuration, chosen, options, say=say))
    for line in [found.model_dump_json(indent=2)] if as_json else repairing.lines(found):
        typer.echo(line)
    if found.ended not in ("equal", "planned"):
        raise typer.Exit(DRIFT)


def percent_of(text: str) -> float:
    """Read a part such as `5%`.

    Raises:
        ConfigurationError: it is none.

    """
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not text.endswith("%") or not 0 <= percent <= 100:  # noqa: PLR2004 - of a hundred
        raise ConfigurationError([f"--max: must be a part from 0% to 100%, such as 5%, not {text!r}"])
    return percent
