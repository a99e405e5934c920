"""The commands and their options, as the command line knows them."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

import typer

from streams.cli.main import cli
from tests.docs.tables import cell, table

HEAD = ("argument or option", "default", "what it means")


def commands() -> Mapping[str, Any]:
    """Every command by its name; those within another by both names."""
    return dict(_commands(typer.main.get_command(cli), ""))


def _commands(group: Any, before: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def general() -> str:
    """What stands before a command."""
    return table(HEAD, map(_row, typer.main.get_command(cli).params))


def options(name: str) -> str:
    """What a command takes."""
    rows = [_row(one) for one in commands()[name].params]
    return table(HEAD, rows) if rows else "It takes no options."


def _row(parameter: Any) -> Sequence[str]:
    said = ", ".join(f"`{one}`" for one in reversed(parameter.opts))
    if parameter.param_type_name == "argument":
        said = f"`{parameter.name.upper()}`" + (" …" if parameter.nargs != 1 else "")
    default = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    absent = "needed" if parameter.required else "none"
    shown = absent if default in (None, False, ()) else f"`{default}`"
    return (said, shown, cell(parameter.help or ""))
