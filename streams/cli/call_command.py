"""The command that makes one call, and nothing else."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.configuration import ConfigPath, load
from streams.errors import ConfigurationError

STANDARD_INPUT = "-"


def call(
    method: Annotated[str, typer.Argument(help="GET, POST, PATCH, DELETE or PUT.")],
    path: Annotated[str, typer.Argument(help="A path of the account, such as /people/2/tags.")],
    config_path: ConfigPath = Path("jobs.yaml"),
    authorization: Annotated[
        str | None,
        typer.Option("--authorization", "-a", help="The authorization's name; the only one's by default."),
    ] = None,
    query: Annotated[list[str] | None, typer.Option(help="A parameter, such as limit=5.", show_default=False)] = None,
    header: Annotated[
        list[str] | None, typer.Option(help="A header, such as 'X-Team: growth'.", show_default=False)
    ] = None,
    body: Annotated[str | None, typer.Option(help="The body: JSON, @FILE, or - for standard input.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All pages of a list, as one list.")] = False,
) -> None:
    """Make one call with the account's key, limits and retries, and print the answer as JSON."""
    import uvloop

    from streams.cli import calling
    from streams.cli.call_request import read_request

    configuration = load(config_path, linted=False)
    chosen = calling.authorization_named(configuration, authorization)
    content = _content(body)
    printer = calling.Printer(
        partial(typer.echo, nl=False),
        lambda line: typer.echo(f"infobip-streams: {line}", err=True),
        chosen.key,
        indented=sys.stdout.isatty(),
    )
    code = uvloop.run(
        calling.call(
            chosen,
            lambda address: read_request(method, path, query or (), header or (), content, address),
            printer,
            every=every,
        )
    )
    raise typer.Exit(code)


def _content(body: str | None) -> bytes | None:
    """The bytes of a body, read from where it says.

    Raises:
        ConfigurationError: there is no such file.

    """
    if body is None or not body.startswith("@"):
        return sys.stdin.buffer.read() if body == STANDARD_INPUT else body.encode() if body is not None else None
    try:
        return Path(body[1:]).read_bytes()
    except OSError as error:
        raise ConfigurationError([f"--body: {body[1:]}: {error.strerror}"]) from error
