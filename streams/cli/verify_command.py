"""The command that holds Infobip against Kafka, and nothing else."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.configuration import ConfigPath, load
from streams.errors import ConfigurationError

#: Something differs: neither a failure nor a wrong command line.
DRIFT = 3


def verify(
    job: Annotated[str, typer.Argument(help="The job's name; an export.")],
    config_path: ConfigPath = Path("jobs.yaml"),
    sample: Annotated[
        int | None,
        typer.Option(
            help="Compare so many members, the same ones each time, and counts; all by default.", show_default=False
        ),
    ] = None,
    *,
    fields: Annotated[bool, typer.Option("--fields", help="Also compare the fields of `map_fields`.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell whether Infobip holds what Kafka says of an export: who lacks a tag, and who has one in vain."""
    import uvloop

    from streams.cli import verifying

    if sample is not None and sample < 1:
        raise ConfigurationError([f"--sample: must be at least 1, not {sample}"])
    configuration = load(config_path, linted=False)
    chosen = verifying.export_named(configuration, job)
    say = partial(typer.echo, err=True)
    found = uvloop.run(verifying.verify(configuration, chosen, sample=sample, fields=fields, say=say))
    for line in [found.model_dump_json(indent=2)] if as_json else verifying.lines(found):
        typer.echo(line)
    if not found.equal:
        raise typer.Exit(DRIFT)
