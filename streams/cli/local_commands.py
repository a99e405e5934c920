"""The commands that need no Kafka and no Infobip; an image for production has them not."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.configuration import terminal
from streams.errors import ConfigurationError

if TYPE_CHECKING:
    from schemas.configuration import Configuration


def simulator(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8080,
    latency: Annotated[float, typer.Option(min=0, help="Seconds every answer takes.")] = 0.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="A fault on demand, such as upsert_persons:status=503,count=3.", show_default=False),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(help="What becomes of messages, such as 4477*=52.", show_default=False),
    ] = None,
    fate: Annotated[
        list[str] | None,
        typer.Option(
            help="What becomes of messages that were taken, such as 4477*=undeliverable or *=delivered,seen=true.",
            show_default=False,
        ),
    ] = None,
    report_delay: Annotated[float, typer.Option(min=0, help="Seconds from a message to its report.")] = 1.0,
    time_scale: Annotated[
        float, typer.Option(min=0.001, help="How many times faster than Infobip's the minutes between retries pass.")
    ] = 1.0,
    ids_key: Annotated[str, typer.Option(help="What the array of ids is called in calls to lists.")] = "ids",
    ca_file: Annotated[
        Path | None,
        typer.Option(help="As --tls; where to write the certificate to trust.", show_default="a new file"),
    ] = None,
    *,
    tls: Annotated[bool, typer.Option("--tls", help="Speak https only, with a certificate of its own.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse keys of messages that Infobip does not publish; it takes them.")
    ] = False,
    unlimited: Annotated[bool, typer.Option("--unlimited", help="Answer no call with 429.")] = False,
    flooding_filter: Annotated[
        bool, typer.Option("--flooding-filter", help="Reject messages that repeat themselves.")
    ] = False,
) -> None:
    """Run the simulated Infobip; its API key is `demo-key`, its page shows people and tags."""
    import uvloop

    if tls and ca_file is None:
        ca_file = Path(mkdtemp(prefix="infobip-simulator-")) / "ca.pem"
    with _installed():
        from streams.simulator import DEFAULT_FATES, SimulatorOptions, serve
    options = SimulatorOptions(
        host=host,
        port=port,
        latency_seconds=latency,
        faults=tuple(fault or ()),
        statuses=tuple(status or ()),
        fates=(*DEFAULT_FATES, *(fate or ())),
        report_delay_seconds=report_delay,
        time_scale=time_scale,
        limits=None if unlimited else {},
        flooding_filter=flooding_filter,
        ca_file=ca_file,
        ids_key=ids_key,
        unknown_keys="refuse" if strict else "take",
    )
    uvloop.run(serve(options, partial(_greet, ca_file)))


def _greet(ca_file: Path | None, url: str) -> None:
    typer.echo(f"the simulated Infobip listens on {url}")
    if ca_file is not None:
        typer.echo(f"its certificate is trusted by {ca_file.absolute()} (ca_file of an authorization)")


def demo() -> None:
    """Show the whole way on this machine: no account, no Docker."""
    import uvloop

    with _installed():
        from streams.demo.scenario import demo as run_demo
    raise typer.Exit(uvloop.run(run_demo(terminal(), _life)))


def _life(configuration: "Configuration", message_id: str) -> list[str]:
    """The life of a message as `trace` shows it."""
    from streams.history.steps import Question
    from streams.operating.trace import lines, trace

    return [*lines(trace(configuration, Question(message=message_id), typer.echo))]


@contextmanager
def _installed() -> Iterator[None]:
    """Say what to do where this installation lacks what these commands run."""
    try:
        yield
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(("streams.simulator", "streams.demo")):
            raise
        fault = "this command is not part of this image, which is for workers: build one with --target demo"
        raise ConfigurationError([fault]) from None
