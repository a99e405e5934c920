"""The command that writes schemas, and nothing else."""

import json
from pathlib import Path
from typing import Annotated

import typer


def schema(
    out_dir: Annotated[Path | None, typer.Option("--out", help="Where to write; standard output without it.")] = None,
) -> None:
    """Write the JSON Schemas of all records, jobs.schema.json, and all topics as asyncapi.yaml."""
    from streams.cli.schema_files import contents, texts

    if out_dir is None:
        typer.echo(json.dumps(contents(), indent=2))
        return
    out_dir.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (out_dir / name).write_text(text, encoding="utf-8")
        typer.echo(str(out_dir / name))
