"""The command that serves the console, and nothing else."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.app.signals import endings
from streams.cli.configuration import ConfigPath, load
from streams.errors import ConfigurationError

if TYPE_CHECKING:
    from schemas.configuration import Configuration


def console(
    config_path: ConfigPath = Path("jobs.yaml"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8088,
    *,
    hash_password: Annotated[
        bool, typer.Option("--hash-password", help="Ask for a password, print its hash for console.users, and end.")
    ] = False,
) -> None:
    """Serve a web page over all processes: jobs, failures with replay, messages, imports, quota."""
    if hash_password:
        from streams.console.passwords import hash_of

        typer.echo(hash_of(_password()))
        return
    import uvloop

    configuration = load(config_path)
    uvloop.run(_serve(config_path, configuration, host, port))


async def _serve(path: Path, configuration: "Configuration", host: str, port: int) -> None:
    import asyncio

    with _installed():
        from streams.console.pausing import switch_of
        from streams.console.serving import serve
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in endings():
        loop.add_signal_handler(number, stopping.set)
    await serve(path, configuration, host, port, stopping, typer.echo, switch_of(configuration))


def _password() -> str:
    """Ask for a password twice; one that is piped is a line. Raises ConfigurationError where it is none."""
    if not sys.stdin.isatty():
        given = again = sys.stdin.readline().rstrip("\r\n")
    else:
        given, again = getpass.getpass("Password: "), getpass.getpass("Once more: ")
    if not given:
        raise ConfigurationError(["--hash-password: the password must not be empty"])
    if given != again:
        raise ConfigurationError(["--hash-password: the passwords differ"])
    return given


@contextmanager
def _installed() -> Iterator[None]:
    """Say what to do where this installation lacks what the pages are made with."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "jinja2":
            raise
        fault = "the console needs the package jinja2: in the folder of this service, pip install '.[console]'"
        raise ConfigurationError([fault]) from None
