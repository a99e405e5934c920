"""The commands, and nothing else.

Each imports what it runs when it is run: who asks for help, or has a file checked, waits for no Kafka and no database.
"""

import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from streams.cli import logs
from streams.cli.call_command import call
from streams.cli.configuration import ConfigPath, load, terminal
from streams.cli.console_command import console
from streams.cli.dead_letter_commands import dead_letters_cli
from streams.cli.history_commands import erase, history_cli, trace
from streams.cli.local_commands import demo, simulator
from streams.cli.pause_commands import pause, resume
from streams.cli.repair_command import repair
from streams.cli.schema_command import schema
from streams.cli.subscription_commands import subscriptions_cli
from streams.cli.template_commands import templates_cli
from streams.cli.verify_command import verify
from streams.errors import ConfigurationError, StreamsError

log = logging.getLogger(__name__)

DONE, FAILED, WRONG = 0, 1, 2


class LogForm(Enum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


cli = typer.Typer(
    name="infobip-streams",
    help="Keeps Kafka audiences and Infobip people in step, both ways, without losing an event.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.add_typer(dead_letters_cli, name="dead-letters")
cli.add_typer(subscriptions_cli, name="subscriptions")
cli.add_typer(history_cli, name="history")
cli.add_typer(templates_cli, name="templates")

LogFormat = Annotated[
    LogForm, typer.Option("--log-format", help="How log lines are written: text, or json: an object a line.")
]
LogLevels = Annotated[
    list[str] | None,
    typer.Option(
        "--log-level",
        help="The lowest level of a logger's lines, such as streams.infobip=DEBUG or faust=ERROR; may be repeated.",
        show_default=False,
    ),
]
JobNames = Annotated[list[str] | None, typer.Argument(help="Names of jobs; all by default.", show_default=False)]
#: The base of all complaints about a command line; the library names only its children in public.
USAGE_ERROR: Any = typer.BadParameter.__base__


def _version(asked: bool) -> None:  # noqa: FBT001 - as options call
    if asked:
        from streams.release import release

        typer.echo(f"infobip-streams {release()}")
        raise typer.Exit(DONE)


@cli.callback()
def common(
    *,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say more, and show tracebacks.")] = False,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version.")] = False,
) -> None:
    """Set up what every command shares."""
    logs.set_up(verbose=verbose)
    _State.verbose = verbose


class _State:
    """What the command line said before the command."""

    verbose = False
    in_json = False


def _set_up_logs(log_format: LogForm, log_levels: list[str] | None) -> None:
    """Have a lasting command log as it was told to."""
    _State.in_json = log_format is LogForm.JSON
    logs.set_up(verbose=_State.verbose, form=log_format.value, levels=logs.levels_of(log_levels or ()))


@cli.command()
def run(
    config_path: ConfigPath = Path("jobs.yaml"),
    jobs: JobNames = None,
    log_format: LogFormat = LogForm.TEXT,
    log_levels: LogLevels = None,
) -> None:
    """Run jobs until told to stop; the last flush and commit come first."""
    import uvloop

    from streams.app import process as application
    from streams.cli.progress import progress_of
    from streams.jobs.shelf import jobs_named

    _set_up_logs(log_format, log_levels)
    configuration = load(config_path)
    process = application.Process(configuration, jobs_named(configuration, jobs or []), progress_of)
    application.collect_seldom()
    raise typer.Exit(uvloop.run(process.run()))


@cli.command()
def receive(
    config_path: ConfigPath = Path("jobs.yaml"),
    log_format: LogFormat = LogForm.TEXT,
    log_levels: LogLevels = None,
) -> None:
    """Take reports, clicks and inbound messages from Infobip until told to stop; any number of these may run."""
    import uvloop

    from streams.app import receiving
    from streams.app.process import collect_seldom

    _set_up_logs(log_format, log_levels)
    configuration = load(config_path)
    if configuration.webhooks is None or configuration.webhooks.mode == "pull":
        raise ConfigurationError(["webhooks: receive needs the mode push, with public_url and secret"])
    collect_seldom()
    uvloop.run(receiving.receive(configuration))


@cli.command()
def check(
    config_path: ConfigPath = Path("jobs.yaml"),
    *,
    online: Annotated[bool, typer.Option("--online", help="Also ask the brokers and Infobip.")] = False,
) -> None:
    """Read and check the configuration."""
    configuration = load(config_path)
    typer.echo(f"{config_path}: no fault in {', '.join(job.name for job in configuration.jobs)}")
    if online:
        import uvloop

        from streams.app.check_online import check_online

        faults = uvloop.run(check_online(configuration, partial(terminal().print, highlight=False, markup=False)))
        for fault in faults:
            _complain(fault)
        if faults:
            raise typer.Exit(FAILED)


@cli.command()
def preview(
    job: Annotated[str, typer.Argument(help="The job's name.")],
    events: Annotated[Path, typer.Argument(help="Events, one JSON object a line.")],
    config_path: ConfigPath = Path("jobs.yaml"),
) -> None:
    """Print the exact calls that windows of these events would make, and make none."""
    from streams.cli.preview import preview_lines
    from streams.jobs.shelf import jobs_named, kind_of

    configuration = load(config_path)
    (chosen,) = jobs_named(configuration, [job])
    dry_run = kind_of(chosen).dry_run
    if dry_run is None:
        raise ConfigurationError([f"'{job}' is a job of kind {chosen.kind}, which reads no events"])
    try:
        lines = events.read_bytes().splitlines()
    except OSError as error:
        raise ConfigurationError([f"{events}: {error.strerror}"]) from error
    run = dry_run(chosen, configuration.webhooks, time.time())
    for line in preview_lines(run, events.name, lines):
        typer.echo(line)


@cli.command("send-test")
def send_test(
    job: Annotated[str, typer.Argument(help="The job's name.")],
    to: Annotated[str, typer.Option(help="The phone number, or email address, to send to.")],
    config_path: ConfigPath = Path("jobs.yaml"),
    field: Annotated[
        list[str] | None, typer.Option(help="A message field, such as first_name=Ann.", show_default=False)
    ] = None,
) -> None:
    """Send one message of a job, and say what Infobip answered and what that means."""
    import uvloop

    from schemas.jobs.send_message import SendMessage
    from streams.cli.send_test import in_words, profile_of, send_one
    from streams.jobs.shelf import jobs_named

    configuration = load(config_path)
    (chosen,) = jobs_named(configuration, [job])
    if not isinstance(chosen, SendMessage):
        raise ConfigurationError([f"'{job}' is a job of kind {chosen.kind}, which sends no messages"])
    pairs = [one.partition("=") for one in field or ()]
    if wrong := [f"--field {name}: must be name=value" for name, equals, _ in pairs if not equals]:
        raise ConfigurationError(wrong)
    profile = profile_of(chosen, to, {name: value for name, _, value in pairs})
    sent = uvloop.run(send_one(configuration, chosen, profile))
    for line in in_words(sent):
        typer.echo(line)
    raise typer.Exit(DONE if sent.is_enqueued else FAILED)


@cli.command()
def status(
    config_path: ConfigPath = Path("jobs.yaml"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show each job's state, lag by partition, last flush, outcomes and dead letters."""
    from streams.operating import status as statuses

    found = statuses.gather(load(config_path, linted=False))
    now = datetime.now(UTC)
    if as_json:
        typer.echo(json.dumps(statuses.as_json(found, now), indent=2))
    else:
        terminal().print(statuses.as_table(found, now))


@cli.command()
def cohorts(
    config_path: ConfigPath = Path("jobs.yaml"),
    jobs: JobNames = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the lists that audiences are mirrored as: their ids, members by our state, what waits, the last sync."""
    from streams.cli import cohorts as mirrored

    found = mirrored.gather(load(config_path), jobs or [])
    for line in [json.dumps([row.shown for row in found], indent=2)] if as_json else mirrored.lines(found):
        typer.echo(line)


@cli.command()
def topics(
    config_path: ConfigPath = Path("jobs.yaml"),
    *,
    create: Annotated[bool, typer.Option("--create", help="Create what is missing.")] = False,
    acls: Annotated[
        bool, typer.Option("--acls", help="Show what must be allowed instead; the brokers are not asked.")
    ] = False,
) -> None:
    """Show what topics there are, and what is missing."""
    from streams.cli.acls import acl_lines
    from streams.cli.topics import topic_lines

    if acls and create:
        raise ConfigurationError(["say either --create or --acls"])
    configuration = load(config_path, linted=False)
    for line in acl_lines(configuration) if acls else topic_lines(configuration, create=create):
        typer.echo(line)


@cli.command()
def webhooks(
    config_path: ConfigPath = Path("jobs.yaml"),
    *,
    every: Annotated[
        bool, typer.Option("--all", help="All channels, and not only those that the file's jobs send on.")
    ] = False,
    subscribe: Annotated[
        bool, typer.Option("--subscribe", help="Make or change our subscriptions at Infobip, and say what was done.")
    ] = False,
) -> None:
    """Show the addresses at which Infobip reaches the receiver, and where to enter them."""
    from streams.cli.webhooks import subscribe_all, webhook_lines

    configuration = load(config_path)
    if subscribe:
        import uvloop

        uvloop.run(subscribe_all(configuration, every=every, say=typer.echo))
        return
    for line in webhook_lines(configuration, every=every):
        typer.echo(line)


cli.command()(schema)
cli.command()(call)
cli.command()(console)
cli.command()(pause)
cli.command()(resume)
cli.command()(trace)
cli.command()(verify)
cli.command()(repair)
cli.command()(erase)
cli.command()(simulator)
cli.command()(demo)


def main() -> NoReturn:
    """Run the command line; errors are one clear line on standard error."""
    try:
        code = cli(standalone_mode=False) or DONE
    except USAGE_ERROR as error:
        code = WRONG
        _complain(error.format_message())
    except (typer.Abort, KeyboardInterrupt):
        code = FAILED
    except ConfigurationError as error:
        code = WRONG
        for fault in error.faults:
            _complain(fault)
        _explain()
    except StreamsError as error:
        code = FAILED
        _complain(str(error))
        _explain()
    except OSError as error:
        code = FAILED
        _complain(f"{error.filename or 'the system'}: {error.strerror or type(error).__name__}")
        _explain()
    except _refused_by_kafka() as error:
        code = FAILED
        _complain(error.args[0].str())
        _explain()
    sys.exit(code)


def _refused_by_kafka() -> type[Exception]:
    """What Kafka's client raises; it is looked up only where something was raised."""
    from confluent_kafka import KafkaException

    raised: type[Exception] = KafkaException
    return raised


def _complain(line: str) -> None:
    if _State.in_json:
        log.error("command_ended reason=%s", line)
    else:
        typer.echo(f"infobip-streams: {line}", err=True)


def _explain() -> None:
    if _State.verbose:
        traceback.print_exc()
